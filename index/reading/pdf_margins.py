"""PDF margins: finds running heads, page numbers, and the heads and feet that browsers print around a page."""

import itertools
import re
import statistics
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from index.reading.pdf_layout import Line, Piece, lines_of
from index.reading.pdf_pages import PdfPage

MAX_EDGE_LINES = 3
"""Number of lines at the top and at the bottom of a page that may be a running head or foot."""
MAX_SHIFT = 6.0
"""Largest difference, in points, between the heights of one running head on two pages."""
MIN_HEAD_SHARE = 0.3
"""Share of a document's pages on which a line at the edge is a running head."""
MARGIN_SHARE = 0.14
"""Share of a page's height, at the top and at the bottom, that is its margin."""
PAGE_NUMBER = re.compile(
    r"[-–—\s|•]*(?:p(?:age|\.)?\s*|seite\s*|página\s*|pagina\s*)?"
    r"(?:\d{1,4}|[ivxlc]{1,7})(?:\s*(?:/|of|von|sur|de|di|van)\s*\d{1,4})?[-–—\s|•]*",
    re.IGNORECASE,
)
MIN_APART = 1.6
"""Least distance of a margin's line from the next row, in font heights; rows of one text are closer."""
MIN_APART_ROWS = 1.3
"""The same in distances of the page's rows, for text that is widely spaced."""
ADDRESS = re.compile(r"(?:https?://|file:///|www\.)\S+", re.IGNORECASE)
PAGE_OF_PAGES = re.compile(
    r"\b\d{1,4}\s*(?:/|of|von|sur|de|di|van)\s*\d{1,4}\b\s*$|^\s*(?:\d{1,4}\s*(?:/|of|von)\s*\d{1,4})\b"
)
PRINTED_AT = re.compile(
    r"\d{1,4}[./-]\s?\d{1,2}[./-]\s?\d{2,4},?\s+(?:\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?:\s?[AP]\.?M\.?)?)", re.IGNORECASE
)


class Margins(NamedTuple):
    """Margins of a document: the pieces of its pages without them, and what browsers print there."""

    pages: list[list[Piece]]
    address: str | None
    """Address that a browser printed at the edge of the pages."""
    title: str | None
    """Title that a browser printed at the top of the pages."""


class _Edge(NamedTuple):
    page: int
    top: bool
    line: Line
    pieces: list[Piece]
    outermost: bool
    apart: bool
    """Whether it stands further from the text than the lines of a text from each other."""


def without_margins(pages: Sequence[PdfPage], pieces: Sequence[Sequence[Piece]]) -> Margins:
    """Leave the running heads and feet out of the pieces of all pages."""
    edges = [edge for number, page in enumerate(pages) for edge in _edges(number, page, pieces[number])]
    running = _running(edges, len(pages))
    address: str | None = None
    title: str | None = None
    dropped: set[int] = set()
    for edge in edges:
        repeated = (edge.page, edge.line) in running
        printed = (edge.apart or repeated) and _is_browsers(edge)
        if printed or repeated or (edge.apart and PAGE_NUMBER.fullmatch(edge.line.text)):
            dropped.update(map(id, edge.pieces))
        if printed:
            found = ADDRESS.search(edge.line.text)
            address = address or (found[0] if found else None)
            rest = ADDRESS.sub("", PAGE_OF_PAGES.sub("", PRINTED_AT.sub("", edge.line.text))).strip(" -–—|")
            title = title or (rest if edge.top and len(rest.split()) > 1 else None)
    kept = [[piece for piece in page if id(piece) not in dropped] for page in pieces]
    return Margins(kept, address, title)


def _edges(number: int, page: PdfPage, pieces: Sequence[Piece]) -> Iterator[_Edge]:
    """Yield the first and the last lines of a page, as far as they stand in its margins."""
    bases = sorted({round(piece.base) for piece in pieces}, reverse=True)
    rows: list[list[Piece]] = []
    for base in bases:
        row = [piece for piece in pieces if round(piece.base) == base]
        if rows and rows[-1][0].base - row[0].base <= 3:
            rows[-1] += row
        else:
            rows.append(row)
    gaps = [above[0].base - below[0].base for above, below in itertools.pairwise(rows)]
    pitch = statistics.median(gaps) * MIN_APART_ROWS if len(gaps) > MAX_EDGE_LINES else 0.0
    for top, chosen in ((True, rows[:MAX_EDGE_LINES]), (False, rows[-MAX_EDGE_LINES:][::-1])):
        for number_of_row, row in enumerate(chosen):
            share = (page.height - row[0].base) / page.height if top else row[0].base / page.height
            if share > MARGIN_SHARE:
                break
            gap = (gaps if top else gaps[::-1])[number_of_row] if number_of_row < len(gaps) else page.height
            apart = gap > max(pitch, MIN_APART * max(piece.size for piece in row))
            for line in lines_of(row):
                yield _Edge(number, top, line, row, number_of_row == 0, apart)


def _running(edges: Sequence[_Edge], pages: int) -> set[tuple[int, Line]]:
    """Return the lines that stand at the same place on several pages, with no more than their figures changed."""
    groups: defaultdict[tuple[bool, str], list[_Edge]] = defaultdict(list)
    for edge in edges:
        groups[edge.top, re.sub(r"\d+|\b[ivxlc]+\b", "#", edge.line.text.casefold())].append(edge)
    found: set[tuple[int, Line]] = set()
    for group in groups.values():
        alike = [
            edge
            for edge in group
            if sum(abs(edge.line.base - other.line.base) <= MAX_SHIFT for other in group)
            >= max(2, MIN_HEAD_SHARE * pages)
            or sum(abs(edge.line.base - other.line.base) <= MAX_SHIFT for other in group) >= 4
        ]
        found |= {(edge.page, edge.line) for edge in alike}
    return found


def _is_browsers(edge: _Edge) -> bool:
    """Whether a browser printed a line: an address with the number of the page, or a time with a title."""
    text = edge.line.text
    address, count, time = ADDRESS.search(text), PAGE_OF_PAGES.search(text), PRINTED_AT.search(text)
    if sum(mark is not None for mark in (address, count, time)) > 1:
        return True
    titled = time is not None or (address is not None and edge.outermost and address.end() == len(text))
    return (titled and edge.top) or (address is not None and address[0] == text and not edge.top)
