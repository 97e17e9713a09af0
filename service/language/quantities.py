"""Figures and dates of a sentence: what they are worth, what bounds them, and the word they stand on."""

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from index.types import Record
from service.language.parsing import Parsed, Word
from service.language.tokens import SCALES, SMALL, TENS

Bound = Literal["", "more", "less", "about"]

MONTHS = {
    name: number
    for number, names in enumerate(
        "january jan|february feb|march mar|april apr|may|june jun|july jul|august aug|september sept sep|october oct|"
        "november nov|december dec".split("|"),
        start=1,
    )
    for name in names.split()
}
WEEKDAYS = frozenset("monday tuesday wednesday thursday friday saturday sunday".split())
BOUNDS: tuple[tuple[Bound, re.Pattern[str]], ...] = (
    ("more", re.compile(r"(?:more than|over|above|at least|no fewer than|in excess of|upwards of|exceeding)\W*$")),
    (
        "less",
        re.compile(r"(?:less than|fewer than|under|below|up to|at most|as many as|no more than|nearly|almost)\W*$"),
    ),
    ("about", re.compile(r"(?:about|around|some|roughly|approximately|an estimated|close to)\W*$")),
)
YEAR = re.compile(r"(?:1[5-9]|20)\d\d")
DAY = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?")
FIGURE = re.compile(r"(?:us|au?|ca?|nz|hk|s)?[$€£₹]?(?:us|au?|ca?|nz)?(\d+(?:,\d{2,3})*(?:\.\d+)?)(%|m|bn|k)?")
SHORT = {"m": 1e6, "bn": 1e9, "k": 1e3}
MONEY = {"$": "$", "dollar": "$", "usd": "$", "€": "€", "euro": "€", "£": "£", "₹": "₹", "rupee": "₹", "rupees": "₹"}
SHARE = frozenset("% percent percentage".split())
ORDINALS = {
    word: i for i, word in enumerate("first second third fourth fifth sixth seventh eighth ninth tenth".split(), 1)
}


class Quantity(Record):
    """An amount: its value, unit and bound, and where its figure stands."""

    value: float
    unit: str
    bound: Bound
    index: int
    indices: frozenset[int] = frozenset()
    """Every word that it is written with."""

    @property
    def written(self) -> str:
        """As a person would write it."""
        figure = f"{self.value:,.10g}"
        return f"{figure} %" if self.unit == "%" else f"{self.unit}{figure}"


class Date(Record):
    """A date at its own precision; what is None was not said."""

    year: int | None = None
    month: int | None = None
    day: int | None = None
    weekday: str = ""
    index: int
    indices: frozenset[int] = frozenset()
    """Every word that it is written with."""

    def within(self, other: "Date") -> bool:
        """Whether `other` says at least all that this one says."""
        mine, theirs = (self.year, self.month, self.day), (other.year, other.month, other.day)
        agree = all(a is None or a == b for a, b in zip(mine, theirs, strict=True))
        return agree and self.weekday in ("", other.weekday)

    @property
    def written(self) -> str:
        """As a person would write it."""
        names = {number: name for name, number in reversed(MONTHS.items())}
        month = names.get(self.month or 0, "").capitalize()
        parts = (self.weekday.capitalize(), str(self.day or ""), month, str(self.year or ""))
        return " ".join(part for part in parts if part)


def dates(sentence: Parsed) -> list[Date]:
    """Every calendar date, in order; a month called May counts only beside a day or a year, or as a name."""
    found: list[Date] = []
    words = sentence.words
    taken: set[int] = set()
    for word in words:
        if word.index in taken:
            continue
        if word.folded in MONTHS and (word.folded != "may" or word.text[:1].isupper()):
            found.append(_around(words, word.index, taken))
        elif word.folded in WEEKDAYS:
            found.append(Date(weekday=word.folded, index=word.index, indices=frozenset({word.index})))
            taken.add(word.index)
    found += [
        Date(year=int(word.folded), index=word.index, indices=frozenset({word.index}))
        for word in words
        if word.index not in taken and YEAR.fullmatch(word.folded) and not _counts(sentence, word)
    ]
    return found


