"""Numbers in text: read spelled-out numerals, scales ("million") and figures ("$1,200.50") as values.

`numbers()` reads unparsed text, for comparison by value; `service/language/quantities.py` reads a parsed sentence,
with units and bounds.
"""

import re
from collections.abc import Callable, Iterable, Iterator

from index.words import NUMERALS
from service.language.tokens import tokenise

TENS = {word: 10 * i for i, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2)}
SCALES = {"hundred": 100, "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000, "trillion": 10**12}
SPELLED = {**{word: value for value, word in enumerate(NUMERALS)}, **TENS}
"""One-word numerals from zero to ninety, with their values."""
RARELY_COUNTS = frozenset({"zero", "one"})
"""Words that are more often pronouns or figures of speech than counts."""
PLAIN_FIGURE = re.compile(r"\d+(?:\.\d+)?")
FIGURE = re.compile(r"(?:us|au?|ca?|nz|hk|s)?[$€£₹]?(?:us|au?|ca?|nz)?(\d+(?:,\d{2,3})*(?:\.\d+)?)(%|m|bn|k)?")
"""A figure with an optional currency before it and an optional scale or per cent sign after it."""
SCALE_SUFFIXES = {"m": 1e6, "bn": 1e9, "k": 1e3}


def numbers(sentence: str) -> tuple[str, ...]:
    """Return the numbers of a sentence in order, normalised: "$10 million" and "ten million" are both "10000000"."""
    values = add_up((token.folded for token in tokenise(sentence)), _token_value)
    return tuple(f"{value:g}" if value != int(value) else str(int(value)) for value in values)


def add_up(words: Iterable[str], value_of: Callable[[str], float | None], *, hundreds: bool = False) -> Iterator[float]:
    """Yield the numbers that a sequence of folded words spells, with scales; a word without a value ends a number.

    Args:
        value_of: reads one numeral or figure; None for any other word.
        hundreds: also add what follows a full hundred ("two hundred five"), and read a scale without a number as
            one ("million").
    """
    total: float | None = None
    for word in words:
        value = value_of(word)
        if word in SCALES and (hundreds or total is not None):
            total = ((total or 1) if hundreds else total or 0) * SCALES[word]
        elif value is not None and total is not None and _continues(total, value, hundreds=hundreds):
            total += value
        else:
            if total is not None:
                yield total
            total = value
    if total is not None:
        yield total


def _continues(total: float, value: float, *, hundreds: bool) -> bool:
    """Whether a smaller number continues the one before it: "twenty one", "two hundred five"."""
    after_tens = total in TENS.values() and value < 10
    return after_tens or (hundreds and total >= 100 and total % 100 == 0 and value < 100)


def marked_value(word: str) -> float | None:
    """Return the value of a numeral, or of a figure with its currency and scale ("us$1.5bn")."""
    if word in SPELLED:
        return float(SPELLED[word])
    found = FIGURE.fullmatch(word)
    return float(found[1].replace(",", "")) * SCALE_SUFFIXES.get(found[2] or "", 1) if found else None


def _token_value(token: str) -> float | None:
    """Return the value of a numeral other than "one" and "zero" (hyphenated parts added), or of a figure."""
    if "-" in token and all(part in SPELLED for part in token.split("-")):
        return float(sum(SPELLED[part] for part in token.split("-") if part not in RARELY_COUNTS))
    if token in SPELLED:
        return None if token in RARELY_COUNTS else float(SPELLED[token])
    bare = token.strip("$€£₹%").replace(",", "")
    return float(bare) if PLAIN_FIGURE.fullmatch(bare) else None
