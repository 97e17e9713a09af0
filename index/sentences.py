"""Sentence splitting: finds sentences as spans of the text."""

import itertools
import re
from collections.abc import Iterator

from sentencex import get_sentence_boundaries

from index.types import Span

QUOTATION = re.compile(r"“[^“”]*”|\"[^\"]*\"|«[^«»]*»")
WORD = re.compile(r"\w")
WINDOW_CHARACTERS = 10_000
"""Most characters per call of the splitter, which takes quadratic time on texts with opening quotation marks."""


def split_sentences(text: str, within: Span) -> tuple[Span, ...]:
    """Return the sentences of `text[within.start:within.end]` as spans of `text`: in order, not empty, not overlapping.

    A quotation of several sentences is also split inside, so that the shortest exact quotation can be shown; its last
    piece keeps the attribution.
    """
    found: list[Span] = []
    for start, end in _merge_wordless(text, _pieces(text, within)):
        span = trim(text, start, end)
        if span.end > span.start:
            found.append(span)
    return tuple(found)


def _pieces(text: str, within: Span) -> Iterator[tuple[int, int]]:
    cuts = [within.start]
    for start, end in _boundaries(within.of(text), within.start):
        cuts.extend(_cuts_inside_quotations(text, start, end))
        cuts.append(end)
    cuts.append(within.end)
    for start, end in itertools.pairwise(cuts):
        if end > start:
            yield start, end


def _boundaries(text: str, offset: int) -> Iterator[tuple[int, int]]:
    for start, end in _windowed(text):
        # The splitter attaches the opening mark of an unclosed quotation to the sentence before it.
        stripped = text[start:end].rstrip("“«‘ \t")
        if stripped and WORD.search(stripped) and end < len(text) and text[end - 1] in "“«‘":
            end = start + len(stripped)
        yield offset + start, offset + end


def _windowed(text: str) -> Iterator[tuple[int, int]]:
    """Yield sentences window by window; the last one of a window may be cut off, so the next window begins with it."""
    done = 0
    while done < len(text):
        window = text[done : done + WINDOW_CHARACTERS]
        found = [(int(s["start_index"]), int(s["end_index"])) for s in get_sentence_boundaries("en", window)]
        whole = done + len(window) == len(text) or len(found) < 2 or not found[-1][0]
        yield from ((done + start, done + end) for start, end in (found if whole else found[:-1]))
        done += len(window) if whole else found[-1][0]


def _cuts_inside_quotations(text: str, start: int, end: int) -> Iterator[int]:
    for quoted in QUOTATION.finditer(text, start, end):
        inside = list(_boundaries(quoted.group()[1:-1], quoted.start() + 1))
        for _, cut in inside[:-1]:
            if len(text[quoted.start() : cut].split()) > 3:
                yield cut


def _merge_wordless(text: str, pieces: Iterator[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Merge a piece without any word (a stray bracket, an ellipsis) into the one before it."""
    pending: tuple[int, int] | None = None
    for start, end in pieces:
        if pending is not None and not WORD.search(text, start, end):
            pending = (pending[0], end)
            continue
        if pending is not None:
            yield pending
        pending = (start, end)
    if pending is not None:
        yield pending


def trim(text: str, start: int, end: int) -> Span:
    """Return the span without white space at its ends; empty when there is only white space."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span(start=start, end=end)
