"""Text and records as a terminal can take them, whatever an article put into them."""

import json
import unicodedata

from index.types import Record


def plain(text: str) -> str:
    """Text that a terminal neither obeys nor hides: escape sequences, overrides and unseen characters are taken out."""
    return text if text.isprintable() else "".join(map(_harmless, text))


def as_json(record: Record, indent: int | None = None) -> str:
    """The record as JSON in which every character that a terminal or a reader of lines would act on is escaped."""
    text = record.model_dump_json(indent=indent)
    # Outside its strings, JSON holds no such character but the line break that indents it.
    return "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text)


def _harmless(character: str) -> str:
    if character.isprintable() or character in "\n\t":
        return character
    if character.isspace():
        return " "
    return "" if unicodedata.category(character) == "Cf" else "\ufffd"
