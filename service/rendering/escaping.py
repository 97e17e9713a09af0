"""Escaping of article text and records for a terminal, for lines of JSON and for Markdown."""

import json
import re
import unicodedata

from index.types import Record

MARKDOWN_ACTIVE = re.compile(r"([\\`*_{}\[\]<>#|~])")
"""Characters that Markdown acts on."""


def printable(text: str) -> str:
    """Text without what a terminal obeys or hides: escape sequences, direction overrides, invisible characters."""
    return text if text.isprintable() else "".join(map(_harmless, text))


def printable_json(record: Record, indent: int | None = None) -> str:
    """A record as JSON in which every character that a terminal or a reader of lines would act on is escaped."""
    text = record.model_dump_json(indent=indent)
    # Outside its strings, JSON holds no such character but the line break that indents it.
    return "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text)


def escape_markdown(text: str) -> str:
    """Text on one line in which no character acts as Markdown or as HTML inside it."""
    return MARKDOWN_ACTIVE.sub(r"\\\1", " ".join(text.split()))


def _harmless(character: str) -> str:
    if character.isprintable() or character in "\n\t":
        return character
    if character.isspace():
        return " "
    return "" if unicodedata.category(character) == "Cf" else "\ufffd"
