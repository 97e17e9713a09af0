"""What is prose in a plain text, and what is headline, dateline or furniture around it."""

import itertools
import re
from collections.abc import Sequence

from pydantic import Field

from index.types import Record, Span

TERMINAL = re.compile(r"[.!?…:;]['\"”’»)\]]*$|['\"”»]$")
WRAPPED_WIDTH = 100
"""A line longer than this was not broken by hand: the next line is another paragraph."""
PROSE_WORDS = 8
LONG_WORDS = 30


class Layout(Record):
    """A text's lines sorted into head, body and tail; every span is trimmed and not empty."""

    head: tuple[Span, ...] = ()
    """Lines above the prose: section label, headline, byline, dateline."""
    body: tuple[Span, ...] = Field(default=())
    """Paragraphs of prose."""
    tail: tuple[Span, ...] = ()
    """Lines below the prose: credits, initials, navigation."""


def lay_out(text: str) -> Layout:
    """Sort the paragraphs of `text`; a text without any prose is all body, so nothing is lost."""
    found = whole(text)
    prose = [i for i, paragraph in enumerate(found) if is_prose(paragraph.of(text))]
    if not prose:
        return Layout(body=found)
    first, last = prose[0], prose[-1]
    return Layout(head=found[:first], body=found[first : last + 1], tail=found[last + 1 :])


def whole(text: str) -> tuple[Span, ...]:
    """Every paragraph of `text`, hard-wrapped lines joined."""
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
    """Long enough to be a paragraph, or ended like a sentence."""
    words = len(line.split())
    return words >= LONG_WORDS or (words >= PROSE_WORDS and TERMINAL.search(line) is not None)


def _blocks(text: str, lines: Sequence[Span]) -> list[list[Span]]:
    """Lines grouped where no blank line stands between them."""
    blocks: list[list[Span]] = []
    for line in lines:
        if blocks and text[blocks[-1][-1].end : line.start].count("\n") == 1:
            blocks[-1].append(line)
        else:
            blocks.append([line])
    return blocks


def _is_wrapped(text: str, block: Sequence[Span]) -> bool:
    """Only short lines, and one goes on in the middle of a sentence: broken for width, not for meaning."""
    narrow = all(line.end - line.start <= WRAPPED_WIDTH for line in block)
    return narrow and any(
        line.of(text)[:1].islower() and not TERMINAL.search(before.of(text))
        for before, line in itertools.pairwise(block)
    )