def _around(words: Sequence[Word], month: int, taken: set[int]) -> Date:
    taken.add(month)
    own = {month}
    year = day = None
    for i in (month - 1, month + 1, month + 2, month + 3):
        if not 0 <= i < len(words) or i in taken:
            continue
        folded = words[i].folded
        if i > month + 1 and any(words[j].folded not in (",", "") and j not in own for j in range(month + 1, i)):
            break
        if year is None and i > month and YEAR.fullmatch(folded):
            year = int(folded)
            own.add(i)
        elif day is None and i <= month + 1 and (got := DAY.fullmatch(folded)) and 1 <= int(got[1]) <= 31:
            day = int(got[1])
            own.add(i)
    if (
        day is None
        and month >= 2
        and words[month - 1].folded == "of"
        and (got := DAY.fullmatch(words[month - 2].folded))
    ):
        day = int(got[1])
        own.add(month - 2)
    taken |= own
    return Date(year=year, month=MONTHS[words[month].folded], day=day, index=month, indices=frozenset(own))


def _counts(sentence: Parsed, word: Word) -> bool:
    return word.dep == "nummod" and sentence.words[word.head].pos == "NOUN" and sentence.words[word.head].tag == "NNS"


def quantities(sentence: Parsed) -> list[Quantity]:
    """Every amount that is not part of a date, in order; "one" is a pronoun more often than a count."""
    dated = _dated(sentence)
    found: list[Quantity] = []
    run: list[Word] = []
    for word in [*sentence.words, None]:
        if (
            word is not None
            and word.index not in dated
            and _is_figure(word, bool(run))
            and not _in_name(sentence, word)
        ):
            run.append(word)
            continue
        if run and word is not None and word.text in "-–":
            continue
        if run:
            found.extend(_amount(sentence, run))
        run = []
    return found


def _counts_something(sentence: Parsed, word: Word, begun: bool) -> bool:
    return _is_figure(word, begun) and not _in_name(sentence, word)


def _in_name(sentence: Parsed, word: Word) -> bool:
    """ "40 Wall Street", "the Big Ten": a figure that belongs to a name counts nothing."""
    above = sentence.words[word.head]
    if word.text[0].isalpha():
        return word.is_name and word.index > 0 and word.text[0].isupper() and sentence.words[word.index - 1].is_name
    return word.dep in ("nummod", "compound") and above.pos == "PROPN" and above.index > word.index


def _dated(sentence: Parsed) -> set[int]:
    taken: set[int] = set()
    for word in sentence.words:
        if word.folded in MONTHS and (word.folded != "may" or word.text[:1].isupper()):
            _around(sentence.words, word.index, taken)
    return taken | {date.index for date in dates(sentence)}


def _is_figure(word: Word, begun: bool) -> bool:
    if begun and word.folded in SCALES:
        return True
    if word.folded in ("one", "zero"):
        return word.dep == "nummod"
    return any(_value(part) is not None for part in word.folded.split("-"))


def _amount(sentence: Parsed, run: Sequence[Word]) -> Iterator[Quantity]:
    total: float | None = None
    for part in (part for word in run for part in word.folded.split("-") if part):
        value = _value(part)
        if part in SCALES:
            total = (total or 1) * SCALES[part]
        elif value is not None and total is not None and value < 100 and _takes_more(total, value):
            total += value
        elif value is not None:
            if total is not None:
                yield _quantity(sentence, run, total)
            total = value
    if total is not None:
        yield _quantity(sentence, run, total)


def _takes_more(total: float, value: float) -> bool:
    return (total in TENS.values() and value < 10) or (total >= 100 and total % 100 == 0)


def _quantity(sentence: Parsed, run: Sequence[Word], value: float) -> Quantity:
    before = sentence.text[: run[0].start].casefold().rstrip()
    after = sentence.words[run[-1].index + 1].folded if run[-1].index + 1 < len(sentence.words) else ""
    last = sentence.words[run[0].index - 1].folded if run[0].index else ""
    unit = MONEY.get(last) or MONEY.get(run[0].text[0]) or MONEY.get(after.removesuffix("s")) or ""
    if after in SHARE or run[-1].text.endswith("%"):
        unit = "%"
    if unit and last in MONEY:
        before = before.rstrip("$€£₹ ")
    bound: Bound = next((bound for bound, pattern in BOUNDS if pattern.search(before)), "")
    return Quantity(
        value=value, unit=unit, bound=bound, index=run[0].index, indices=frozenset(word.index for word in run)
    )


def _value(folded: str) -> float | None:
    if folded in SMALL:
        return float(SMALL.index(folded))
    if folded in TENS:
        return float(TENS[folded])
    got = FIGURE.fullmatch(folded)
    return float(got[1].replace(",", "")) * SHORT.get(got[2] or "", 1) if got else None
