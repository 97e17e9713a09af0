"""Escaping: make article text and records safe for a terminal, for JSON lines and for Markdown."""

import json
import re
import unicodedata

from index.types import Record

MARKDOWN_ACTIVE = re.compile(r"([\\`*_{}\[\]<>#|~])")
"""Characters with a meaning in Markdown."""


def printable(text: str) -> str:
    """Remove what a terminal would execute or hide: escape sequences, direction overrides, invisible characters."""
    return text if text.isprintable() else "".join(map(_harmless, text))


def printable_json(record: Record, indent: int | None = None) -> str:
    """Return a record as JSON, with every character escaped that a terminal or a line-based reader would act on."""
    text = record.model_dump_json(indent=indent)
    # Outside its strings, the only such character in JSON is the line break of the indentation.
    return "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text)


def escape_markdown(text: str) -> str:
    """Return the text on one line, with every character escaped that Markdown or HTML would act on."""
    return MARKDOWN_ACTIVE.sub(r"\\\1", " ".join(text.split()))


def _harmless(character: str) -> str:
    if character.isprintable() or character in "\n\t":
        return character
    if character.isspace():
        return " "
    return "" if unicodedata.category(character) == "Cf" else "\ufffd"
