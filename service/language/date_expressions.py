"""Date expressions in plain text: the words that name a day, month or year, and how each is read from an anchor day."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import NamedTuple

from index.dates.calendar import (
    MONTH_ABBREVIATION,
    MONTH_NAME,
    ORDINAL_SUFFIX,
    WEEKDAY_NAME,
    WEEKDAYS,
    YEAR,
    calendar_date,
    month_number,
)
from index.words import NUMERALS
from service.language.time_direction import Direction

Reading = Callable[[date, Direction | None], str | None]
"""Reads an expression from an anchor day: ISO 8601 at its own precision, `start/end` for a range, or None."""

MONTH = rf"(?:{MONTH_NAME}|(?:{MONTH_ABBREVIATION}|Sept)\b\.?)"
DAY = rf"(?:[12]\d|3[01]|0?[1-9]){ORDINAL_SUFFIX}\b"
WEEKDAY_BEFORE = rf"(?:(?P<weekday>{WEEKDAY_NAME}),? (?:the )?)?"
PART_OF_DAY = r"(?: (?:morning|afternoon|evening|night|lunchtime)\b)?"
TO = r"(?: ?[-–—] ?| (?:to|and|until|through) )"
COUNTS = {word: count for count, word in enumerate(NUMERALS) if count}
MOST_DAYS = 300
"""Most days between the anchor and a day without a year."""
RELATIVE = {"last": -1, "this": 0, "next": 1}
SHIFTS = {"yesterday": -1, "today": 0, "tonight": 0, "tomorrow": 1, "last night": -1}


class DateExpression(NamedTuple):
    """Words that name a day, month or year."""

    start: int
    end: int
    """Character offsets."""
    main: int
    """Character offset of the main word: the month, the weekday, the year."""
    kind: str
    """`full`, `month_day`, `month`, `year`, `weekday`, `shift`, `count` or `period`."""
    read: Reading

    @property
    def is_absolute(self) -> bool:
        """Whether it states its year, so that it needs no anchor."""
        return self.kind in ("full", "year")


def date_expressions(text: str) -> list[DateExpression]:
    """Return the date expressions of a text in order; no two overlap, and longer forms take precedence."""
    found: list[DateExpression] = []
    rest = text
    for pattern, kind, reading in PATTERNS:
        for match in pattern.finditer(rest):
            read = reading(match)
            if read is not None:
                main = next(match.start(name) for name in ("main", "month", "year") if name in match.groupdict())
                start = main if kind in ("month", "year") else match.start()
                stated = kind == "month_day" and match.groupdict().get("year")
                found.append(DateExpression(start, match.end(), main, "full" if stated else kind, read))
                rest = rest[: match.start()] + "\x00" * len(match.group()) + rest[match.end() :]
    return sorted(found, key=lambda each: each.start)


def _stated(value: str | None) -> Reading | None:
    return None if value is None else lambda anchor, direction: value


def _iso(year: int, month: int, day: str | None = None) -> str | None:
    if day is None:
        return f"{year:04}-{month:02}"
    found = calendar_date(year, month, int(re.sub(r"\D", "", day)))
    return found.isoformat() if found else None


def _full(match: re.Match[str]) -> Reading | None:
    found = match.groupdict()
    value = _iso(int(found["year"]), month_number(found["month"]), found["day"])
    weekday, day = found.get("weekday"), date.fromisoformat(value) if value else None
    # A weekday that the calendar contradicts says that one of the two is a mistake.
    return None if weekday and day and WEEKDAYS[day.weekday()] != weekday.casefold() else _stated(value)


def _days_of_month(match: re.Match[str]) -> Reading | None:
    """Read "3-5 March", "March 3 and 4", with or without a year."""
    month, first, last = month_number(match["month"]), match["first"], match["day"]

    def read(anchor: date, direction: Direction | None) -> str | None:
        year = int(match["year"]) if match["year"] else None
        end = _iso(year, month, last) if year else _nearest(anchor, direction, month, last)
        start = _iso(int(end[:4]), month, first) if end else None
        return f"{start}/{end}" if start and end and start < end else None

    return read


def _months_of_year(match: re.Match[str]) -> Reading | None:
    """Read the first month of "June and July 2016"; a later month belongs to the year before."""
    year, first, last = int(match["year"]), month_number(match["month"]), month_number(match["other"])
    return _stated(_iso(year if first <= last else year - 1, first, match["day"]))


def _month_year(match: re.Match[str]) -> Reading | None:
    return _stated(_iso(int(match["year"]), month_number(match["month"])))


def _year(match: re.Match[str]) -> Reading | None:
    return _stated(match["year"])


def _month_day(match: re.Match[str]) -> Reading | None:
    month, day, weekday = month_number(match["month"]), match["day"], match["weekday"]

    def read(anchor: date, direction: Direction | None) -> str | None:
        if not weekday:
            return _nearest(anchor, direction, month, day)
        years = [_iso(anchor.year + shift, month, day) for shift in (-1, 0, 1)]
        named = WEEKDAYS.index(weekday.casefold())
        near = [
            each
            for each in years
            if each and (on := date.fromisoformat(each)).weekday() == named and abs((on - anchor).days) <= MOST_DAYS
        ]
        return near[0] if len(near) == 1 else None

    return read


def _nearest(anchor: date, direction: Direction | None, month: int, day: str | None) -> str | None:
    """Return the last occurrence of a day or month up to the anchor for the past, the next one for the future."""
    if direction is None or (day is None and month == anchor.month):
        return None
    here = _iso(anchor.year, month, day)
    now = anchor.isoformat()[: len(here or "")]
    if here is None or here == now:
        return here
    shift = -1 if direction == "past" and here > now else 1 if direction == "future" and here < now else 0
    found = _iso(anchor.year + shift, month, day)
    # What is announced for most of a year ahead has its year; the words may rather look back.
    is_far = day is not None and direction == "future" and _days_between(found, anchor) > MOST_DAYS
    return None if is_far else found


def _days_between(value: str | None, anchor: date) -> int:
    return abs((date.fromisoformat(value) - anchor).days) if value else 0


def _month(match: re.Match[str]) -> Reading | None:
    month = month_number(match["month"])
    return lambda anchor, direction: _nearest(anchor, direction, month, None)


def _months(match: re.Match[str]) -> Reading | None:
    """Read "from June to August" as one range."""
    first, last = month_number(match["main"]), month_number(match["month"])

    def read(anchor: date, direction: Direction | None) -> str | None:
        start, end = (_nearest(anchor, direction, month, None) for month in (first, last))
        return f"{start}/{end}" if start and end and start < end else None

    return read


def _day_or_month_of_year(match: re.Match[str]) -> Reading | None:
    """Read "June last year" and "7 October last year"."""
    month, day, shift = month_number(match["month"]), match["day"] or match["after"], RELATIVE[match["which"].lower()]
    return lambda anchor, direction: _iso(anchor.year + shift, month, day)


def _named_month(match: re.Match[str]) -> Reading | None:
    """Read "last October": only where the last one and the one of last year are the same."""
    month, which = month_number(match["month"]), match["which"].lower()

    def read(anchor: date, direction: Direction | None) -> str | None:
        if which == "this":
            return _iso(anchor.year, month)
        nearest = _nearest(anchor, "past" if which == "last" else "future", month, None)
        return nearest if nearest and int(nearest[:4]) != anchor.year else None

    return read


def _shift(match: re.Match[str]) -> Reading | None:
    words = match["main"].lower()
    days = SHIFTS.get(words, 0) + {"before": -1, "after": 1}.get((match["beyond"] or "").lower(), 0)
    return lambda anchor, direction: (anchor + timedelta(days=days)).isoformat()


def _weekday(match: re.Match[str]) -> Reading | None:
    which = (match["which"] or "").lower()
    named = WEEKDAYS.index(match["main"].casefold())
    week = {"last": -1, "next": 1}.get((match["week"] or "").lower())
    is_today = bool(match["later"])

    def read(anchor: date, direction: Direction | None) -> str | None:
        monday = anchor - timedelta(days=anchor.weekday())
        back = (anchor.weekday() - named) % 7
        if week is not None:
            return (monday + timedelta(days=7 * week + named)).isoformat()
        if which in ("last", "past", "next"):
            # "Next Friday" on a Tuesday is this week's for some and next week's for others.
            ahead = 7 - back
            nearest = anchor - timedelta(days=back or 7) if which != "next" else anchor + timedelta(days=ahead)
            of_week = monday + timedelta(days=named + (7 if which == "next" else -7))
            return nearest.isoformat() if nearest == of_week else None
        if which == "coming" or direction == "future":
            return anchor.isoformat() if is_today and not back else _ahead(anchor, back)
        return (anchor - timedelta(days=back)).isoformat() if direction == "past" else None

    return read


def _ahead(anchor: date, back: int) -> str | None:
    """Return the next such weekday; on the weekday itself it is open whether today or in a week is meant."""
    return (anchor + timedelta(days=7 - back)).isoformat() if back else None


def _relative_month(match: re.Match[str]) -> Reading | None:
    shift = RELATIVE[match["which"].lower()]
    return lambda anchor, direction: _months_away(anchor, shift)


def _months_away(anchor: date, shift: int) -> str:
    months = anchor.year * 12 + anchor.month - 1 + shift
    return f"{months // 12:04}-{months % 12 + 1:02}"


def _relative_year(match: re.Match[str]) -> Reading | None:
    shift = RELATIVE[match["which"].lower()]
    return lambda anchor, direction: f"{anchor.year + shift:04}"


def _ago(match: re.Match[str]) -> Reading | None:
    words = match["count"].lower()
    count = COUNTS.get(words) or (int(words) if words.isdigit() else 1)
    unit = match["main"].lower()
    if unit == "year" and count % 10 == 0:
        return None  # a round number

    def read(anchor: date, direction: Direction | None) -> str | None:
        if unit == "day":
            return (anchor - timedelta(days=count)).isoformat()
        return _months_away(anchor, -count) if unit == "month" else f"{anchor.year - count:04}"

    return read


def _weekend(match: re.Match[str]) -> Reading | None:
    which = match["which"].lower()

    def read(anchor: date, direction: Direction | None) -> str | None:
        saturday = anchor + timedelta(days=5 - anchor.weekday())
        in_weekend = anchor.weekday() >= 5
        if which == "last" or (which in ("the", "this") and direction == "past"):
            saturday -= timedelta(days=7 if which == "last" or not in_weekend else 0)
        elif which == "next" or direction != "future":
            return None
        if in_weekend:
            return None if which != "last" else _range(saturday, 1)
        return _range(saturday, 1)

    return read


def _range(first: date, days: int) -> str:
    return f"{first.isoformat()}/{(first + timedelta(days=days)).isoformat()}"


BEFORE_MONTH = r"(?<![\w-])(?i:in|since|until|till|by|from|through|during|before|after|of|late|early|mid)[ -]"
AFTER_MONTH = r"(?![\w’'-]| [A-Z\d])"
BEFORE_YEAR = (
    r"(?:\b(?:in|since|until|till|by|from|through|during|before|after|of|for|between|and|to|or|late|early|mid|a|the|that"
    r"|its|his|her|their)[ -]|[’']s |\()"
)
APPROXIMATE = r"(?<!about )(?<!some )(?<!around )(?<!nearly )(?<!almost )(?<!than )(?<!over )(?<!least )(?<!roughly )"
PATTERNS: tuple[tuple[re.Pattern[str], str, Callable[[re.Match[str]], Reading | None]], ...] = tuple(
    (re.compile(pattern, flags), kind, reading)
    for pattern, flags, kind, reading in (
        (rf"\b(?P<year>{YEAR})-(?P<month>0[1-9]|1[0-2])-(?P<day>[0-3]\d)\b", 0, "full", _full),
        (
            rf"\b(?P<first>{DAY}){TO}(?P<day>{DAY}) (?:of )?(?P<month>{MONTH})(?:,? (?P<year>{YEAR}))?\b",
            0,
            "month_day",
            _days_of_month,
        ),
        (
            rf"\b(?P<month>{MONTH}) (?P<first>{DAY}){TO}(?P<day>{DAY})(?:,? (?P<year>{YEAR}))?\b",
            0,
            "month_day",
            _days_of_month,
        ),
        (
            rf"\b(?P<month>{MONTH})(?P<day> {DAY})?(?={TO}(?P<other>{MONTH}) (?:{DAY},? )?(?P<year>{YEAR})\b)",
            0,
            "full",
            _months_of_year,
        ),
        (
            rf"\b(?P<day>{DAY} )(?P<month>{MONTH})(?={TO}{DAY} (?P<other>{MONTH}),? (?P<year>{YEAR})\b)",
            0,
            "full",
            _months_of_year,
        ),
        (rf"\b{WEEKDAY_BEFORE}(?P<day>{DAY}) (?:of )?(?P<month>{MONTH}),? (?P<year>{YEAR})\b", 0, "full", _full),
        (rf"\b{WEEKDAY_BEFORE}(?P<month>{MONTH}) (?P<day>{DAY}),? (?P<year>{YEAR})\b", 0, "full", _full),
        (rf"\b(?P<month>{MONTH}),? (?:of )?(?P<year>{YEAR})\b", 0, "full", _month_year),
        (
            rf"\b(?:(?P<day>{DAY}) (?:of )?)?(?P<month>{MONTH})(?: (?P<after>{DAY}))?,? (?:of )?"
            r"(?P<which>last|this|next) year\b",
            0,
            "period",
            _day_or_month_of_year,
        ),
        (rf"\b{WEEKDAY_BEFORE}(?P<day>{DAY}) (?:of )?(?P<month>{MONTH})\b", 0, "month_day", _month_day),
        (rf"\b{WEEKDAY_BEFORE}(?P<month>{MONTH}) (?P<day>{DAY})(?![:.,]?\d)", 0, "month_day", _month_day),
        (rf"\b(?P<which>(?i:last|this|next)) (?P<month>{MONTH_NAME})\b{AFTER_MONTH}", 0, "period", _named_month),
        (
            rf"\b(?i:from|between) (?P<main>{MONTH_NAME}){TO}(?P<month>{MONTH_NAME})\b{AFTER_MONTH}",
            0,
            "month",
            _months,
        ),
        (rf"{BEFORE_MONTH}(?P<month>{MONTH_NAME})\b{AFTER_MONTH}", 0, "month", _month),
        (r"(?<!the )\b(?P<which>last|this|next) (?P<main>month)\b", re.I, "period", _relative_month),
        (r"(?<!the )\b(?P<which>last|this|next) (?P<main>year)\b", re.I, "period", _relative_year),
        (
            r"(?<!by )(?<!until )(?<!before )(?<!after )\b(?P<which>last|this|next|the) (?P<main>weekend)\b(?![’'-])",
            re.I,
            "period",
            _weekend,
        ),
        (
            r"\b(?:the day (?P<beyond>before|after) )?"
            rf"(?P<main>yesterday|today|tonight|tomorrow|last night|this (?:morning|afternoon|evening))\b{PART_OF_DAY}",
            re.I,
            "shift",
            _shift,
        ),
        (
            r"\b(?P<later>later on )?(?:(?P<which>last|next|this|coming|past) )?"
            rf"(?P<main>{WEEKDAY_NAME})\b{PART_OF_DAY}(?: (?:of )?(?P<week>last|next) week)?",
            re.I,
            "weekday",
            _weekday,
        ),
        (
            rf"{APPROXIMATE}\b(?P<count>an?|\d{{1,3}}|{'|'.join(COUNTS)}) (?P<main>day|month|year)s? ago\b"
            r"(?! \x00| this| on\b)",  # "a year ago today", where "today" was matched before
            re.I,
            "count",
            _ago,
        ),
        (rf"{BEFORE_YEAR}(?P<year>(?:1[5-9]|20)\d\d)(?![\w%-]|[.,:]\d)", re.I, "year", _year),
    )
)
"""Longest form first; what one pattern matched is blanked out before the next is tried."""
