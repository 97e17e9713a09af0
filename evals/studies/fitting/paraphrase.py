"""Data augmentation: paraphrase training questions by replacing or deleting words (EDA, Wei and Zou 2019, 1901.11196).

Most public questions reuse the words of their paragraph, which users do not, and a model fitted on them only learns to
count shared words. A plain word may be replaced by a near one (near_words.py) or deleted.
"""

import random
import re
from collections.abc import Mapping, Sequence

PLAIN_WORD = re.compile(r"(?<![\w-])[a-z]{4,}(?![\w-])")
"""Words that may be replaced: no names, no numbers, at least four letters."""
KEPT_WORDS = frozenset(
    "what which when where whose whom with from that this have does were been their there many much".split()
)
"""Question words and function words, which are never replaced."""
REPLACED_SHARE = 0.4
DELETED_SHARE = 0.1


class Paraphrase:
    """Paraphrase: randomly paraphrases questions; names, numbers and question words stay."""

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
