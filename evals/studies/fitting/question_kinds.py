"""Fit of the question kind classifier on questions written for it, and on public questions as facts and reasons."""

import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from evals.studies.fitting.fit_verb import FOLDER, fit
from evals.studies.fitting.linear_classifier import fit_classes, sparse_rows
from evals.studies.fitting.written_articles import read_rows
from service.answering.question_kind import FEATURES, FITTED, KINDS, hashed_features
from service.language.hashed_features import linear_scores

WRITTEN_FOR_IT = Path(__file__).parents[2] / "data" / "question_kinds.jsonl"
PUBLIC_WEIGHT = 0.01
"""Weight of a public question: there are many, and nearly all ask for one fact."""
FACT_WEIGHT = 0.5
"""Weight of a written question for one fact: there are more of them than of the others, in more unusual words."""
MAX_PUBLIC = 3600
RIDGE_PENALTY = 0.15
KIND_OF_WRITTEN = {
    "why": "why",
    "how": "how",
    **dict.fromkeys(("short", "near_miss", "who", "when", "where", "howmany", "distractor", "missing"), "fact"),
}
Matrix = NDArray[np.float64]


@fit.command("question-kinds")
@click.option("--train", type=FOLDER, required=True, help="Folder with squad2_questions.jsonl and written/.")
@click.option("--dry", is_flag=True, help="Print only, write nothing.")
def question_kinds(train: Path, dry: bool) -> None:
    """Fit the classifier of the kind of answer that a question asks for."""
    rows = [json.loads(line) for line in WRITTEN_FOR_IT.open(encoding="utf-8")]
    public = sorted({*_squad(train), *_written(train)})
    random.Random(1).shuffle(public)
    public = public[:MAX_PUBLIC]
    part = {name: [(r["question"], r["kind"]) for r in rows if r["part"] == name] for name in ("fit", "test")}
    tested = _fitted([*part["fit"]], public)
    right = [_best(tested, question) == kind for question, kind in part["test"]]
    click.echo(f"test questions in another style: {np.mean(right):.3f} of {len(right)} right")
    if not dry:
        # All that was written is used in the end: the test part says what to expect of it.
        np.savez_compressed(FITTED, weights=_fitted([*part["fit"], *part["test"]], public).astype(np.float16))
        click.echo(f"wrote {FITTED.name}")


def _squad(train: Path) -> Iterator[tuple[str, str]]:
    for line in (train / "squad2_questions.jsonl").open(encoding="utf-8"):
        words = json.loads(line)["question"].casefold().split()
        kind = "why" if "why" in words[:4] else "how" if words[:1] == ["how"] and _asks_manner(words) else "fact"
        yield json.loads(line)["question"], kind


def _asks_manner(words: Sequence[str]) -> bool:
    """Whether an auxiliary verb follows "how": "how did" asks for the manner, "how many" does not."""
    return len(words) > 1 and words[1] in ("do", "does", "did", "is", "are", "was", "were", "can", "will", "has")


def _written(train: Path) -> Iterator[tuple[str, str]]:
    for path in sorted((train / "written").glob("part*.jsonl.gz")):
        for article in read_rows(path):
            for question in article["questions"] if article["fold"] < 8 else ():
                if kind := KIND_OF_WRITTEN.get(question["kind"]):
                    yield question["question"], kind


def _fitted(asked: Sequence[tuple[str, str]], public: Sequence[tuple[str, str]]) -> Matrix:
    """Fit multinomial logistic regression; returns weights, shape (FEATURES + 1, kinds)."""
    both = [*asked, *public]
    x = sparse_rows([hashed_features(question) for question, _ in both], FEATURES)
    labels = np.eye(len(KINDS))[[KINDS.index(kind) for _, kind in both]]
    written = [FACT_WEIGHT if kind == "fact" else 1.0 for _, kind in asked]
    weights = np.array([*written, *[PUBLIC_WEIGHT] * len(public)])
    return fit_classes(x, labels, weights, RIDGE_PENALTY)


def _best(weights: Matrix, question: str) -> str:
    return KINDS[int(linear_scores(weights, hashed_features(question)).argmax())]
