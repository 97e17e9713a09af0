"""Markup in text: recognises HTML in text files and in fields of records, and reads it as blocks."""

import re
from html import unescape

from index.reading.html_blocks import Block, blocks, parse

BLOCK_TAG = re.compile(
    r"<(/?)(?:p|div|br|h[1-6]|article|section|body|html|head|ul|ol|li|table|tr|td|blockquote|figure|meta|title)"
    r"(?:\s[^<>]{0,2000})?/?>",
    re.IGNORECASE,
)
INLINE_PAIR = re.compile(
    r"<(a|b|i|em|strong|span|u|sup|sub|q|font)(?:\s[^<>]{0,2000})?>.{0,5000}?</\1>", re.I | re.DOTALL
)
ENTITY = re.compile(r"&(?:#\d{2,7}|#x[0-9a-f]{2,6}|[a-z]{2,8}\d?);", re.IGNORECASE)
ESCAPED_TAG = re.compile(r"&(?:lt|#0*60|#x0*3c);/?[a-z]", re.IGNORECASE)
SAMPLE_CHARACTERS = 100_000


def is_page(text: str) -> bool:
    """Whether a text is markup: it has several block tags, and one of them ends or breaks something."""
    found = [each for each, _ in zip(BLOCK_TAG.finditer(text[:SAMPLE_CHARACTERS]), range(50), strict=False)]
    ends = [each for each in found if each[1] or each.group().lower().startswith("<br")]
    return len(found) > 1 and bool(ends)


def has_markup(text: str) -> bool:
    """Whether a field of a record contains HTML or entities in place of characters."""
    sample = text[:SAMPLE_CHARACTERS]
    return any(pattern.search(sample) for pattern in (BLOCK_TAG, INLINE_PAIR, ENTITY))


def unescaped(text: str) -> str:
    """Return a field of a record with its HTML unescaped once, if it is HTML that was escaped as a whole."""
    sample = text[:SAMPLE_CHARACTERS]
    if not ESCAPED_TAG.search(sample) or any(each.search(sample) for each in (BLOCK_TAG, INLINE_PAIR)):
        return text
    found = unescape(text)
    return found if is_page(found) or INLINE_PAIR.search(found[:SAMPLE_CHARACTERS]) else text


def markup_blocks(text: str, name: str) -> list[Block]:
    """Return the blocks of a fragment of HTML; line breaks of a text that has no block tags are kept.

    Raises:
        UnreadableFile: it cannot be parsed.
    """
    if not BLOCK_TAG.search(text):
        text = "".join(f"<p>{each}</p>" for each in re.split(r"\s*\n\s*\n\s*", text) if each.strip())
    tree = parse(f"<html><body><div>{text}</div></body></html>", name)
    return [block for block in blocks(tree) if any(character.isalnum() for character in block.text)]
