"""Fit of the salience of sentences in the overview that answers a broad question.

    footnote --home HOME study fit overview QUESTIONS.jsonl --report OTHERS.jsonl

HOME holds the articles that the questions are about. A line has `question`, `as_of` and `nuggets`: the facts that an
editor demands, each with `any`, alternatives of strings that all occur in a text which states it. Prints the share of
nuggets shown, by five-fold cross-validation of the first files and for the others.
"""

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np

from evals.studies.fitting.fit_verb import fit
from evals.studies.fitting.logistic import fit_logistic
from index.search.scored_sentence import ScoredSentence
from index.types import Filters
from service.answering.overviews import FITTED, Statement, overview, statements
from service.answering.pipeline import AnswerRun
from service.answering.question_kind import BROAD_KINDS, kind_of
from service.answering.types import Question
from service.runtime.settings import Settings
from service.workspace import Workspace, open_workspace

FOLDS = 5
FILES = click.Path(path_type=Path, exists=True, dir_okay=False)
NOT_WORDS = re.compile(r"[^\w.%$£€]+")


@dataclass(frozen=True)
class Nugget:
    """Nugget: a fact with the strings by which it is recognised."""

    any: Sequence[Sequence[str]]

    def is_in(self, text: str) -> bool:
        """Whether a text states it."""
        words = _plain(text)
        return any(all(_plain(each) in words for each in every) for every in self.any)


@dataclass(frozen=True)
class BroadQuestion:
    """BroadQuestion: a question with its nuggets and the evidence that was found for it."""

    question: str
    nuggets: tuple[Nugget, ...]
    evidence: tuple[ScoredSentence, ...]


@fit.command("overview")
@click.argument("questions", nargs=-1, required=True, type=FILES)
@click.option("--report", multiple=True, type=FILES, help="Questions that are only reported.")
@click.option("--write", is_flag=True, help="Write the weights that the service uses.")
@click.pass_obj
def fit_overview(settings: Settings, questions: Sequence[Path], report: Sequence[Path], write: bool) -> None:
    """Fit which sentences an overview quotes."""
    with closing(open_workspace(settings, reads=True)) as workspace:
        asked = [each for path in questions for each in _read(workspace, path)]
        others = {path.name: list(_read(workspace, path)) for path in report}
    parts = [[q for i, q in enumerate(asked) if i % FOLDS == k] for k in range(FOLDS)]
    shown = [
        each
        for k, part in enumerate(parts)
        for each in _shown(part, _weights([q for i, p in enumerate(parts) if i != k for q in p]))
    ]
    weights = _weights(asked)
    click.echo(json.dumps(weights))
    click.echo(f"fitted on, {FOLDS} folds: {_said(asked, shown)}")
    for name, rows in others.items():
        click.echo(f"{name}: {_said(rows, list(_shown(rows, weights)))}")
    if write:
        FITTED.write_text(json.dumps(weights, indent=1) + "\n", encoding="utf-8")


def _read(workspace: Workspace, path: Path) -> Iterator[BroadQuestion]:
    """Yield the broad questions of a file."""
    runs: list[AnswerRun] = []
    workspace.add_observer(runs.append)
    for line in path.read_text("utf-8").splitlines():
        row = json.loads(line)
        if row["nuggets"] and kind_of(row["question"]) in BROAD_KINDS:
            workspace.ask(Question(text=row["question"], filters=Filters(as_of=row["as_of"])))
            nuggets = tuple(Nugget(each["any"]) for each in row["nuggets"])
            yield BroadQuestion(row["question"], nuggets, runs[-1].evidence)


def _weights(asked: Sequence[BroadQuestion]) -> dict[str, float]:
    """Fit the log-odds that a statement states one of the nuggets."""
    rows: list[Statement] = []
    labels: list[float] = []
    for each in asked:
        found = statements(each.question, each.evidence)
        rows += found
        labels += [float(any(nugget.is_in(one.text) for nugget in each.nuggets)) for one in found]
    names = list(rows[0].signals)
    weights = fit_logistic(np.array([[row.signals[name] for name in names] for row in rows]), np.array(labels))
    # The classes were balanced for the fit; the constant is that of the true share.
    weights[names.index("one")] += np.log(np.mean(labels) / (1 - np.mean(labels)))
    return {name: round(float(weight), 3) for name, weight in zip(names, weights, strict=True)}


def _shown(asked: Sequence[BroadQuestion], weights: dict[str, float]) -> Iterator[tuple[list[bool], int]]:
    """Yield for each question whether each nugget is shown, and the number of words."""
    for each in asked:
        text = " ".join(extract.text for extract in overview(each.question, each.evidence, weights))
        yield [nugget.is_in(text) for nugget in each.nuggets], len(text.split())


def _said(asked: Sequence[BroadQuestion], shown: Sequence[tuple[list[bool], int]]) -> str:
    every = [hit for hits, _ in shown for hit in hits]
    words = np.median([count for _, count in shown])
    return f"{np.mean(every):.3f} of {len(every)} nuggets of {len(asked)} questions, {words:.0f} words at the median"


def _plain(text: str) -> str:
    return NOT_WORDS.sub(" ", text.casefold().replace("’", "'").replace(",", "")).strip()
