"""Date expressions in a parsed sentence: year, month, day or weekday, each at the precision in which it is written.

Reads absolute dates. "On Friday" and "last month" are resolved in `date_resolution.py`, against the article's
publication date; the names of months and weekdays are in `index/dates/calendar.py`.
"""

import re
from collections.abc import Sequence
from datetime import date

from index.dates.calendar import (
    MONTH_NAME,
    MONTH_NUMBERS,
    MONTHS,
    ORDINAL_SUFFIX,
    WEEKDAY_NAME,
    WEEKDAYS,
    YEAR,
)
from index.types import Record
from service.language.parsing import Parsed, Word

HISTORICAL_YEAR = re.compile(r"(?:1[5-9]|20)\d\d")
"""Years from 1500 on: earlier four-digit figures are more often amounts."""
ISO_MONTH = re.compile(r"(?P<year>\d{4})-(?P<month>0[1-9]|1[0-2])")
DAY_OF_MONTH = re.compile(rf"(\d{{1,2}}){ORDINAL_SUFFIX}")
TIME_EXPRESSION = re.compile(
    rf"\b(?:1[0-9]|20)\d\d\b|\b\d{{1,2}}(?:st|nd|rd|th)? century|\b(?:{MONTH_NAME}|{WEEKDAY_NAME})\b"
    r"|\b(?:yesterday|today|tomorrow|tonight|ago|last|next|this) ?(?:year|month|week|decade|century|night)?\b"
    r"|\b\d+(?:st|nd|rd|th)\b|\b\d{2,4}(?:s|bc| bc| ad)\b",
    re.IGNORECASE,
)
"""Any phrase that may answer "when?" in an unparsed text; a bare month or weekday is enough."""
YEAR_PHRASE = re.compile(rf"\b(?:(?:late|early|mid)[ -])?(?:[A-Z][a-z]+ (?:\d{{1,2}},? )?)?{YEAR}\b")
"""A year with an optional month and day before it; any capitalised word is accepted as the month."""
DATE_PHRASE = re.compile(
    r"\b(?:(?:in|on|since|by|until|during|before|after)\s+)?(?:(?:late|early|mid)[ -])?"
    rf"(?:(?:{MONTH_NAME})\s+)?(?:\d{{1,2}},?\s+)?{YEAR}\b"
)
"""A date with a year and an optional preposition, as in a follow-up question ("in June 2018")."""


class Date(Record):
    """A date at the precision of its words; a part that is not stated is None (the weekday: empty)."""

    year: int | None = None
    month: int | None = None
    day: int | None = None
    weekday: str = ""
    index: int
    """Index of the date's main word: the month, else the year or the weekday."""
    indices: frozenset[int] = frozenset()
    """Indices of every word of the date."""

    def within(self, other: "Date") -> bool:
        """Whether `other` states every part that this date states, with the same value."""
        mine, theirs = (self.year, self.month, self.day), (other.year, other.month, other.day)
        agree = all(a is None or a == b for a, b in zip(mine, theirs, strict=True))
        return agree and self.weekday in ("", other.weekday)

    @property
    def written(self) -> str:
        """Format the date for messages."""
        month = MONTHS[self.month - 1].capitalize() if self.month else ""
        parts = (self.weekday.capitalize(), str(self.day or ""), month, str(self.year or ""))
        return " ".join(part for part in parts if part)


def dates(sentence: Parsed) -> list[Date]:
    """Read the absolute dates and weekdays of a sentence in order, followed by the bare years.

    "may" is a month only when capitalised; a number that counts a plural noun ("2024 cars") is not a year.
    """
    found: list[Date] = []
    words = sentence.words
    taken: set[int] = set()
    for word in words:
        if word.index in taken:
            continue
        if word.folded in MONTH_NUMBERS and (word.folded != "may" or word.text[:1].isupper()):
            found.append(_month_date(words, word.index, taken))
        elif word.folded in WEEKDAYS:
            found.append(Date(weekday=word.folded, index=word.index, indices=frozenset({word.index})))
            taken.add(word.index)
    found += [
        Date(year=int(word.folded), index=word.index, indices=frozenset({word.index}))
        for word in words
        if word.index not in taken and HISTORICAL_YEAR.fullmatch(word.folded) and not _is_count(sentence, word)
    ]
    return found


def _month_date(words: Sequence[Word], month: int, taken: set[int]) -> Date:
    """Read the date around the month at index `month`, and add the indices of its words to `taken`."""
    taken.add(month)
    own = {month}
    year = day = None
    for i in range(max(0, month - 1), min(month + 4, len(words))):
        if i in taken:
            continue
        folded = words[i].folded
        if any(words[j].folded not in (",", "") and j not in own for j in range(month + 1, i)):
            break
        if year is None and i > month and HISTORICAL_YEAR.fullmatch(folded):
            year = int(folded)
            own.add(i)
        elif day is None and i <= month + 1 and (number := _day_number(folded)) and number <= 31:
            day = number
            own.add(i)
    if day is None and (number := _day_before_of(words, month)) is not None:
        day = number
        own.add(month - 2)
    taken |= own
    return Date(year=year, month=MONTH_NUMBERS[words[month].folded], day=day, index=month, indices=frozenset(own))


def _day_before_of(words: Sequence[Word], month: int) -> int | None:
    """Read the day in "9th of October"."""
    return _day_number(words[month - 2].folded) if month >= 2 and words[month - 1].folded == "of" else None


def _day_number(text: str) -> int | None:
    found = DAY_OF_MONTH.fullmatch(text)
    return int(found[1]) if found else None


def _is_count(sentence: Parsed, word: Word) -> bool:
    return word.dep == "nummod" and sentence.words[word.head].pos == "NOUN" and sentence.words[word.head].tag == "NNS"


def spell_date(value: str) -> str:
    """Format an ISO 8601 day, month or range as "9 October 2025", "October 2025", "1 May 2025 to 3 May 2025".

    Any other text is returned unchanged.
    """
    first, _, last = value.partition("/")
    if last:
        return f"{spell_date(first)} to {spell_date(last)}"
    if month := ISO_MONTH.fullmatch(value):
        return f"{MONTHS[int(month['month']) - 1].capitalize()} {month['year']}"
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return value
    return f"{day.day} {day:%B %Y}"
