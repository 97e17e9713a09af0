"""When a question asks about, and how near to that an article was published."""

import math
import re
from calendar import monthrange
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

from index.types import Record

MONTHS = "january february march april may june july august september october november december".split()
MONTH = "|".join(f"{name[:3]}(?:{name[3:]})?" if len(name) > 3 else name for name in MONTHS)
DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
YEAR = r"(?P<year>(?:19|20)\d\d)"
# Own patterns, because dateparser fills in what a question leaves out: "in October" must stay a month of some year.
DATES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\b(?P<year>(?:19|20)\d\d)-(?P<number>\d\d)-(?P<day>\d\d)\b",
        rf"\b{DAY} (?:of )?(?P<month>{MONTH})\.?,? {YEAR}\b",
        rf"\b(?P<month>{MONTH})\.? {DAY},? {YEAR}\b",
        rf"\b(?P<month>{MONTH})\.?,? (?:of )?{YEAR}\b",
        rf"\b{DAY} (?:of )?(?P<month>{MONTH})\b",
        rf"\b(?P<month>{MONTH})\.? {DAY}\b",
        rf"\b(?:in|since|until|during|by|last|this|early|late|mid) (?P<month>{MONTH})\b",
        rf"\b{YEAR}\b",
    )
)
"""Most precise first; what one has taken the next ones do not see."""
NOW = re.compile(
    r"\b(?:today|tonight|yesterday|tomorrow|now|current(?:ly)?|latest|newest|recent(?:ly)?|just|upcoming|so far"
    r"|(?:this|last|past|next|coming) (?:few )?(?:days?|week|month|mon|tues|wednes|thurs|fri|satur|sun)\w*)\b",
    re.IGNORECASE,
)
FORTNIGHT = 14
"""Days: news of a day is told for about so long, before the reader's day and after the day that it tells of."""


class Period(Record):
    """Days from the first to the last, both included."""

    first: date
    last: date


def periods(question: str, today: date) -> list[Period]:
    """The times a question speaks of, each with the fortnight after it in which it is reported; "now" is the last one.

    A date without a year is the last such day before `today`.
    """
    found: list[Period] = []
    rest = question
    for pattern in DATES:
        for match in pattern.finditer(rest):
            found += _period(match, today)
        rest = pattern.sub(lambda match: " " * len(match.group()), rest)
    return [*found, *lately(today)] if NOW.search(rest) else found


def lately(today: date) -> list[Period]:
    """The fortnight before the day on which the reader stands."""
    return [Period(first=today - timedelta(days=FORTNIGHT), last=today)]


def _period(match: re.Match[str], today: date) -> Iterator[Period]:
    named = match.groupdict()
    month = int(named["number"]) if named.get("number") else _month(named.get("month"))
    day = int(named["day"]) if named.get("day") else None
    try:
        year = int(named["year"]) if named.get("year") else _last(month, day, today)
        first = date(year, month or 1, day or 1)
        last = date(year, month or 12, day or monthrange(year, month or 12)[1])
    except ValueError:
        return
    yield Period(first=first, last=last + timedelta(days=FORTNIGHT))


def _month(name: str | None) -> int | None:
    return next(i for i, each in enumerate(MONTHS, start=1) if each.startswith(name.lower()[:3])) if name else None


def _last(month: int | None, day: int | None, today: date) -> int:
    return today.year if date(today.year, month or 1, day or 1) <= today else today.year - 1


def nearness(published: Iterable[str | None], wanted: Sequence[Period]) -> dict[str | None, float]:
    """For each of these days 1 when it lies in one of the periods, halving with every fortnight outside; 0 for none."""
    spans = [(each.first.toordinal(), each.last.toordinal()) for each in wanted]
    return {each: _nearness(each, spans) for each in published}


def _nearness(published: str | None, spans: Sequence[tuple[int, int]]) -> float:
    if not published or not spans:
        return 0.0
    try:
        day = date.fromisoformat(published[:10]).toordinal()
    except ValueError:
        return 0.0
    return math.exp2(-min(max(first - day, day - last, 0) for first, last in spans) / FORTNIGHT)
