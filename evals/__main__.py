"""`python -m evals`: run `footnote` with the evaluation verbs, even where no entry point is installed."""

from evals.cli import main

main()
