"""Fit of the short answers: whether the marked words of the best sentence are right, from what the judges say of them.

    footnote study fit short-answers --asked HOME QUESTIONS --asked HOME OTHERS --asked ...

HOME holds the articles that the QUESTIONS are about. A line has `question`, `answerable`, perhaps `as_of`, and
`short`: the few words that answer it, or null. One file is one writer: each is reported by a fit on the others.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np

from evals.studies.fitting.fit_verb import fit
from evals.studies.fitting.home_files import HOME_AND_FILE, lines_about
from evals.studies.fitting.judge_rows import Json
from evals.studies.fitting.logistic import named_weights
from evals.studies.fitting.roc import auc
from index.types import Filters
from index.words import words
from service.answering.answerability import probability
from service.answering.pipeline import AnswerRun
from service.answering.question_kind import kind_of
from service.answering.short_answers import FITTED, answer_words, span_features
from service.answering.types import Question
from service.runtime.settings import Settings
from service.workspace import Workspace

LEAST = 0.4
"""Probability that a short answer is right from which it is shown."""
SAME_WORDS = 0.5
"""Least F1 of the words of an answer span and of the right words (SQuAD's measure), unless one has all of the other."""


@dataclass(frozen=True)
class AskedSpan:
    """AskedSpan: the words that would be shown for a question, their features, and whether they are right."""

    features: dict[str, float]
    right: bool
    answerable: bool


@fit.command("short-answers")
@click.option("--asked", type=HOME_AND_FILE, multiple=True, required=True, help="A home folder, and a file.")
@click.option("--dry", is_flag=True, help="Print only, write nothing.")
@click.pass_obj
def fit_short_answers(settings: Settings, asked: Sequence[tuple[Path, Path]], dry: bool) -> None:
    """Fit which short answers are shown."""
    writers = {name: list(_spans(workspace, rows)) for workspace, name, rows in lines_about(settings, asked)}
    for name, spans in writers.items():
        others = [each for other, found in writers.items() if other != name for each in found]
        if others:
            click.echo(f"{name} {json.dumps(_report(spans, _weights(others)))}")
    every = [each for found in writers.values() for each in found]
    weights = _weights(every)
    click.echo(f"fit {json.dumps(_report(every, weights))}")
    if not dry:
        FITTED.write_text(json.dumps({"weights": weights, "least": LEAST}, indent=1) + "\n", encoding="utf-8")


def _spans(workspace: Workspace, questions: Sequence[Json]) -> Iterator[AskedSpan]:
    """Yield what would be shown for each question for one fact that is not refused and whose answer is known."""
    runs: list[AnswerRun] = []
    workspace.add_observer(runs.append)
    for row in questions:
        text, wanted, answerable = str(row["question"]), row.get("short"), bool(row["answerable"])
        if kind_of(text) != "fact" or (answerable and not wanted):
            continue
        filters = Filters(as_of=row["as_of"]) if row.get("as_of") else Filters()
        if workspace.ask(Question(text=text, filters=filters, style="quote")).verdict != "answered":
            continue
        best, chance = max(runs[-1].evidence, key=lambda each: each.probability), runs[-1].answerability.probability
        if shown := answer_words(text, best):
            yield AskedSpan(
                features=span_features(text, shown, chance, best, workspace.engines.embedded_judge),
                right=answerable and is_right(shown, str(wanted)),
                answerable=answerable,
            )


def is_right(shown: str, wanted: str) -> bool:
    """Whether an answer span says the right words, or enough of them."""
    one, other = set(words(shown)), set(words(wanted))
    if not one or not other:
        return False
    common = len(one & other)
    return 2 * common / (len(one) + len(other)) >= SAME_WORDS or common == min(len(one), len(other))


def _weights(spans: Sequence[AskedSpan]) -> dict[str, float]:
    return named_weights([each.features for each in spans], [float(each.right) for each in spans])


def _report(spans: Sequence[AskedSpan], weights: dict[str, float]) -> dict[str, float]:
    right = np.array([float(each.right) for each in spans])
    chances = np.array([probability(weights, each.features) for each in spans])
    shown = chances >= LEAST
    answerable = np.array([each.answerable for each in spans])
    return {
        "n": len(spans),
        "auc": round(auc(chances, right), 3) if 0 < right.sum() < len(right) else 0.0,
        "right": int(right.sum()),
        "right_shown": int((shown & (right > 0)).sum()),
        "wrong_shown": int((shown & (right == 0) & answerable).sum()),
        "unanswerable_shown": int((shown & ~answerable).sum()),
    }
