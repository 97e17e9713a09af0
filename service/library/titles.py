"""Titles that a reader gives to what is kept: conversations and briefs."""

from index.errors import InputError

MAX_TITLE_CHARACTERS = 200


def read_title(title: str) -> str:
    """Return a title on one line; raises InputError if it is empty or too long."""
    plain = " ".join(title.split())
    if not plain or len(plain) > MAX_TITLE_CHARACTERS:
        raise InputError(f"a title has 1 to {MAX_TITLE_CHARACTERS} characters; this one has {len(plain):,}")
    return plain
