"""Fusion weight: grid search for the weight of lexical search, `LEXICAL_WEIGHT` in index/search/hybrid_retrieval.py.

    footnote study fit fusion-weight --train ../shared/train --bench ../shared/bench

Prints MRR@10, and the share of questions whose paragraph ranks first, for each weight on three sets. The weight is
chosen on the first set, training questions of SQuAD 2.0; the others are only reported.
"""

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

import click
import numpy as np

from evals.harness.runner import workspace_over
from evals.studies.fitting.fit_verb import FOLDER, fit
from evals.studies.fitting.signal_weights import corpus_of
from index.search.hybrid_retrieval import fuse
from index.types import Record
from service.engines import load_engines
from service.runtime.settings import Settings
from service.workspace import Workspace

LEXICAL_WEIGHTS = tuple(round(0.1 * i, 1) for i in range(11))
MRR_DEPTH = 10


class LabelledQuestion(Record):
    """LabelledQuestion: a question and the ids of the articles that answer it."""

    text: str
    articles: tuple[str, ...]


@fit.command("fusion-weight")
@click.option("--train", type=FOLDER, required=True, help="Folder with squad2_paragraphs.jsonl and _questions.")
@click.option("--bench", type=FOLDER, required=True, help="Folder with squad2_dev and multihop_rag.")
@click.option("--limit", type=click.IntRange(1), default=500, show_default=True, help="Questions of each set.")
@click.pass_obj
def fusion_weight(settings: Settings, train: Path, bench: Path, limit: int) -> None:
    """Print the retrieval quality of each weight of lexical against dense search."""
    engines = load_engines(settings)
    with tempfile.TemporaryDirectory() as folder:
        sets = {"train": (corpus_of(train, Path(folder)), _train(train))}
        for name in ("squad2_dev", "multihop_rag"):
            sets[name] = (bench / name / "corpus.jsonl", _bench(bench / name))
        for name, (corpus, questions) in sets.items():
            with workspace_over([corpus], settings, engines) as workspace:
                for weight, (mrr, first) in _grid(workspace, questions[:limit]).items():
                    click.echo(f"{name:14} lexical {weight:.1f}  MRR@{MRR_DEPTH} {mrr:.3f}  first {first:.3f}")
    engines.close()


def _train(train: Path) -> list[LabelledQuestion]:
    rows = map(json.loads, (train / "squad2_questions.jsonl").open(encoding="utf-8"))
    found = [
        LabelledQuestion(text=row["question"], articles=(row["paragraph"],)) for row in rows if row["question"].strip()
    ]
    return [found[i] for i in np.random.default_rng(0).permutation(len(found))]


def _bench(bench: Path) -> list[LabelledQuestion]:
    rows = map(json.loads, (bench / "questions.jsonl").open(encoding="utf-8"))
    return [
        LabelledQuestion(text=r["question"], articles=tuple(r["evidence_doc_ids"]))
        for r in rows
        if r["evidence_doc_ids"]
    ]


def _grid(workspace: Workspace, questions: Sequence[LabelledQuestion]) -> dict[float, tuple[float, float]]:
    ranks: dict[float, list[int]] = {weight: [] for weight in LEXICAL_WEIGHTS}
    for question in questions:
        dense, lexical = workspace.retriever.dense_and_lexical(question.text, workspace.retriever.vector(question.text))
        for weight in LEXICAL_WEIGHTS:
            articles = dict.fromkeys(chunk.rpartition("@")[0] for chunk, _ in fuse(dense, lexical, weight))
            places = (i for i, article in enumerate(list(articles)[:MRR_DEPTH], 1) if article in question.articles)
            ranks[weight].append(next(places, 0))
    return {w: (float(np.mean([1 / r if r else 0 for r in s])), s.count(1) / len(s)) for w, s in ranks.items()}
