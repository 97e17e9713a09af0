"""Sentence deduplication: finds sentences of copied articles that are equal except for typography and minor words."""

import re
from collections import Counter
from difflib import SequenceMatcher
from functools import lru_cache

from index.words import fold

TOKEN = re.compile(r"\w+(?:[.,]\d+)*(?:'\w+)?|[%$€£¥]|-(?=\d)")
MIN_SIMILARITY = 0.85
"""Minimum similarity of the token sequences of two duplicates: the ratio of difflib's SequenceMatcher."""
INSIGNIFICANT_WORDS = frozenset("a an the that which also has have had on of and".split())
"""Words that only one of two duplicates may have; without negations and prepositions of direction."""


@lru_cache(maxsize=4096)
def normalised_tokens(sentence: str) -> tuple[str, ...]:
    """Return the normalised tokens of a sentence: words, numbers and signs without case, accents and typography."""
    return tuple(TOKEN.findall(fold(sentence)))


def are_duplicates(one: str, other: str) -> bool:
    """Whether two sentences are duplicates: equal except for insignificant words.

    A different number, name, verb or noun makes a different statement, which a reader of both copies wants to see.
    """
    ours, theirs = normalised_tokens(one), normalised_tokens(other)
    if ours == theirs:
        return True
    differing = (Counter(ours) - Counter(theirs)) + (Counter(theirs) - Counter(ours))
    if not differing.keys() <= INSIGNIFICANT_WORDS:
        return False
    return SequenceMatcher(None, ours, theirs, autojunk=False).ratio() >= MIN_SIMILARITY
