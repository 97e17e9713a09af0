"""Paraphrase of training questions: most public ones borrow the words of the paragraph they were written on, while
readers ask in words of their own, and a model fitted on the former learns to count shared words.

Each plain word may be replaced by a near one (near_words.py) or deleted (word replacement and deletion as in EDA, Wei
and Zou 2019, arXiv 1901.11196).
"""

import random
import re
from collections.abc import Mapping, Sequence

PLAIN_WORD = re.compile(r"(?<![\w-])[a-z]{4,}(?![\w-])")
"""Words that may be exchanged: no names, no numbers, nothing short."""
KEPT_WORDS = frozenset(
    "what which when where whose whom with from that this have does were been their there many much".split()
)
"""Words that say what is asked for, or only how words are related."""
REPLACED_SHARE = 0.4
DELETED_SHARE = 0.1


class Paraphrase:
    """A random paraphrase of a question; names, numbers and question words stay."""

    def __init__(self, near: Mapping[str, Sequence[str]], share: float, rng: random.Random) -> None:
        self._near, self._share, self._rng = near, share, rng

    def __call__(self, question: str) -> str:
        if self._rng.random() >= self._share:
            return question
        return " ".join(PLAIN_WORD.sub(self._other, question).split())

    def _other(self, found: re.Match[str]) -> str:
        word, drawn = found.group(), self._rng.random()
        if word in KEPT_WORDS or drawn > REPLACED_SHARE + DELETED_SHARE:
            return word
        if drawn > REPLACED_SHARE:
            return ""
        near = self._near.get(word, ())
        return self._rng.choice(near) if near else word
