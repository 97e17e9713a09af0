"""Dates as articles write them, and what may be concluded when the year is left out."""

import re
from datetime import date

from index.types import UNKNOWN, Fact, inferred, stated

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?"
    r"|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\.?"
)
ISO_DATE = re.compile(r"\b(?P<year>(?:19|20)\d\d)-(?P<month>0[1-9]|1[0-2])-(?P<day>[0-3]\d)\b")
DAY_FIRST = re.compile(rf"\b(?P<day>[0-3]?\d)(?:st|nd|rd|th)? (?P<month>{MONTH}),? (?P<year>(?:19|20)\d\d)\b")
MONTH_FIRST = re.compile(rf"\b(?P<month>{MONTH}) (?P<day>[0-3]?\d)(?:st|nd|rd|th)?,? (?P<year>(?:19|20)\d\d)\b")
MONTH_DAY = re.compile(rf"(?P<month>{MONTH}) (?P<day>[0-3]?\d)\b")
MENTIONED = re.compile(rf"(?:(?P<month>{MONTH}) (?:\d{{1,2}},? )?)?\b(?P<year>(?:19|20)\d\d)\b")
AHEAD = re.compile(r"\b(?:by|until|before|through|beyond|since|for)\s$", re.IGNORECASE)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
WEEKDAY = re.compile(rf"\bon ({'|'.join(WEEKDAYS)})\b", re.IGNORECASE)


def full_date(text: str) -> str | None:
    """The first complete calendar date in `text`, as ISO 8601."""
    matches = [found for pattern in (ISO_DATE, DAY_FIRST, MONTH_FIRST) if (found := pattern.search(text))]
    for found in sorted(matches, key=lambda m: m.start()):
        day = _calendar(int(found["year"]), _month(found["month"]), int(found["day"]))
        if day is not None:
            return day.isoformat()
    return None


def stated_date(text: str, source: str) -> Fact:
    """The first complete date in `text` as a stated fact, or unknown."""
    value = full_date(text)
    return stated(value, source) if value else UNKNOWN


def dateline_date(month_day: str, lead: str, body: str) -> Fact:
    """The date of a dateline without a year: inferred only when a weekday in the lead settles which year.

    The year is the first in which that day is the named weekday and not before the latest date the article
    mentions; nothing else may decide it, so most such datelines stay unknown.
    """
    found, weekday = MONTH_DAY.search(month_day), WEEKDAY.search(lead)
    latest = _latest_mention(body)
    unknown = Fact(source=f"dateline {month_day!r} has no year")
    if found is None or weekday is None or latest is None:
        return unknown
    for year in (latest.year, latest.year + 1):
        day = _calendar(year, _month(found["month"]), int(found["day"]))
        if day and day >= latest and WEEKDAYS[day.weekday()] == weekday[1].lower():
            why = f"dateline {month_day!r}; year from {weekday[1]!r} and {latest:%B %Y}, the latest date mentioned"
            return inferred(day.isoformat(), why)
    return unknown


def _latest_mention(body: str) -> date | None:
    mentions = (
        _calendar(int(found["year"]), _month(found["month"]) if found["month"] else 1, 1)
        for found in MENTIONED.finditer(body)
        if not AHEAD.search(body, max(0, found.start() - 8), found.start())
    )
    return max((day for day in mentions if day), default=None)


def _month(name: str) -> int:
    return int(name) if name.isdigit() else MONTHS.index(name[:3].lower()) + 1


def _calendar(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
