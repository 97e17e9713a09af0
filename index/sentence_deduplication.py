"""Sentence deduplication: equality up to typing and insignificant words, for sentences that copies repeat."""

import re
from collections import Counter
from difflib import SequenceMatcher
from functools import lru_cache

from index.words import fold

TOKEN = re.compile(r"\w+(?:[.,]\d+)*(?:'\w+)?|[%$€£¥]|-(?=\d)")
MIN_SIMILARITY = 0.85
"""Of the token sequences of two duplicates: the ratio of difflib's SequenceMatcher."""
INSIGNIFICANT_WORDS = frozenset("a an the that which also has have had on of and".split())
"""Words that only one of two duplicates may have; no negations and no prepositions of direction."""


@lru_cache(maxsize=4096)
def normalised_tokens(sentence: str) -> tuple[str, ...]:
    """Normalised tokens of a sentence: its words, figures and signs without case, accents and typography."""
    return tuple(TOKEN.findall(fold(sentence)))


def are_duplicates(one: str, other: str) -> bool:
    """Whether two sentences are duplicates: equal but for insignificant words.

    Another number, name, verb or noun makes another statement, which a reader who compares two copies wants to see.
    """
    ours, theirs = normalised_tokens(one), normalised_tokens(other)
    if ours == theirs:
        return True
    differing = (Counter(ours) - Counter(theirs)) + (Counter(theirs) - Counter(ours))
    if not differing.keys() <= INSIGNIFICANT_WORDS:
        return False
    return SequenceMatcher(None, ours, theirs, autojunk=False).ratio() >= MIN_SIMILARITY
