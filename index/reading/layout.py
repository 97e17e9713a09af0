"""Layout detection: separates a plain text's paragraphs of prose from headline, byline and boilerplate around them."""

import itertools
import re
from collections.abc import Sequence

from pydantic import Field

from index.normalisation import word_count
from index.types import Record, Span

TERMINAL = re.compile(r"[.!?…:;。！？؟۔]['\"”’»)\]」』]*$|['\"”»」』]$")
SENTENCE_END = re.compile(r"[.!?…।۔]['\"”’»)\]]*$|[。！？][」』”）]*$")
MAX_WRAPPED_CHARACTERS = 100
"""Longest hard-wrapped line: after a longer line, the next line is a new paragraph."""
MIN_SENTENCE_WORDS = 8
"""Fewest words of a line that counts as prose because it ends like a sentence."""
MIN_PARAGRAPH_WORDS = 30
"""Fewest words of a line that counts as prose whatever its ending."""


class Layout(Record):
    """Layout: head, body and tail of a text as trimmed, non-empty spans."""

    head: tuple[Span, ...] = ()
    """Lines above the prose: section label, headline, byline, dateline."""
    body: tuple[Span, ...] = Field(default=())
    """Paragraphs of prose."""
    tail: tuple[Span, ...] = ()
    """Lines below the prose: credits, initials, navigation."""


def detect_layout(text: str) -> Layout:
    """Split a text into head, body and tail; a text without prose is entirely body."""
    found = paragraphs(text)
    prose = [i for i, paragraph in enumerate(found) if is_prose(paragraph.of(text))]
    if not prose:
        return Layout(body=found)
    first, last = prose[0], prose[-1]
    return Layout(head=found[:first], body=found[first : last + 1], tail=found[last + 1 :])


def paragraphs(text: str) -> tuple[Span, ...]:
    """Return the paragraphs of a text, with hard-wrapped lines joined."""
    found: list[Span] = []
    for block in _blocks(text, _lines(text)):
        if _is_wrapped(text, block):
            found.append(Span(start=block[0].start, end=block[-1].end))
        else:
            found.extend(block)
    return tuple(found)


def _lines(text: str) -> list[Span]:
    spans: list[Span] = []
    for match in re.finditer(r"[^\r\n]+", text):
        stripped = match.group().strip("\ufeff \t\xa0\u200b")
        if stripped:
            start = match.start() + match.group().index(stripped)
            spans.append(Span(start=start, end=start + len(stripped)))
    return spans


def is_prose(line: str) -> bool:
    """Whether a line is prose: it is long, or ends like a sentence."""
    words = word_count(line)
    return words >= MIN_PARAGRAPH_WORDS or (words >= MIN_SENTENCE_WORDS and TERMINAL.search(line) is not None)


def is_sentence(line: str) -> bool:
    """Whether a line, however short, ends like a sentence; in scripts without spaces it counts as several words."""
    return SENTENCE_END.search(line) is not None and (len(line.split()) > 1 or (len(line) > 3 and not line.isascii()))


def _blocks(text: str, lines: Sequence[Span]) -> list[list[Span]]:
    """Group lines that have no blank line between them."""
    blocks: list[list[Span]] = []
    for line in lines:
        if blocks and text[blocks[-1][-1].end : line.start].count("\n") == 1:
            blocks[-1].append(line)
        else:
            blocks.append([line])
    return blocks


def _is_wrapped(text: str, block: Sequence[Span]) -> bool:
    """Whether a block is hard-wrapped: all lines are short, and some line continues the sentence of the one before."""
    narrow = all(line.end - line.start <= MAX_WRAPPED_CHARACTERS for line in block)
    return narrow and any(
        line.of(text)[:1].islower() and not TERMINAL.search(before.of(text))
        for before, line in itertools.pairwise(block)
    )
