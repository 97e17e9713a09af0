"""Article dates: the dates of a sentence of an article, counted from its publication date or its own entry's."""

import re
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from index.dates.calendar import WEEKDAY_NAME, YEAR
from index.types import Fact, Record, Span
from service.language.date_expressions import MONTH
from service.language.date_resolution import QUOTE_MARKS, ResolvedDate, resolve_dates
from service.language.dates import spell_date

STAMP_DAY = rf"(?:(?:{WEEKDAY_NAME}),? )?(?:\d{{1,2}} {MONTH}|{MONTH} \d{{1,2}})(?:,? {YEAR})?"
CLOCK = r"\d{1,2}(?::\d\d(?: ?[ap]\.?m\b\.?)?|(?:\.\d\d)? ?[ap]\.?m\b\.?)(?: (?:GMT|BST|UTC|[A-Z]{1,2}[SD]?T)\b)?"
STAMP = re.compile(
    rf"^[ \t]*(?:(?P<day>{STAMP_DAY})[,.:]?[ \t]+(?:at[ \t]+)?)?{CLOCK}"
    rf"(?:[ \t]*(?:on|,|-|–)?[ \t]*(?P<after>{STAMP_DAY}))?",
    re.MULTILINE,
)
"""Time of day, with or without its date, at the beginning of an entry of a live blog."""
FEWEST_ENTRIES = 2
COUNTED_FROM = "inferred: counted from "
PUBLICATION = "the publication date"
FROM_PUBLICATION = f"{COUNTED_FROM}{PUBLICATION}, "
"""What stands before the day in the basis of a date that was counted from a stated publication date."""


class DatedWords(Record):
    """Resolved date: words that name a day, month or year from where the article stands, and which one it is."""

    words: str
    start: int
    """Character offset in the article's text."""
    value: str
    """ISO 8601 at the precision of the words: a day, a month or a year; `start/end` for a range."""
    basis: str
    """What the words were counted from, with its date."""


class _Origin(NamedTuple):
    day: date | None
    name: str


def dated(text: str, span: Span, published: Fact) -> tuple[DatedWords, ...]:
    """Return the dates in a sentence of an article that do not state their year, in order."""
    origin = _origin(text, span, published)
    return tuple(
        DatedWords(words=each.text, start=span.start + each.start, value=each.date, basis=_basis(each, origin))
        for each in _resolved(text, span, origin)
        if each.basis == "inferred"
    )


def dates_of(text: str, span: Span, published: Fact) -> list[tuple[ResolvedDate, str]]:
    """Return every resolved date of a sentence of an article, with its basis in words: `stated`, or `inferred: ...`."""
    origin = _origin(text, span, published)
    return [(each, _basis(each, origin)) for each in _resolved(text, span, origin)]


def _resolved(text: str, span: Span, origin: _Origin) -> list[ResolvedDate]:
    return resolve_dates(span.of(text), origin.day, is_quoted=_is_quoted(text, span))


def _basis(found: ResolvedDate, origin: _Origin) -> str:
    if found.basis == "stated" or found.anchor is None:
        return "stated"
    name = f"“{found.anchor_words}”" if found.anchor_words else origin.name
    return f"{COUNTED_FROM}{name}, {spell_date(found.anchor)}"


def _is_quoted(text: str, span: Span) -> bool:
    """Whether a quotation that opened before the sentence, in its paragraph, has not closed."""
    before = text[text.rfind("\n\n", 0, span.start) + 1 : span.start]
    opened = False
    for mark in QUOTE_MARKS.findall(before):
        opened = mark in "“«„``" if mark != '"' else not opened
    return opened


def _origin(text: str, span: Span, published: Fact) -> _Origin:
    try:
        day = date.fromisoformat(published.value or "")
    except ValueError:
        return _Origin(None, "")
    named = PUBLICATION if published.basis != "inferred" else f"{PUBLICATION}, itself inferred"
    stamps = list(STAMP.finditer(text))
    if len(stamps) < FEWEST_ENTRIES:
        return _Origin(day, named)
    return _Origin(next(_entry_days(text, stamps, span, day), None), "the entry's own date")


def _entry_days(text: str, stamps: list[re.Match[str]], span: Span, published: date) -> Iterator[date]:
    """Yield the date of the entry of a live blog in which the sentence stands; nothing if it states none."""
    own = [stamp for stamp in stamps if stamp.start() <= span.start]
    stamp = next((each for each in reversed(own) if each["day"] or each["after"]), None)
    words = (stamp["day"] or stamp["after"]) if stamp else None
    for found in resolve_dates(f"It was written on {words}.", published) if words else ():
        if found.precision == "day":
            yield date.fromisoformat(found.date)
