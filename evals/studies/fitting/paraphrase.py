"""Questions in other words: people ask about news in words of their own, but most public questions borrow the words of
the paragraph they were written on, and what is fitted on those learns to count shared words.

Each plain word may be exchanged for a near one (near.py), or left out (word replacement and deletion as in EDA, Wei and
Zou 2019, arXiv 1901.11196).
"""

import random
import re
from collections.abc import Mapping, Sequence

PLAIN = re.compile(r"(?<![\w-])[a-z]{4,}(?![\w-])")
"""Words that may be exchanged: no names, no numbers, nothing short."""
KEPT = frozenset(
    "what which when where whose whom with from that this have does were been their there many much".split()
)
"""Words that say what is asked for, or only how words are related."""
EXCHANGED, LEFT_OUT = 0.4, 0.1


class Rewording:
    """A random rewording of a question; names, numbers and question words stay."""

    def __init__(self, near: Mapping[str, Sequence[str]], share: float, rng: random.Random) -> None:
        self._near, self._share, self._rng = near, share, rng

    def __call__(self, question: str) -> str:
        if self._rng.random() >= self._share:
            return question
        return " ".join(PLAIN.sub(self._other, question).split())

    def _other(self, found: re.Match[str]) -> str:
        word, drawn = found.group(), self._rng.random()
        if word in KEPT or drawn > EXCHANGED + LEFT_OUT:
            return word
        if drawn > EXCHANGED:
            return ""
        near = self._near.get(word, ())
        return self._rng.choice(near) if near else word
