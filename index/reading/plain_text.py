"""Plain text reader: extracts title, author, outlet, place and date from an article's text, where it states them."""

import re

from index.dates.written import dateline_date, full_date, stated_date, written_date
from index.reading.agencies import agency_named
from index.reading.bylines import read_byline
from index.reading.datelines import Dateline, find_dateline, is_date_line
from index.reading.layout import MIN_SENTENCE_WORDS, Layout, detect_layout
from index.reading.page_metadata import MAX_DATE_LINE_WORDS, UPDATED
from index.reading.source_facts import is_outlet
from index.types import UNKNOWN, Article, Fact, Record, Source, Span, inferred, stated

PUBLISHED = re.compile(r"^(?:published|posted|date|dated)\b", re.IGNORECASE)
SIGN_OFF = re.compile(r"^[–—-]{1,2} ?\(?(?P<agency>[^()]{2,40}?)\)?$")
SITE_FOOTER = re.compile(
    r"^(?:Site Index|Copyright ?(?:©|\(c\))?|©)(?: ?\d{4})? (?P<outlet>[A-Z].{2,60}?)(?:\. .*|\.)?$"
)
NAME = r"[A-Z][\w.'’-]*(?: (?:[A-Z][\w.'’-]*|de|of|al|la|el)){0,3}"
BIOGRAPHY = re.compile(rf"^(?P<author>(?:(?:Dr|Prof|Mr|Ms|Mrs|Gen|Lt|Col|Maj)\.? )*{NAME}) (?:is|was) (?:an?|the)\s")
MIN_TITLE_WORDS = 3
MAX_TITLE_CHARACTERS = 300


def read_text(article_id: str, text: str) -> Article:
    """Read the article of a plain text; source facts that it does not state stay unknown."""
    parsed = parse_layout(text, detect_layout(text))
    return Article(id=article_id, text=text, source=parsed.source, body=parsed.body)


class ParsedText(Record):
    """Parsed text: the source facts that a text states, and its body without the dateline."""

    source: Source
    body: tuple[Span, ...]


def parse_layout(text: str, layout: Layout) -> ParsedText:
    """Extract source facts and body from a text whose layout is known."""
    body, opening = _without_dateline(text, layout)
    prose = "\n".join(paragraph.of(text) for paragraph in body)
    source = Source(
        title=_title(text, layout),
        outlet=_outlet(text, layout, opening),
        author=_author(text, layout),
        place=_place(opening),
        published=_published(text, layout, opening, prose),
    )
    return ParsedText(source=source, body=body)


def _without_dateline(text: str, layout: Layout) -> tuple[tuple[Span, ...], Dateline | None]:
    """Return the body without dateline, and the dateline of the first paragraph or of the lines above it."""
    if not layout.body:
        return layout.body, None
    first = layout.body[0]
    words = first.of(text)
    found = find_dateline(words)
    if found is not None and found.end < len(words):
        return (Span(start=first.start + found.end, end=first.end), *layout.body[1:]), found
    if found is not None and len(layout.body) > 1 and (found.date or found.agency):
        return layout.body[1:], found
    above = (find_dateline(line.of(text)) for line in reversed(layout.head))
    return layout.body, next((each for each in above if each and each.date), None)


def _title(text: str, layout: Layout) -> Fact:
    for line in (*layout.head, *_opening_sentence(text, layout)):
        words = " ".join(line.of(text).split())
        if (
            len(words.split()) >= MIN_TITLE_WORDS
            and len(words) <= MAX_TITLE_CHARACTERS
            and not (
                PUBLISHED.match(words)
                or UPDATED.match(words)
                or read_byline(words)
                or find_dateline(words)
                or full_date(words) == words
                or is_date_line(words)
            )
        ):
            return stated(words, "headline")
    return UNKNOWN


def _opening_sentence(text: str, layout: Layout) -> tuple[Span, ...]:
    """Return a short first paragraph, which is body, and the headline too when a line stands apart above the text."""
    if len(layout.body) < 2 or len(layout.body[0].of(text).split()) >= MIN_SENTENCE_WORDS:
        return ()
    return layout.body[:1] if len(layout.body[1].of(text).split()) >= MIN_SENTENCE_WORDS else ()


def _outlet(text: str, layout: Layout, opening: Dateline | None) -> Fact:
    if opening is not None and opening.agency:
        return stated(opening.agency, "agency credit in the dateline")
    for line in layout.tail:
        if (found := SIGN_OFF.match(line.of(text))) and (agency := agency_named(found["agency"])):
            return stated(agency, "sign-off below the text")
    for line in layout.tail:
        if (found := SITE_FOOTER.match(line.of(text))) and is_outlet(found["outlet"]):
            return inferred(found["outlet"], "site footer below the text")
    return UNKNOWN


def _author(text: str, layout: Layout) -> Fact:
    for line in layout.head:
        if authors := read_byline(line.of(text)):
            return stated(authors, "byline")
    if len(layout.body) > 1:
        last = " ".join(layout.body[-1].of(text).split())
        if (found := BIOGRAPHY.match(last)) and len(last.split()) < 60 and layout.tail:
            return inferred(found["author"], "biographical note below the text")
    return UNKNOWN


def _place(opening: Dateline | None) -> Fact:
    return stated(opening.place, "dateline") if opening is not None and opening.place else UNKNOWN


def _published(text: str, layout: Layout, opening: Dateline | None, prose: str) -> Fact:
    for line in layout.head:
        words = line.of(text)
        if PUBLISHED.match(words) and full_date(words):
            return stated_date(words, "publication line")
    if opening is not None and opening.iso:
        return stated_date(opening.iso, "date line")
    if opening is not None and opening.date:
        complete = written_date(opening.date)
        lead = " ".join(paragraph.of(text) for paragraph in layout.body[:2])
        return stated(complete, "dateline") if complete else dateline_date(opening.date, lead, prose)
    for line in layout.head:
        words = line.of(text)
        if (day := written_date(words)) and len(words.split()) <= MAX_DATE_LINE_WORDS and not UPDATED.search(words):
            return stated(day, "date above the text")
    return UNKNOWN
