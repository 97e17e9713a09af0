"""Namesakes: people with the surname of the topic's person but another first name."""

import re

from index.words import fold
from service.answering.query import names
from service.language.names import CAPITALISED, NAME_RUN, TITLES

WORD = re.compile(r"\w+")
NAMESAKE_FACTOR = 0.5
"""Factor of the relevance of an article that only has another bearer of the surname."""
NAMELESS_FACTOR = 0.75
"""Factor of the relevance of an article that has none of the topic's names."""


class Namesakes:
    """Tells articles with the people of a topic from those with others of the same surname, or with none of them."""

    def __init__(self, topic: str) -> None:
        self._names = frozenset(token.text for token in names(topic))
        self._people = [
            (tuple(words[:-1]), words[-1], re.compile(rf"({CAPITALISED})\s+{re.escape(words[-1])}\b"))
            for run in NAME_RUN.findall(topic)
            if len(words := [word for word in run.split() if fold(word).strip(".") not in TITLES]) > 1
        ]

    def factor(self, text: str) -> float:
        """Return the factor of an article's relevance: 1 unless its names speak against it."""
        words = frozenset(WORD.findall(text))
        if any(_is_other(text, words, *person) for person in self._people):
            return NAMESAKE_FACTOR
        return 1.0 if not self._names or any(_has(words, name) for name in self._names) else NAMELESS_FACTOR


def _is_other(text: str, words: frozenset[str], first: tuple[str, ...], surname: str, pattern: re.Pattern[str]) -> bool:
    """Whether a text has the surname only with other first names."""
    if not _has(words, surname) or any(_has(words, name) for name in first):
        return False
    return any(fold(name).strip(".") not in TITLES for name in pattern.findall(text))


def _has(words: frozenset[str], name: str) -> bool:
    return words.issuperset(WORD.findall(name))
