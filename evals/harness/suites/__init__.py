"""Suites: the fixed sets, and how each is run."""
