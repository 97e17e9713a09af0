"""Dates as articles, pages and exports write them, and what may be concluded when the year is left out."""

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


ABROAD = re.compile(
    r"(?<![\w.,/-])(?P<day>[0-3]?\d)(?:\.|er|º|°|-?го)? ?(?:de |d[’'])?"
    r"(?P<month>[^\W\d_]{3,12})\.?,? (?:de |del )?(?P<year>(?:19|20)\d\d)\b"
)
NUMERIC = re.compile(
    r"(?<![\w.,/-])(?P<first>\d{1,2})(?P<mark>[./-])(?P<second>\d{1,2})(?P=mark)(?P<year>(?:19|20)\d\d)(?![\w/-])"
)
YEAR_FIRST = re.compile(
    r"(?<!\d)(?P<year>(?:19|20)\d\d)(?P<mark>[/.]?)(?P<month>0[1-9]|1[0-2])(?P=mark)(?P<day>[0-3]\d)(?!\d)"
)
MONTHS_ABROAD = (
    "januar jänner janvier enero gennaio janeiro januari января январь",
    "februar feber février fevrier febrero febbraio fevereiro februari февраля февраль",
    "märz maerz mars marzo março marco maart марта март",
    "april avril abril aprile апреля апрель",
    "mai mayo maggio maio mei maj мая май",
    "juni juin junio giugno junho июня июнь",
    "juli juillet julio luglio julho июля июль",
    "august août aout agosto augustus augusti августа август",
    "september septembre septiembre setiembre settembre setembro сентября сентябрь",
    "oktober octobre octubre ottobre outubro октября октябрь",
    "november novembre noviembre novembro ноября ноябрь",
    "dezember décembre decembre diciembre dicembre dezembro december desember декабря декабрь",
)
"""German, French, Spanish, Italian, Portuguese, Dutch, the Nordic languages, Russian; no word means two months."""
ABROAD_MONTH = {word: number for number, words in enumerate(MONTHS_ABROAD, start=1) for word in words.split()}
EPOCH = "1970-01-01"
"""What software writes for a date that was never set."""


def full_date(text: str) -> str | None:
    """The first complete calendar date in `text`, as ISO 8601."""
    matches = [found for pattern in (ISO_DATE, DAY_FIRST, MONTH_FIRST) if (found := pattern.search(text))]
    for found in sorted(matches, key=lambda m: m.start()):
        day = _calendar(int(found["year"]), _month(found["month"]), int(found["day"]))
        if day is not None:
            return day.isoformat()
    return None


def written_date(text: str) -> str | None:
    """The first complete date in a line that is about a date, in more ways of writing than prose is searched for.

    `03/04/2021` is two days and so none; `03.04.2021` is written only where the day comes first.
    """
    for found in (full_date(text), _numeric(text), _abroad(text)):
        if found is not None:
            return None if found == EPOCH else found
    return None


def _abroad(text: str) -> str | None:
    for found in ABROAD.finditer(text):
        month = ABROAD_MONTH.get(found["month"].lower())
        day = _calendar(int(found["year"]), month, int(found["day"])) if month else None
        if day is not None:
            return day.isoformat()
    return None


def _numeric(text: str) -> str | None:
    if found := YEAR_FIRST.search(text):
        day = _calendar(int(found["year"]), int(found["month"]), int(found["day"]))
        return day.isoformat() if day else None
    found = NUMERIC.search(text)
    if found is None:
        return None
    first, second, year = int(found["first"]), int(found["second"]), int(found["year"])
    day_first, month_first = _calendar(year, second, first), _calendar(year, first, second)
    if found["mark"] == "." or day_first == month_first or month_first is None:
        return day_first.isoformat() if day_first else None
    return month_first.isoformat() if day_first is None else None


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
