"""Fit of the answerability of simple and broad questions on written questions about news.

    footnote study fit answerability --train ../shared/train --more HOME QUESTIONS --readers HOME QUESTIONS

The whole pipeline runs over the invented articles. Fold 8 fits and fold 9 reports: the reader was fitted on neither.
With `--more`, questions about the articles of a home folder (JSON lines: question, answer or null, kind) join the fit
of broad questions. Simple ones are fitted on both apart, and their weights added: near misses about invented news are
near in other ways.
The thresholds refuse at most MAX_WRONG_REFUSALS of `--readers`: answerable questions about real articles, because those
of the fit are worded like their articles.
"""

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

import click
import numpy as np

from evals.harness.runner import workspace_over
from evals.studies.fitting.fit_verb import FOLDER, fit
from evals.studies.fitting.judge_rows import Json
from evals.studies.fitting.logistic import fit_logistic
from evals.studies.fitting.roc import auc
from evals.studies.fitting.signal_weights import AnswerabilityFit
from evals.studies.fitting.written_articles import read_rows
from index.search import reranking
from index.types import Record
from index.words import content_words
from service.answering import answerability
from service.answering.question_kind import BROAD_KINDS, kind_of, topic_of
from service.engines import Engines, load_engines
from service.runtime.home_lock import Home
from service.runtime.settings import Settings
from service.workspace import Workspace

MAX_WRONG_REFUSALS = 0.05
"""Share of the readers' answerable questions, simple and broad, that may be refused."""
MAX_OFF_TOPIC = 0.01
"""Share of answerable simple questions that may count as off topic."""
WANTED_REFUSALS = 0.9
"""Share of unanswerable questions that is enough to refuse, where fewer wrong refusals are to be had for it."""
MAX_WRONG_REFUSALS_OF_SIMPLE = 0.04
READER_FEATURES = ("one", "answers", "first_answers", "relevance", "first_relevance")
"""Features of simple questions about real articles: the others bring nothing there."""
INVENTED_SHARE = 0.5
"""Share in the weights of simple questions of those fitted on invented news, whose features carry over less."""
FIT_FOLD, REPORT_FOLD = 8, 9
FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


class AskedQuestion(Record):
    """AskedQuestion: features of a question, and whether the collection answers it."""

    features: dict[str, float]
    answerable: bool
    broad: bool
    kind: str


@fit.command("answerability")
@click.option("--train", type=FOLDER, required=True, help="Folder with written/.")
@click.option(
    "--more", type=(FOLDER, FILE), multiple=True, help="A home folder, and questions about its articles in JSON lines."
)
@click.option(
    "--readers", type=(FOLDER, FILE), required=True, help="A home folder, and answerable questions as its readers ask."
)
@click.option("--only", type=click.Choice(["simple", "broad"]), help="Fit these questions, keep the fit of the others.")
@click.option("--dry", is_flag=True, help="Print only, write nothing.")
@click.pass_obj
def fit_answerability(
    settings: Settings,
    train: Path,
    more: Sequence[tuple[Path, Path]],
    readers: tuple[Path, Path],
    only: str | None,
    dry: bool,
) -> None:
    """Fit when to abstain from simple and from broad questions."""
    engines = load_engines(settings)
    parts: dict[int, list[AskedQuestion]] = {FIT_FOLD: [], REPORT_FOLD: []}
    with tempfile.TemporaryDirectory() as folder:
        articles = [row for path in sorted((train / "written").glob("part*.jsonl.gz")) for row in read_rows(path)]
        corpus = Path(folder) / "written.jsonl"
        names = ("id", "title", "outlet", "published", "text")
        corpus.write_text("\n".join(json.dumps({name: row[name] for name in names}) for row in articles), "utf-8")
        with workspace_over([corpus], settings, engines) as workspace:
            for fold, found in parts.items():
                found += _observed(workspace, _questions(articles, fold))
    real = [each for home, questions in more for each in _asked_of(home, questions, settings, engines)]
    asked = _asked_of(*readers, settings, engines)
    engines.close()
    fitted = json.loads(answerability.FITTED.read_text(encoding="utf-8"))
    for name, broad in (("simple", False), ("broad", True)):
        invented, own = ([e for e in seen if e.broad == broad] for seen in (parts[FIT_FOLD], real))
        chosen = [*invented, *own]
        if only in (None, name) and len({each.answerable for each in chosen}) == 2:
            weights = _weights(tuple(chosen[0].features), chosen if broad else invented)
            if not broad and own:
                weights = _sum(_weights(READER_FEATURES, own), weights, INVENTED_SHARE)
            most = MAX_WRONG_REFUSALS if broad else MAX_WRONG_REFUSALS_OF_SIMPLE
            fitted[name] = _with_threshold(weights, chosen, [e for e in asked if e.broad == broad], most)
            click.echo(f"{name} fit {json.dumps(_report(chosen, fitted[name]))}")
            reported = [each for each in parts[REPORT_FOLD] if each.broad == broad]
            click.echo(f"{name} fold {REPORT_FOLD} {json.dumps(_report(reported, fitted[name]))}")
    simple = [each for each in (*parts[FIT_FOLD], *real) if not each.broad and each.answerable]
    topics = [answerability.probability(fitted["broad"]["weights"], each.features) for each in simple]
    fitted["simple"]["topic"] = round(float(np.quantile(topics, MAX_OFF_TOPIC)), 5)
    if not dry:
        answerability.FITTED.write_text(json.dumps(fitted, indent=1) + "\n", encoding="utf-8")


