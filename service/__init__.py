"""Footnote service: answers questions about news articles with citations."""
