"""Briefs: what should be in them, and how they are scored."""
