"""How fast everything is, beside what it is held against, and what many callers at once do to it."""
