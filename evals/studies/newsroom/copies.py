"""Near-duplicate detection: precision and recall on edited copies and on different articles on the same topic.

`footnote study copies --corpus FILE`. Copies are made by editing the articles of a news corpus; negative pairs are its
most similar articles by TF-IDF. Thresholds are chosen on half of the articles and reported on the other half.
"""

import hashlib
import json
import math
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click
import numpy as np
from pydantic import BaseModel, ConfigDict

from evals.harness.suites.briefs.newsroom_edits import EDITS
from evals.studies.study_verb import study
from index.near_duplicate_articles import (
    MIN_CONTAINMENT,
    MIN_SHARED_SHINGLES,
    SHINGLE_WORDS,
    Shingles,
    candidates,
    overlap,
    shingles,
    sketch,
)
from index.reading.layout import paragraphs
from index.types import Article, Record
from index.words import stems

MIN_WORDS = 60
"""Minimum length of texts to edit; less would leave only a sentence."""
NEGATIVE_PAIRS = 200
BOILERPLATE = (
    "Sign up to our morning newsletter for the stories that matter, sent to your inbox every weekday at seven. By "
    "signing up you agree to our terms of service and privacy policy. All rights reserved; no part of this page may "
    "be reproduced without written permission."
)
SHINGLE_SIZES = (2, 3, 4, 5)
OVERLAP_THRESHOLDS = tuple(round(0.05 * n, 2) for n in range(2, 19))


class CorpusText(BaseModel):
    """CorpusText: one article, or excerpt of an article, of the corpus."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str
    title: str | None = None
    source: str | None = None
    text: str

    @property
    def story(self) -> str:
        """Key of the article that the text belongs to; a corpus may have overlapping excerpts of one article."""
        return f"{self.source}: {self.title}" if self.title else self.id


class LabelledPair(Record):
    """LabelledPair: two texts, how the second was made, and whether it is a copy of the first."""

    kind: str
    copy_: bool
    one: str
    other: str


class KindAccuracy(Record):
    """KindAccuracy: the number of right decisions on pairs of one kind."""

    kind: str
    n: int
    right: int


class DetectionQuality(Record):
    """DetectionQuality: precision, recall and F1 of copy detection, and accuracy by kind of pair."""

    precision: float
    recall: float
    f1: float
    kinds: tuple[KindAccuracy, ...]


def read_corpus(path: Path) -> list[CorpusText]:
    """Read the articles of a JSON-lines corpus."""
    return [
        CorpusText.model_validate_json(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()
    ]


def halves(texts: Sequence[CorpusText]) -> tuple[list[CorpusText], list[CorpusText]]:
    """Split the texts into two halves that share no article, by a hash of the article's key."""
    parts: tuple[list[CorpusText], list[CorpusText]] = ([], [])
    for text in texts:
        parts[hashlib.sha256(text.story.encode()).digest()[0] % 2].append(text)
    return parts


