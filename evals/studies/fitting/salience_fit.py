"""Fit of the salience of sentences: in the overview of a broad question, and for why, how and several things at once.

    footnote --home HOME study fit salience QUESTIONS.jsonl --report OTHERS.jsonl

HOME holds the articles that the questions are about. A line has `question`, `as_of` and `nuggets`: the facts that an
editor demands, each with `any`, alternatives of strings that all occur in a text which states it. Prints the share of
nuggets shown, by five-fold cross-validation of the first files and for the others.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np

from evals.studies.fitting.fit_verb import fit
from evals.studies.fitting.logistic import named_weights
from index.search.scored_sentence import ScoredSentence
from index.types import Filters
from service.answering.extracts import PLANS, REASONS, extracts
from service.answering.pipeline import AnswerRun
from service.answering.question_kind import BROAD_KINDS, QuestionKind, kind_of
from service.answering.statements import FITTED, Answering, Statement, statements
from service.answering.types import Question
from service.runtime.settings import Settings
from service.workspace import Workspace, open_workspace

FOLDS = 5
KINDS: Mapping[Answering, Collection[QuestionKind]] = {
    "overview": BROAD_KINDS,
    "reasons": [kind for kind, plan in PLANS.items() if plan is REASONS],
}
"""Kinds of question whose extracts the weights choose."""
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
class NuggetQuestion:
    """NuggetQuestion: a question with its kind, its nuggets and the evidence that was found for it."""

    question: str
    kind: QuestionKind
    nuggets: tuple[Nugget, ...]
    evidence: tuple[ScoredSentence, ...]


@fit.command("salience")
@click.argument("questions", nargs=-1, required=True, type=FILES)
@click.option("--report", multiple=True, type=FILES, help="Questions that are only reported.")
@click.option("--write", is_flag=True, help="Write the weights that the service uses.")
@click.pass_obj
def fit_salience(settings: Settings, questions: Sequence[Path], report: Sequence[Path], write: bool) -> None:
    """Fit which sentences are quoted."""
    with closing(open_workspace(settings, reads=True)) as workspace:
        asked = [each for path in questions for each in _read(workspace, path)]
        others = {path.name: list(_read(workspace, path)) for path in report}
    found = {}
    for name, kinds in KINDS.items():
        found[name] = _fitted([each for each in asked if each.kind in kinds], name)
        for file, rows in others.items():
            ours = [each for each in rows if each.kind in kinds]
            if ours:
                click.echo(f"{name}, {file}: {_said(ours, list(_shown(ours, found[name])))}")
    if write:
        FITTED.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def _fitted(asked: Sequence[NuggetQuestion], name: str) -> dict[str, float]:
    """Fit the weights, and print the share of nuggets that those of the other folds show."""
    parts = [[q for i, q in enumerate(asked) if i % FOLDS == k] for k in range(FOLDS)]
    rest = [[q for i, q in enumerate(asked) if i % FOLDS != k] for k in range(FOLDS)]
    shown = [each for part, others in zip(parts, rest, strict=True) for each in _shown(part, _weights(others))]
    weights = _weights(asked)
    click.echo(f"{name}: {json.dumps(weights)}")
    click.echo(f"{name}, {FOLDS} folds: {_said(asked, shown)}")
    return weights


def _read(workspace: Workspace, path: Path) -> Iterator[NuggetQuestion]:
    """Yield the questions of a file that are not about a single fact."""
    runs: list[AnswerRun] = []
    workspace.add_observer(runs.append)
    kinds = {each for every in KINDS.values() for each in every}
    for line in path.read_text("utf-8").splitlines():
        row = json.loads(line)
        if row["nuggets"] and (kind := kind_of(row["question"])) in kinds:
            workspace.ask(Question(text=row["question"], filters=Filters(as_of=row["as_of"])))
            nuggets = tuple(Nugget(each["any"]) for each in row["nuggets"])
            yield NuggetQuestion(row["question"], kind, nuggets, runs[-1].evidence)


def _weights(asked: Sequence[NuggetQuestion]) -> dict[str, float]:
    """Fit the log-odds that a statement states one of the nuggets."""
    rows: list[Statement] = []
    labels: list[float] = []
    for each in asked:
        found = statements(each.question, each.evidence)
        rows += found
        labels += [float(any(nugget.is_in(one.text) for nugget in each.nuggets)) for one in found]
    return named_weights([row.signals for row in rows], labels)


def _shown(asked: Sequence[NuggetQuestion], weights: dict[str, float]) -> Iterator[tuple[list[bool], int]]:
    """Yield for each question whether each nugget is shown, and the number of words."""
    for each in asked:
        text = " ".join(extract.text for extract in extracts(each.question, each.kind, each.evidence, weights))
        yield [nugget.is_in(text) for nugget in each.nuggets], len(text.split())


def _said(asked: Sequence[NuggetQuestion], shown: Sequence[tuple[list[bool], int]]) -> str:
    every = [hit for hits, _ in shown for hit in hits]
    words = np.median([count for _, count in shown])
    whole = np.mean([all(hits) for hits, _ in shown])
    return (
        f"{np.mean(every):.3f} of {len(every)} nuggets, {whole:.3f} of {len(asked)} questions whole, "
        f"{words:.0f} words at the median"
    )


def _plain(text: str) -> str:
    return NOT_WORDS.sub(" ", text.casefold().replace("’", "'").replace(",", "")).strip()
