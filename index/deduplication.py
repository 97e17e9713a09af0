"""Sentences that say the same in the same words: copies print them many times, and a reader needs them once."""

import re
from collections import Counter
from difflib import SequenceMatcher
from functools import lru_cache

from index.words import fold

TOKEN = re.compile(r"\w+(?:[.,]\d+)*(?:'\w+)?|[%$€£¥]|-(?=\d)")
NEAR = 0.85
"""Share of the words that two sentences of copied articles must have in common, in order."""
WITHOUT_WEIGHT = frozenset("a an the that which also has have had on of and".split())
"""Words that one wording may have and the other not; a preposition of direction or a negation is none of them."""


@lru_cache(maxsize=4096)
def folded(sentence: str) -> tuple[str, ...]:
    """The words, figures and signs of a sentence, however it was typed."""
    return tuple(TOKEN.findall(fold(sentence)))


def near_same(one: str, other: str) -> bool:
    """Whether two sentences differ in words without weight alone.

    Another number, name, verb or noun is another statement: those who compare two printings want to see it.
    """
    ours, theirs = folded(one), folded(other)
    if ours == theirs:
        return True
    differing = (Counter(ours) - Counter(theirs)) + (Counter(theirs) - Counter(ours))
    if not differing.keys() <= WITHOUT_WEIGHT:
        return False
    return SequenceMatcher(None, ours, theirs, autojunk=False).ratio() >= NEAR
