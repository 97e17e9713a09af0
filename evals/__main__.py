"""`python -m evals` is the command `footnote` with the verbs of evals, installed or not."""

from evals.cli import main

main()
