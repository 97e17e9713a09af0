"""PDF hyphens: joins the lines of a paragraph, and undoes the hyphens that only divide a word."""

import re
from collections import Counter
from collections.abc import Sequence

from index.words import NUMERALS

SUSPENDED = re.compile(r"(?:and|or|und|oder|bzw)\b")
"""Word after a hyphen that stands for the second half of a compound: "local- and cloud-based"."""
WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")


TENS = re.compile(r"(?:twen|thir|for|fif|six|seven|eigh|nine)ty")
MAX_COMPOUND_LINES = 0.025
"""Share of lines that end with a hyphen up to which the hyphens are the writers' own: word division makes more."""
MIN_LINES = 20
"""Fewest lines of a document for that share to say anything."""


class Words:
    """Words of a document, by which hyphens at line ends are kept or undone."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._inside = Counter[str]()
        broken = False
        for line in lines:
            found = WORD.findall(line.casefold())
            ends = line.endswith("-")
            self._inside.update(found[int(broken) : len(found) - int(ends)])
            broken = ends
        divided = sum(re.search(r"[^\W\d_]-$", line) is not None for line in lines)
        self._divides = divided > MAX_COMPOUND_LINES * len(lines) or len(lines) < MIN_LINES

    def keeps_hyphen(self, first: str, second: str) -> bool:
        """Whether a word broken after a hyphen has the hyphen inside a line too, or is made of two words."""
        capitals = len(first) > 1 and first.isupper()
        first, second = first.casefold(), second.casefold()
        if self._inside[first + second]:
            return False
        if self._inside[f"{first}-{second}"] or capitals or (TENS.fullmatch(first) and second in NUMERALS):
            return True
        if not self._divides:
            return True
        return len(first) > 1 and len(second) > 2 and bool(self._inside[first]) and bool(self._inside[second])


def join(text: str, following: str, words: Words) -> str:
    """Join two lines, undoing a hyphen that only divides a word."""
    if SUSPENDED.match(following) and re.search(r"[^\W\d_]-$", text):
        return f"{text} {following}"
    broken = re.search(r"(?:^|[\s(“\"'‘/-])([^\W\d_]+)-$", text)
    rest = re.match(r"[^\W\d_]+", following)
    if broken and rest and following[:1].islower():
        return (text if words.keeps_hyphen(broken[1], rest[0]) else text[:-1]) + following
    if re.search(r"\w[-/]$", text) and re.match(r"\w", following):
        return text + following
    return f"{text}{'' if text.endswith('—') and text[-2:-1].strip() else ' '}{following}"
