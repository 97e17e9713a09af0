"""`python -m evals` is the command `footnote`, for when it is not on the path."""

from evals.cli import main

main()
