"""Near words: nearest neighbours of single words by the cosine of the embedder's vectors."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evals.studies.fitting.paraphrase import KEPT_WORDS, PLAIN_WORD

MIN_COSINE = 0.6
MAX_NEAR_WORDS = 3
STEM_LETTERS = 4
"""A near word must differ in its first letters, so that it is not an inflection."""


def near_words(words: Sequence[str], embed: Callable[[Sequence[str]], NDArray[np.float32]]) -> dict[str, list[str]]:
    """Return the nearest other words of each word, without its inflections.

    Args:
        embed: returns unit vectors of shape (words, dimension).
    """
    vectors = embed(words)
    found: dict[str, list[str]] = {}
    for at in range(0, len(words), 512):
        cosines = vectors[at : at + 512] @ vectors.T
        nearest = np.argpartition(-cosines, min(12, len(words) - 1), axis=1)[:, :12]
        for row, (word, places) in enumerate(zip(words[at : at + 512], nearest, strict=True)):
            ranked = sorted((-float(cosines[row, j]), words[j]) for j in places)
            others = [other for cosine, other in ranked if -cosine >= MIN_COSINE]
            found[word] = [o for o in others if o[:STEM_LETTERS] != word[:STEM_LETTERS]][:MAX_NEAR_WORDS]
    return found


def plain_words(train: Path) -> list[str]:
    """Return every plain word of the training questions and paragraphs, sorted."""
    names = ("squad2_paragraphs.jsonl", "squad2_questions.jsonl", "selqa.jsonl")
    return sorted(
        {word for name in names for word in PLAIN_WORD.findall((train / name).read_text("utf-8"))} - KEPT_WORDS
    )
