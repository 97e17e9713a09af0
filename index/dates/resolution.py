"""Relative dates: resolves "on Friday" or "last month" in an article against its publication date."""

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta

from index.dates.calendar import WEEKDAY_NAME, WEEKDAYS
from index.types import Fact, Record, Span
from index.words import NUMERALS

COUNTS = {word: count for count, word in enumerate(NUMERALS[:11])}
FUTURE = re.compile(
    r"\b(?:will|shall|would|is to|are to|due|scheduled|plans?|planned|expected|set)\b[^.;]{0,80}$", re.I
)
"""Words before a bare weekday which show that the next one is meant and not the last."""


class DatedWords(Record):
    """Resolved relative date: words that name a day, month or year relative to the publication date, and its value."""

    words: str
    start: int
    """Character offset in the article's text."""
    value: str
    """ISO 8601 at the precision of the words: a day, a month or a year."""
    basis: str


Reading = Callable[[re.Match[str], date], str | None]


def dated(text: str, span: Span, published: Fact) -> tuple[DatedWords, ...]:
    """Resolve the relative dates within a span of an article, in order; none when its publication date is not known.

    Not dateparser, because "on Friday" in a newspaper published on a Friday means that same day.
    """
    try:
        day = date.fromisoformat(published.value or "")
    except ValueError:
        return ()
    known = "the publication date" if published.basis != "inferred" else "the publication date, itself inferred"
    return tuple(
        DatedWords(words=words, start=start, value=value, basis=f"inferred: counted from {known}")
        for words, start, value in sorted(_found(text, span, day), key=lambda each: each[1])
    )


def _found(text: str, span: Span, day: date) -> Iterator[tuple[str, int, str]]:
    for pattern, read in READINGS:
        for match in pattern.finditer(text, span.start, span.end):
            if value := read(match, day):
                yield match.group(), match.start(), value


def _shifted(match: re.Match[str], day: date) -> str:
    return (
        day + timedelta(days={"yesterday": -1, "today": 0, "tonight": 0, "tomorrow": 1}[match[0].lower()])
    ).isoformat()


def _weekday(match: re.Match[str], day: date) -> str | None:
    which = (match["which"] or "on").lower().strip()
    back = (day.weekday() - WEEKDAYS.index(match["name"].casefold())) % 7
    if which == "last":
        return (day - timedelta(days=back or 7)).isoformat()
    if which in ("next", "this", "coming") or FUTURE.search(match.string, max(0, match.start() - 120), match.start()):
        return (day + timedelta(days=(7 - back) % 7 or 7)).isoformat()
    return (day - timedelta(days=back)).isoformat()


def _month(match: re.Match[str], day: date) -> str:
    months = day.year * 12 + day.month - 1 + {"last": -1, "this": 0, "next": 1}[match["which"].lower()]
    return f"{months // 12:04}-{months % 12 + 1:02}"


def _year(match: re.Match[str], day: date) -> str:
    return f"{day.year + {'last': -1, 'this': 0, 'next': 1}[match['which'].lower()]:04}"


def _ago(match: re.Match[str], day: date) -> str | None:
    count = COUNTS.get(match["count"].lower()) or (int(match["count"]) if match["count"].isdigit() else 1)
    if match["unit"].lower() == "day":
        return (day - timedelta(days=count)).isoformat() if count < 1000 else None
    return f"{day.year - count:04}" if 0 < count < 200 else None


# A weekday beside a date or a month ("Friday, 3 October") is not relative.
RELATIVE_WEEKDAY = re.compile(
    rf"\b(?:(?P<which>on|last|next|this|coming) )?(?P<name>{WEEKDAY_NAME})\b"
    r"(?!s\b|,? \d|,? (?:[A-Z][a-z]+ )?\d)",
    re.IGNORECASE,
)
READINGS: tuple[tuple[re.Pattern[str], Reading], ...] = (
    (re.compile(r"\b(?:yesterday|today|tonight|tomorrow)\b(?!['’]s)", re.IGNORECASE), _shifted),
    (RELATIVE_WEEKDAY, _weekday),
    (re.compile(r"\b(?P<which>last|this|next) month\b", re.IGNORECASE), _month),
    (re.compile(r"\b(?P<which>last|this|next) year\b", re.IGNORECASE), _year),
    (re.compile(rf"\b(?P<count>an?|\d{{1,3}}|{'|'.join(COUNTS)}) (?P<unit>day|year)s? ago\b", re.IGNORECASE), _ago),
)
