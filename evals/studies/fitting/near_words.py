"""Which words are near each other, by the embedder's vectors of the words alone.

python -m evals.studies.fitting.near_words --train ../shared/train --out near.json
"""

import argparse
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evals.studies.fitting.rewording import KEPT, PLAIN
from service.engines import load_engines
from service.runtime.settings import Settings

NEAR, CHOICES, SAME_BEGINNING = 0.6, 3, 4
"""A near word has at least this cosine and another beginning; so many of the nearest are kept."""


def near_words(words: Sequence[str], embed: Callable[[Sequence[str]], NDArray[np.float32]]) -> dict[str, list[str]]:
    """For each word the nearest others, none that only inflects it."""
    vectors = embed(words)
    found: dict[str, list[str]] = {}
    for at in range(0, len(words), 512):
        cosines = vectors[at : at + 512] @ vectors.T
        nearest = np.argpartition(-cosines, min(12, len(words) - 1), axis=1)[:, :12]
        for row, (word, places) in enumerate(zip(words[at : at + 512], nearest, strict=True)):
            ranked = sorted((-float(cosines[row, j]), words[j]) for j in places)
            others = [other for cosine, other in ranked if -cosine >= NEAR]
            found[word] = [o for o in others if o[:SAME_BEGINNING] != word[:SAME_BEGINNING]][:CHOICES]
    return found


def plain_words(train: Path) -> list[str]:
    """Every plain word of the training questions and paragraphs."""
    names = ("squad2_paragraphs.jsonl", "squad2_questions.jsonl", "selqa.jsonl")
    return sorted({word for name in names for word in PLAIN.findall((train / name).read_text("utf-8"))} - KEPT)


def main() -> None:
    """Write the near words of the training vocabulary."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--train", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    engines = load_engines(Settings())
    near = near_words(plain_words(options.train), engines.embedder.embed)
    engines.close()
    options.out.write_text(json.dumps(near), encoding="utf-8")


if __name__ == "__main__":
    main()
