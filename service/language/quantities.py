"""Quantities in a parsed sentence: read value, unit, bound ("more than 5 %") and the tokens that express them."""

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from index.types import Record
from service.language.dates import dates
from service.language.numbers import RARELY_COUNTS, SCALES, add_up, marked_value
from service.language.parsing import Parsed, Word

Bound = Literal["", "more", "less", "about"]

BOUND_PHRASES: tuple[tuple[Bound, re.Pattern[str]], ...] = (
    ("more", re.compile(r"(?:more than|over|above|at least|no fewer than|in excess of|upwards of|exceeding)\W*$")),
    (
        "less",
        re.compile(r"(?:less than|fewer than|under|below|up to|at most|as many as|no more than|nearly|almost)\W*$"),
    ),
    ("about", re.compile(r"(?:about|around|some|roughly|approximately|an estimated|close to)\W*$")),
)
CURRENCIES = {
    "$": "$",
    "dollar": "$",
    "usd": "$",
    "€": "€",
    "euro": "€",
    "£": "£",
    "₹": "₹",
    "rupee": "₹",
    "rupees": "₹",
}
PERCENT = frozenset("% percent percentage".split())


class Quantity(Record):
    """An amount: its value, its unit (a currency or per cent, else empty) and its bound ("more than")."""

    value: float
    unit: str
    bound: Bound
    index: int
    """Index of the first word."""
    indices: frozenset[int] = frozenset()
    """Indices of every word of the amount."""

    @property
    def written(self) -> str:
        """Format the amount for messages."""
        figure = f"{self.value:,.10g}"
        return f"{figure} %" if self.unit == "%" else f"{self.unit}{figure}"


def are_compatible(one: Quantity, other: Quantity) -> bool:
    """Whether two quantities can both be right, such as "more than 60" and 63."""
    if one.value == other.value:
        return True
    low, high = sorted((one, other), key=lambda each: each.value)
    if "about" in (one.bound, other.bound) and high.value and (high.value - low.value) / high.value <= 0.1:
        return True
    return low.bound == "more" or high.bound == "less"


def quantities(sentence: Parsed) -> list[Quantity]:
    """Read the amounts of a sentence in order, without dates and names; "one" only counts when it modifies a noun."""
    dated = {index for date in dates(sentence) for index in date.indices}
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
            found.extend(_amounts(sentence, run))
        run = []
    return found


def _in_name(sentence: Parsed, word: Word) -> bool:
    """Whether a figure is part of a name ("40 Wall Street", "the Big Ten") and so is not an amount."""
    above = sentence.words[word.head]
    if word.text[0].isalpha():
        return word.is_name and word.index > 0 and word.text[0].isupper() and sentence.words[word.index - 1].is_name
    return word.dep in ("nummod", "compound") and above.pos == "PROPN" and above.index > word.index


def _is_figure(word: Word, begun: bool) -> bool:
    if begun and word.folded in SCALES:
        return True
    if word.folded in RARELY_COUNTS:
        return word.dep == "nummod"
    return any(marked_value(part) is not None for part in word.folded.split("-"))


def _amounts(sentence: Parsed, run: Sequence[Word]) -> Iterator[Quantity]:
    parts = (part for word in run for part in word.folded.split("-"))
    counted = (part for part in parts if part in SCALES or marked_value(part) is not None)
    yield from (_quantity(sentence, run, value) for value in add_up(counted, marked_value, hundreds=True))


def _quantity(sentence: Parsed, run: Sequence[Word], value: float) -> Quantity:
    before = sentence.text[: run[0].start].casefold().rstrip()
    after = sentence.words[run[-1].index + 1].folded if run[-1].index + 1 < len(sentence.words) else ""
    last = sentence.words[run[0].index - 1].folded if run[0].index else ""
    unit = CURRENCIES.get(last) or CURRENCIES.get(run[0].text[0]) or CURRENCIES.get(after.removesuffix("s")) or ""
    if after in PERCENT or run[-1].text.endswith("%"):
        unit = "%"
    if unit and last in CURRENCIES:
        before = before.rstrip("$€£₹ ")
    bound: Bound = next((bound for bound, pattern in BOUND_PHRASES if pattern.search(before)), "")
    return Quantity(
        value=value, unit=unit, bound=bound, index=run[0].index, indices=frozenset(word.index for word in run)
    )
