"""Plain text reader: extracts title, author, outlet, place and date from an article's text, where it states them."""

import re

from index.dates.calendar import MONTH
from index.dates.written import dateline_date, full_date, stated_date
from index.reading.layout import Layout, detect_layout
from index.types import UNKNOWN, Article, Fact, Record, Source, Span, inferred, stated

PLACE = r"[A-Z][\w.'’-]*(?: (?:[A-Z][\w.'’-]*|de|of|al|la|el)){0,3}"
AGENCY = r"[A-Z][A-Za-z]*(?:[ /&-][A-Z][A-Za-z]*){0,2}"
DATELINE = re.compile(
    r"^(?:date )?(?:(?P<iso>\d{4}-\d\d-\d\d) )?"
    rf"(?P<place>{PLACE}), (?P<date>{MONTH} \d{{1,2}}(?:,? \d{{4}})?)"
    rf"(?: ?\((?P<agency>{AGENCY})\))?(?: ?[:—–-]{{1,2}} | (?=[A-Z“\"‘'])|$)"
)
PLACE_ONLY = re.compile(
    rf"^(?P<place>[A-Z][A-Z.'’-]+(?:[ ,]+[A-Z][A-Z.'’-]*){{0,3}})(?: ?\((?P<agency>{AGENCY})\))?"
    r"(?: ?:| ?[—–]| --?) (?=\S)"
)
DATE_PREFIX = re.compile(r"^(?:date )?(?P<iso>\d{4}-\d\d-\d\d) (?=[A-Z“\"])")
PUBLISHED = re.compile(r"^(?:published|posted|date|dated)\b", re.IGNORECASE)
UPDATED = re.compile(r"^(?:last )?(?:updated|modified|revised)\b", re.IGNORECASE)
BYLINE = re.compile(rf"^(?:By|BY|Written by|Author:|Story by) (?P<author>{PLACE}(?: and {PLACE})*)(?:,.*)?$")
SIGN_OFF = re.compile(rf"^[–—-]{{1,2}} ?\(?(?P<agency>{AGENCY})\)?$")
SITE_FOOTER = re.compile(
    r"^(?:Site Index|Copyright ?(?:©|\(c\))?|©)(?: ?\d{4})? (?P<outlet>[A-Z].{2,60}?)(?:\. .*|\.)?$"
)
BIOGRAPHY = re.compile(rf"^(?P<author>(?:(?:Dr|Prof|Mr|Ms|Mrs|Gen|Lt|Col|Maj)\.? )*{PLACE}) (?:is|was) (?:an?|the)\s")
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


def _without_dateline(text: str, layout: Layout) -> tuple[tuple[Span, ...], re.Match[str] | None]:
    """Return the body without dateline, and the dateline's match in the first paragraph or in the lines above it."""
    if not layout.body:
        return layout.body, None
    first = layout.body[0]
    words = first.of(text)
    found = DATELINE.match(words) or PLACE_ONLY.match(words) or DATE_PREFIX.match(words)
    if found is not None and found.end() < len(words):
        return (Span(start=first.start + found.end(), end=first.end), *layout.body[1:]), found
    above = (DATELINE.match(line.of(text)) for line in reversed(layout.head))
    return layout.body, next((match for match in above if match), None)


def _title(text: str, layout: Layout) -> Fact:
    for line in layout.head:
        words = " ".join(line.of(text).split())
        if (
            len(words.split()) >= MIN_TITLE_WORDS
            and len(words) <= MAX_TITLE_CHARACTERS
            and not (
                PUBLISHED.match(words)
                or UPDATED.match(words)
                or BYLINE.match(words)
                or DATELINE.match(words)
                or full_date(words) == words
            )
        ):
            return stated(words, "headline")
    return UNKNOWN


def _outlet(text: str, layout: Layout, opening: re.Match[str] | None) -> Fact:
    if agency := _group(opening, "agency"):
        return stated(agency, "agency credit in the dateline")
    for line in layout.tail:
        if found := SIGN_OFF.match(line.of(text)):
            return stated(found["agency"], "sign-off below the text")
    for line in layout.tail:
        if found := SITE_FOOTER.match(line.of(text)):
            return inferred(found["outlet"], "site footer below the text")
    return UNKNOWN


def _author(text: str, layout: Layout) -> Fact:
    for line in layout.head:
        if found := BYLINE.match(line.of(text)):
            return stated(found["author"], "byline")
    if len(layout.body) > 1:
        last = " ".join(layout.body[-1].of(text).split())
        if (found := BIOGRAPHY.match(last)) and len(last.split()) < 60 and layout.tail:
            return inferred(found["author"], "biographical note below the text")
    return UNKNOWN


def _place(opening: re.Match[str] | None) -> Fact:
    place = _group(opening, "place")
    if not place:
        return UNKNOWN
    return stated(place.title() if place.isupper() else place, "dateline")


def _published(text: str, layout: Layout, opening: re.Match[str] | None, prose: str) -> Fact:
    for line in layout.head:
        words = line.of(text)
        if PUBLISHED.match(words) and full_date(words):
            return stated_date(words, "publication line")
    if iso := _group(opening, "iso"):
        return stated_date(iso, "date line")
    if month_day := _group(opening, "date"):
        complete = stated_date(month_day, "dateline")
        lead = " ".join(paragraph.of(text) for paragraph in layout.body[:2])
        return complete if complete.value else dateline_date(month_day, lead, prose)
    for line in layout.head:
        if full_date(line.of(text)) and len(line.of(text).split()) <= 8 and not UPDATED.match(line.of(text)):
            return stated_date(line.of(text), "date above the text")
    return UNKNOWN


def _group(found: re.Match[str] | None, name: str) -> str | None:
    return found.groupdict().get(name) if found else None
