"""Near words: nearest neighbours of single words by the cosine of the embedder's vectors.

footnote study fit near-words --train ../shared/train --out near.json
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from evals.studies.fitting.fit_verb import FOLDER, fit
from evals.studies.fitting.paraphrase import KEPT_WORDS, PLAIN_WORD
from service.engines import load_engines
from service.runtime.settings import Settings

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


@fit.command("near-words")
@click.option("--train", type=FOLDER, required=True, help="Folder with the training questions and paragraphs.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The JSON file to write.")
@click.pass_obj
def near_words_command(settings: Settings, train: Path, out: Path) -> None:
    """Write the near words of the training vocabulary."""
    engines = load_engines(settings)
    near = near_words(plain_words(train), engines.embedder.embed)
    engines.close()
    out.write_text(json.dumps(near), encoding="utf-8")
