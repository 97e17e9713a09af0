"""Evaluation suites: fixed sets of cases, each with the function that runs it."""
