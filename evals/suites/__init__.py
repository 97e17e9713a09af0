"""Suites: each reads its cases and says how they are run."""
