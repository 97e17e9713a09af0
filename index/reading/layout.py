"""Layout detection: separates a plain text's paragraphs of prose from headline, byline and boilerplate around them."""

import itertools
import re
from collections.abc import Sequence

from pydantic import Field

from index.dates.calendar import ABBREVIATIONS, MONTHS
from index.normalisation import word_count
from index.types import Record, Span

TERMINAL = re.compile(r"[.!?…:;。！？؟۔]['\"”’»)\]」』]*$|['\"”»」』]$")
MAX_WRAPPED_CHARACTERS = 100
"""Longest hard-wrapped line: after a longer line, the next line is a new paragraph."""
MIN_WRAP_WIDTH = 40
"""Least width of hard-wrapped text."""
MIN_SENTENCE_WORDS = 8
"""Fewest words of a line that counts as prose because it ends like a sentence."""
MIN_PARAGRAPH_WORDS = 30
"""Fewest words of a line that counts as prose whatever its ending."""
SENTENCE_END = re.compile(r"[\w%)\]'\"”’»][.!?…।۔؟]+['\"”’»)\]]*$|[。！？]['\"”’»）」』]*$")
"""End of a whole sentence, which a line of fewer words may be."""
SHORT_MONTHS = "|".join(short.capitalize() for short in ABBREVIATIONS if short not in MONTHS)
ABBREVIATION_END = re.compile(
    rf"\b(?:Inc|Ltd|Co|Corp|Jr|Sr|Bros|a\.m|p\.m|St|Rd|Ave|Dr|Mr|Mrs|Ms|{SHORT_MONTHS}|Sept|[A-Z])\.$"
)
MIN_ABBREVIATED_WORDS = 4
"""Fewest words of a sentence that ends with an abbreviation; a name has fewer."""
FURNITURE = re.compile(
    r"^\W*(?:(?:photo|image|picture|credit|source|video|caption|photograph|illustration|listen|watch|related)s?\s*[:/]"
    r"|(?:file )?(?:photo|image|picture)s? (?:by|courtesy)\b|by (?-i:(?:[A-Z][\w.'’-]*,? ?(?:and |& )?)+)$"
    r"|(?:last |first )?(?:updated?|published|posted|modified|revised)\b\W*"
    r"(?:(?:on|at) )?(?:\w+day\b|[a-z]{3,9}\.? \d|\d)"
    r"|copyright (?:©|\(c\)|\d)|©|\(c\) |all rights reserved|read (?:more|also|next)\b|see also\b|click here\b"
    r"|sign (?:up|in)\b|subscribe\b|follow us\b|share this\b|advertisement\W*$|skip to\b|continue reading\b)",
    re.IGNORECASE,
)
"""Lines that stand around articles on every page, although some end like a sentence."""


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
    lines = _lines(text)
    width = max((len(line.of(text)) for line in lines), default=0)
    for block in _blocks(text, lines):
        first = _first_wrapped(text, block, width)
        found.extend(block[:first])
        if first < len(block):
            found.append(Span(start=block[first].start, end=block[-1].end))
    return tuple(found)


def join_paragraphs(parts: Sequence[str]) -> tuple[str, list[Span]]:
    """Return a text with a blank line between its parts, and the span of each part."""
    spans: list[Span] = []
    at = 0
    for part in parts:
        spans.append(Span(start=at, end=at + len(part)))
        at += len(part) + 2
    return "\n\n".join(parts), spans


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
    if words >= MIN_PARAGRAPH_WORDS:
        return True
    return TERMINAL.search(line) is not None if words >= MIN_SENTENCE_WORDS else is_sentence(line)


def is_sentence(line: str) -> bool:
    """Whether a line, however short, is a whole sentence, and no line that stands around articles."""
    line = " ".join(line.split())
    words = len(line.split())
    return (
        SENTENCE_END.search(line) is not None
        and (words > 1 + line[:1].islower() or (len(line) > 2 and not line.isascii()))
        and (words >= MIN_ABBREVIATED_WORDS or ABBREVIATION_END.search(line) is None)
        and (words >= MIN_SENTENCE_WORDS or FURNITURE.match(line) is None)
    )


def _blocks(text: str, lines: Sequence[Span]) -> list[list[Span]]:
    """Group lines that have no blank line between them."""
    blocks: list[list[Span]] = []
    for line in lines:
        if blocks and text[blocks[-1][-1].end : line.start].count("\n") == 1:
            blocks[-1].append(line)
        else:
            blocks.append([line])
    return blocks


def _first_wrapped(text: str, block: Sequence[Span], width: int) -> int:
    """Return the index of the first line of a hard-wrapped paragraph in a block; the length of the block for none.

    A block is hard-wrapped when all lines are short and some line goes on with the sentence of the one before: it
    begins in lower case, or the line before it was full, so that its first word had no room there. Lines above that
    end neither full nor like a sentence are headings of their own.
    """
    if any(line.end - line.start > MAX_WRAPPED_CHARACTERS for line in block):
        return len(block)
    goes_on = [
        not TERMINAL.search(before.of(text))
        and (
            line.of(text)[:1].islower() or (_is_full(text, before, line, width) and not _stands_alone(before.of(text)))
        )
        for before, line in itertools.pairwise(block)
    ]
    if not any(goes_on):
        return len(block)
    first = 0
    while not goes_on[first] and not TERMINAL.search(block[first].of(text)):
        if _is_full(text, block[first], block[first + 1], width):
            break
        first += 1
    return first


def _is_full(text: str, line: Span, following: Span, width: int) -> bool:
    """Whether the first word of the next line would have made a line longer than any line of the text."""
    word = len(following.of(text).split()[0])
    return MIN_WRAP_WIDTH <= width <= MAX_WRAPPED_CHARACTERS and line.end - line.start + 1 + word > width


def _stands_alone(line: str) -> bool:
    return FURNITURE.match(line) is not None