def _observed(workspace: Workspace, questions: Sequence[Json]) -> Iterator[AskedQuestion]:
    for row in questions:
        text = str(row["question"])
        vector, passages = workspace.retrieve(text)
        found = workspace.finder.rerank(text, workspace.finder.first_stage(topic_of(text), vector, passages))
        counts = workspace.store.lexical.document_frequency(content_words(topic_of(text)))
        if found:
            weights = reranking.idf(counts, workspace.store.chunks.count())
            yield AskedQuestion(
                features=answerability.features(text, found, weights),
                answerable=row["answer"] is not None,
                broad=kind_of(text) in BROAD_KINDS,
                kind=str(row["kind"]),
            )


def _asked_of(home: Path, questions: Path, settings: Settings, engines: Engines) -> list[AskedQuestion]:
    with closing(Workspace(settings, engines, Home(home), reads=True)) as workspace:
        return list(_observed(workspace, [json.loads(line) for line in questions.read_text("utf-8").splitlines()]))


def _questions(articles: Sequence[Json], fold: int) -> list[Json]:
    return [question for row in articles if row["fold"] == fold for question in row["questions"]]


def _weights(names: Sequence[str], seen: Sequence[AskedQuestion]) -> dict[str, float]:
    rows = np.array([[each.features[name] for name in names] for each in seen])
    fitted = fit_logistic(rows, np.array([float(each.answerable) for each in seen]))
    return {name: round(float(w), 3) for name, w in zip(names, fitted, strict=True)}


def _sum(one: Mapping[str, float], other: Mapping[str, float], share: float) -> dict[str, float]:
    """Return the weights of the first classifier plus a share of the other's."""
    return {name: round(one.get(name, 0.0) + share * weight, 3) for name, weight in other.items()}


def _with_threshold(
    weights: dict[str, float], seen: Sequence[AskedQuestion], readers: Sequence[AskedQuestion], most: float
) -> AnswerabilityFit:
    """Return the weights with the threshold that refuses at most `most` of the answerable ones of `readers`."""
    refusable = [answerability.probability(weights, each.features) for each in seen if not each.answerable]
    asked = [answerability.probability(weights, each.features) for each in readers if each.answerable]
    threshold = min(np.quantile(refusable, WANTED_REFUSALS), np.quantile(asked, most))
    return {"weights": weights, "threshold": round(float(threshold), 4)}


def _report(seen: Sequence[AskedQuestion], fitted: AnswerabilityFit) -> dict[str, float]:
    labels = np.array([float(each.answerable) for each in seen])
    if not 0 < labels.sum() < len(labels):
        return {"n": len(seen)}
    chances = np.array([answerability.probability(fitted["weights"], each.features) for each in seen])
    kept = chances >= fitted["threshold"]
    found = {
        "n": len(seen),
        "auc": auc(chances, labels),
        "wrongly_refused": float((~kept[labels > 0]).mean()),
        "refused": float((~kept[labels == 0]).mean()),
    }
    return {name: round(value, 3) for name, value in found.items()}
