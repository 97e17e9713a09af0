"""Newsroom studies: quality of near-duplicate detection and of metadata extraction."""
