"""Cases in, a report out."""
