"""Absolute dates: reads "3 October 2025", "3. Oktober 2025" or a dateline in text as ISO 8601."""

import re
from datetime import date

from index.dates.calendar import (
    FOREIGN_MONTH_NUMBERS,
    MONTH,
    ORDINAL_SUFFIX,
    WEEKDAY_NAME,
    WEEKDAYS,
    YEAR,
    calendar_date,
    month_number,
)
from index.types import UNKNOWN, Fact, inferred, stated

ISO_DATE = re.compile(rf"\b(?P<year>{YEAR})-(?P<month>0[1-9]|1[0-2])-(?P<day>[0-3]\d)\b")
DAY_FIRST = re.compile(rf"\b(?P<day>[0-3]?\d){ORDINAL_SUFFIX} (?P<month>{MONTH}),? (?P<year>{YEAR})\b")
MONTH_FIRST = re.compile(rf"\b(?P<month>{MONTH}) (?P<day>[0-3]?\d){ORDINAL_SUFFIX},? (?P<year>{YEAR})\b")
MONTH_DAY = re.compile(rf"(?P<month>{MONTH}) (?P<day>[0-3]?\d)\b")
MENTIONED = re.compile(rf"(?:(?P<month>{MONTH}) (?:\d{{1,2}},? )?)?\b(?P<year>{YEAR})\b")
AHEAD = re.compile(r"\b(?:by|until|before|through|beyond|since|for)\s$", re.IGNORECASE)
"""Words before a date that may be later than the article."""
ON_WEEKDAY = re.compile(rf"\bon ({WEEKDAY_NAME})\b", re.IGNORECASE)
FOREIGN_DATE = re.compile(
    r"(?<![\w.,/-])(?P<day>[0-3]?\d)(?:\.|er|º|°|-?го)? ?(?:de |d[’'])?"
    rf"(?P<month>[^\W\d_]{{3,12}})\.?,? (?:de |del )?(?P<year>{YEAR})\b"
)
NUMERIC = re.compile(
    rf"(?<![\w.,/-])(?P<first>\d{{1,2}})(?P<mark>[./-])(?P<second>\d{{1,2}})(?P=mark)(?P<year>{YEAR})(?![\w/-])"
)
YEAR_FIRST = re.compile(
    rf"(?<!\d)(?P<year>{YEAR})(?P<mark>[/.]?)(?P<month>0[1-9]|1[0-2])(?P=mark)(?P<day>[0-3]\d)(?!\d)"
)
EPOCH = "1970-01-01"
"""Date that software writes when none was set."""


def full_date(text: str) -> str | None:
    """Return the first complete calendar date in `text` as ISO 8601, or None."""
    matches = [found for pattern in (ISO_DATE, DAY_FIRST, MONTH_FIRST) if (found := pattern.search(text))]
    for found in sorted(matches, key=lambda m: m.start()):
        day = calendar_date(int(found["year"]), month_number(found["month"]), int(found["day"]))
        if day is not None:
            return day.isoformat()
    return None


def written_date(text: str) -> str | None:
    """Return the first complete date in a line about a date; unlike `full_date`, also in numeric and foreign forms.

    `03/04/2021` is ambiguous and is not read; `03.04.2021` is written only where the day comes first.
    """
    for found in (full_date(text), _numeric(text), _foreign(text)):
        if found is not None:
            return None if found == EPOCH else found
    return None


def _foreign(text: str) -> str | None:
    for found in FOREIGN_DATE.finditer(text):
        month = FOREIGN_MONTH_NUMBERS.get(found["month"].lower())
        day = calendar_date(int(found["year"]), month, int(found["day"])) if month else None
        if day is not None:
            return day.isoformat()
    return None


def _numeric(text: str) -> str | None:
    if found := YEAR_FIRST.search(text):
        day = calendar_date(int(found["year"]), int(found["month"]), int(found["day"]))
        return day.isoformat() if day else None
    found = NUMERIC.search(text)
    if found is None:
        return None
    first, second, year = int(found["first"]), int(found["second"]), int(found["year"])
    day_first, month_first = calendar_date(year, second, first), calendar_date(year, first, second)
    if found["mark"] == "." or day_first == month_first or month_first is None:
        return day_first.isoformat() if day_first else None
    return month_first.isoformat() if day_first is None else None


def stated_date(text: str, source: str) -> Fact:
    """Return the first complete date in `text` as a stated fact, or unknown."""
    value = full_date(text)
    return stated(value, source) if value else UNKNOWN


def dateline_date(month_day: str, lead: str, body: str) -> Fact:
    """Infer the date of a dateline without a year; only possible when a weekday in the lead determines the year.

    The year is the one in which that day is the named weekday and not before the latest date the article mentions (that
    date's year or the next); nothing else may decide it, so most such datelines stay unknown.
    """
    found, weekday = MONTH_DAY.search(month_day), ON_WEEKDAY.search(lead)
    latest = _latest_mention(body)
    unknown = Fact(source=f"dateline {month_day!r} has no year")
    if found is None or weekday is None or latest is None:
        return unknown
    for year in (latest.year, latest.year + 1):
        day = calendar_date(year, month_number(found["month"]), int(found["day"]))
        if day and day >= latest and WEEKDAYS[day.weekday()] == weekday[1].lower():
            why = f"dateline {month_day!r}; year from {weekday[1]!r} and {latest:%B %Y}, the latest date mentioned"
            return inferred(day.isoformat(), why)
    return unknown


def _latest_mention(body: str) -> date | None:
    mentions = (
        calendar_date(int(found["year"]), month_number(found["month"]) if found["month"] else 1, 1)
        for found in MENTIONED.finditer(body)
        if not AHEAD.search(body, max(0, found.start() - 8), found.start())
    )
    return max((day for day in mentions if day), default=None)
