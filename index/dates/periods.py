"""Periods: finds the times a question asks about ("in October 2023", "latest") and scores articles by nearness."""

import math
import re
from calendar import monthrange
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from functools import lru_cache

from index.dates.calendar import MONTH_OR_ABBREVIATION, ORDINAL_SUFFIX, YEAR, month_number
from index.types import Record

MONTH = rf"(?P<month>{MONTH_OR_ABBREVIATION})"
DAY = rf"(?P<day>\d{{1,2}}){ORDINAL_SUFFIX}"
FULL_YEAR = rf"(?P<year>{YEAR})"
# Not dateparser, which fills in what a question leaves out: "in October" must stay a month of an open year.
DATES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b{FULL_YEAR}-(?P<month>\d\d)-(?P<day>\d\d)\b",
        rf"\b{DAY} (?:of )?{MONTH}\.?,? {FULL_YEAR}\b",
        rf"\b{MONTH}\.? {DAY},? {FULL_YEAR}\b",
        rf"\b{MONTH}\.?,? (?:of )?{FULL_YEAR}\b",
        rf"\b{DAY} (?:of )?{MONTH}\b",
        rf"\b{MONTH}\.? {DAY}\b",
        rf"\b(?:in|since|until|during|by|last|this|early|late|mid) {MONTH}\b",
        rf"\b{FULL_YEAR}\b",
    )
)
"""Most precise pattern first; what one pattern matched is blanked out before the next is tried."""
NOW = re.compile(
    r"\b(?:today|tonight|yesterday|tomorrow|now|current(?:ly)?|latest|newest|recent(?:ly)?|just|upcoming|so far"
    r"|(?:this|last|past|next|coming) (?:few )?(?:days?|week|month|mon|tues|wednes|thurs|fri|satur|sun)\w*)\b",
    re.IGNORECASE,
)
REPORTING_DAYS = 14
"""Number of days within which an event is reported; also how far back "now" reaches."""


class Period(Record):
    """Period: an interval of days, both ends included."""

    first: date
    last: date


def periods(question: str, today: date) -> list[Period]:
    """Return the periods a question names, each extended by REPORTING_DAYS; "now" is the REPORTING_DAYS before `today`.

    A date without a year means its last occurrence up to `today`.
    """
    found: list[Period] = []
    rest = question
    for pattern in DATES:
        for match in pattern.finditer(rest):
            found += _period(match, today)
        rest = pattern.sub(lambda match: " " * len(match.group()), rest)
    return [*found, *recent_period(today)] if NOW.search(rest) else found


def recent_period(today: date) -> list[Period]:
    """Return the REPORTING_DAYS before `today` as the only period."""
    return [Period(first=today - min(timedelta(days=REPORTING_DAYS), today - date.min), last=today)]


def _period(match: re.Match[str], today: date) -> Iterator[Period]:
    named = match.groupdict()
    month = month_number(named["month"]) if named.get("month") else None
    day = int(named["day"]) if named.get("day") else None
    try:
        year = int(named["year"]) if named.get("year") else _last(month, day, today)
        first = date(year, month or 1, day or 1)
        last = date(year, month or 12, day or monthrange(year, month or 12)[1])
    except ValueError:
        return
    yield Period(first=first, last=last + timedelta(days=REPORTING_DAYS))


def _last(month: int | None, day: int | None, today: date) -> int:
    return today.year if date(today.year, month or 1, day or 1) <= today else today.year - 1


def date_proximity(published: Iterable[str | None], wanted: Sequence[Period]) -> dict[str | None, float]:
    """Score each publication date in [0, 1]: 1 inside a wanted period, halved by every REPORTING_DAYS outside it.

    The score is 0 where the date is unknown or no period is wanted.
    """
    spans = [(each.first.toordinal(), each.last.toordinal()) for each in wanted]
    return {each: _nearness(each, spans) for each in published}


def _nearness(published: str | None, spans: Sequence[tuple[int, int]]) -> float:
    day = _day_number(published) if published and spans else None
    if day is None:
        return 0.0
    return math.exp2(-min(max(first - day, day - last, 0) for first, last in spans) / REPORTING_DAYS)


@lru_cache(maxsize=10_000)
def _day_number(published: str) -> int | None:
    try:
        return date.fromisoformat(published[:10]).toordinal()
    except ValueError:
        return None
