"""Field dates: read the date of a metadata field in the forms that software writes; the only importer of dateutil."""

import re
import warnings
from datetime import UTC, datetime

from index.dates.calendar import YEAR, calendar_date
from index.dates.written import EPOCH, written_date

SECONDS = re.compile(r"(?P<seconds>\d{9,10})(?:\.\d+)?|(?P<millis>\d{12,13})")
YEAR_MONTH_DAY = re.compile(
    rf"(?P<year>{YEAR})(?P<mark>[-/.])(?P<month>\d{{1,2}})(?P=mark)(?P<day>\d{{1,2}})(?![\d.,/-])"
)
ONE_YEAR = re.compile(rf"(?<!\d){YEAR}(?!\d)")
DAY_AND_MONTH_NAME = re.compile(r"[A-Za-z]{3}.*\d|\d.*[A-Za-z]{3}", re.DOTALL)
DEFAULTS = (datetime(2001, 1, 1), datetime(2003, 12, 28))
"""Two dates for what a value leaves out: a complete date does not depend on them."""
EARLIEST_EPOCH_YEAR = 1980
MAX_CHARACTERS = 80


def field_date(value: str) -> str | None:
    """Return the one complete date of a metadata field as ISO 8601, in any form that decides it; else None.

    A date of which day and month could be exchanged is not read.
    """
    line = value.strip()
    found = _epoch(line) if SECONDS.fullmatch(line) else _year_first(line)
    found = found or written_date(line[:10]) or written_date(line) or _parsed(line)
    return None if found == EPOCH else found


def _epoch(line: str) -> str | None:
    """Read seconds or milliseconds since 1970."""
    found = SECONDS.fullmatch(line)
    if found is None:
        return None
    seconds = int(found["seconds"]) if found["seconds"] else int(found["millis"]) / 1000
    day = datetime.fromtimestamp(seconds, UTC)
    return day.date().isoformat() if day.year >= EARLIEST_EPOCH_YEAR else None


def _year_first(line: str) -> str | None:
    found = YEAR_MONTH_DAY.match(line)
    day = calendar_date(int(found["year"]), int(found["month"]), int(found["day"])) if found else None
    return day.isoformat() if day else None


def _parsed(line: str) -> str | None:
    """Read a date with a month's name and a year of four digits, whatever else surrounds it."""
    if len(line) > MAX_CHARACTERS or not DAY_AND_MONTH_NAME.search(line) or len(ONE_YEAR.findall(line)) != 1:
        return None
    from dateutil import parser  # noqa: PLC0415 - few values need it, and no question does

    found = set()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about names of time zones, which a day does not need
        for default in DEFAULTS:
            for day_first in (True, False):
                try:
                    found.add(parser.parse(line, default=default, dayfirst=day_first).date())
                except (ValueError, OverflowError, TypeError):
                    return None
    return found.pop().isoformat() if len(found) == 1 else None