def pairs_of(texts: Sequence[CorpusText], negatives: int = NEGATIVE_PAIRS) -> list[LabelledPair]:
    """Return copies of the longer texts with every kind of edit, and negative pairs of the most similar texts."""
    long = [text for text in texts if len(text.text.split()) >= MIN_WORDS]
    long = list({text.story: text for text in long}.values())
    copies = []
    for i, text in enumerate(long):
        donor = long[(i + len(long) // 2) % len(long)].text
        for kind, edit in EDITS.items():
            rng = random.Random(f"{text.id} {kind}")
            copies.append(LabelledPair(kind=kind, copy_=True, one=text.text, other=edit(text.text, donor, rng)))
    near = most_similar(texts, negatives)
    apart = [LabelledPair(kind="same topic", copy_=False, one=a.text, other=b.text) for a, b in near]
    under = [
        LabelledPair(
            kind="same topic, same furniture",
            copy_=False,
            one=f"{a.text} {BOILERPLATE}",
            other=f"{b.text} {BOILERPLATE}",
        )
        for a, b in most_similar(long, negatives // 4)
    ]
    return [*copies, *apart, *under]


def most_similar(texts: Sequence[CorpusText], count: int) -> list[tuple[CorpusText, CorpusText]]:
    """Return the pairs of different articles with the highest TF-IDF cosine."""
    counted = [Counter(stems(f"{text.title or ''} {text.text}")) for text in texts]
    rarity = Counter(stem for found in counted for stem in found)
    column = {stem: i for i, stem in enumerate(sorted(rarity))}
    matrix = np.zeros((len(texts), len(column)), dtype=np.float32)
    for i, found in enumerate(counted):
        for stem in found:
            matrix[i, column[stem]] = math.log(len(texts) / rarity[stem])
    matrix /= np.maximum(np.linalg.norm(matrix, axis=1, keepdims=True), 1e-9)
    cosines = np.triu(matrix @ matrix.T, k=1)
    order = np.argsort(-cosines, axis=None, kind="stable")
    places = (divmod(int(place), len(texts)) for place in order)
    different = ((a, b) for a, b in places if a < b and texts[a].story != texts[b].story)
    return [(texts[a], texts[b]) for (a, b), _ in zip(different, range(count), strict=False)]


def measure(
    pairs: Sequence[LabelledPair], size: int = SHINGLE_WORDS, share: float = MIN_CONTAINMENT
) -> DetectionQuality:
    """Compute precision, recall and F1 of the detection rule on labelled pairs."""
    predicted = [_is_copy(pair, size, share) for pair in pairs]
    hits = sum(found and pair.copy_ for found, pair in zip(predicted, pairs, strict=True))
    precision = hits / max(1, sum(predicted))
    recall = hits / max(1, sum(pair.copy_ for pair in pairs))
    kinds = []
    for kind in dict.fromkeys(pair.kind for pair in pairs):
        right = [found == pair.copy_ for found, pair in zip(predicted, pairs, strict=True) if pair.kind == kind]
        kinds.append(KindAccuracy(kind=kind, n=len(right), right=sum(right)))
    f1 = 2 * precision * recall / max(1e-9, precision + recall)
    return DetectionQuality(precision=precision, recall=recall, f1=f1, kinds=tuple(kinds))


def _is_copy(pair: LabelledPair, size: int, share: float) -> bool:
    """Apply both steps of the document store: candidate selection by sketch, then the overlap rule."""
    one, other = _shingles(pair.one, size), _shingles(pair.other, size)
    found = overlap(one, other)
    copied = one == other or (found.shared >= MIN_SHARED_SHINGLES and found.containment >= share)
    return copied and bool(candidates(sketch(one), np.stack([sketch(other)])))


def _shingles(text: str, size: int) -> Shingles:
    return shingles(Article(id="x", text=text, body=paragraphs(text)), size)


def fit(pairs: Sequence[LabelledPair]) -> dict[str, float]:
    """Return F1 for every shingle size and threshold."""
    return {
        f"{size} words, {share}": measure(pairs, size, share).f1
        for size in SHINGLE_SIZES
        for share in OVERLAP_THRESHOLDS
    }


@study.command("copies")
@click.option("--corpus", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--json", "json_", is_flag=True, help="Print the result as JSON.")
@click.option("--grid", is_flag=True, help="Print F1 on the fitting half for every size of shingle and threshold.")
def copies(corpus: Path, json_: bool, grid: bool) -> None:
    """Print precision, recall and F1 of near-duplicates, by kind of edit."""
    fitting, reporting = (pairs_of(half) for half in halves(read_corpus(corpus)))
    if grid:
        click.echo(json.dumps(fit(fitting), indent=2))
    result = measure(reporting)
    click.echo(result.model_dump_json(indent=2) if json_ else as_text(result, measure(fitting)))


def as_text(result: DetectionQuality, fitted: DetectionQuality) -> str:
    """Format a line for each kind, then the totals."""
    lines = [f"{found.kind:32} {found.right:4} of {found.n:4} right" for found in result.kinds]
    rule = f"{SHINGLE_WORDS}-word shingles, {MIN_CONTAINMENT} of the shorter text"
    whole_ = f"precision {result.precision:.3f}, recall {result.recall:.3f}, F1 {result.f1:.3f}"
    return "\n".join([*lines, f"{rule}: {whole_} (on the fitting half F1 {fitted.f1:.3f})"])
