"""A topic in, a page out: what is known, since when, from whom, and where sources part ways."""
