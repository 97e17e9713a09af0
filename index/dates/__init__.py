"""Dates: calendar vocabulary, absolute and relative dates in articles, and periods in questions."""
