"""Signal weights: fit those of reranking (`reranking.json`) and of composite questions (`answerability.json`).

    footnote study fit signal-weights --train ../shared/train --bench ../shared/bench

The whole pipeline runs over the paragraphs. Weights are fitted on questions about the training articles marked `test`,
which the reader was not fitted on: unchanged, paraphrased (paraphrase.py), and made unanswerable by replacing
a name; on `squad2_dev`; and on questions asked of unrelated collections. Weights for composite questions are fitted on
`multihop_rag`; those for other questions are only reported (`footnote study fit answerability`). No seed article is
used: `footnote eval run --suite seeds` measures the result.
"""

import json
import random
import re
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypedDict

import click
import numpy as np

from evals.harness.runner import workspace_over
from evals.studies.fitting.fit_verb import FOLDER, fit
from evals.studies.fitting.logistic import Matrix, fit_listwise, fit_logistic
from evals.studies.fitting.near_words import near_words, plain_words
from evals.studies.fitting.paraphrase import Paraphrase
from evals.studies.fitting.roc import auc
from index.search import reranking
from index.search.scored_sentence import ScoredSentence
from index.types import Record
from index.words import content_words
from service.answering import answerability
from service.answering.query import is_composite
from service.engines import load_engines
from service.runtime.settings import Settings
from service.workspace import Workspace

CHECK_TITLES = ("Huguenot",)
FIRST_STAGE_SIGNALS = ("covered", "covered_in_context", "passage", "cosine")
RERANKING_SIGNALS = (*FIRST_STAGE_SIGNALS, "relevance", "answers", "offers_kind")
MAX_WRONG_REFUSALS = 0.05
"""Share of the answerable composite questions that the threshold may refuse."""
MAX_OFF_TOPIC = 150
"""Maximum number of questions asked of unrelated collections: one with many articles, or single-subject ones."""
SINGLE_SUBJECTS = 4
"""Number of single-subject collections."""
MAX_SWAPPED = 120
"""Maximum number of questions with a false premise: a name or number replaced by another of the same article."""
NAME_OR_NUMBER = re.compile(r"(?<!^)\b(?:[A-Z][\w'-]+(?: (?:of |the )?[A-Z][\w'-]+)*|\d[\d,.]*\d|\d)\b")


class TrainingQuestion(Record):
    """TrainingQuestion: a training question with the position of its answer."""

    text: str
    paragraph: str
    starts: tuple[int, ...]
    """Offsets of the answers in the paragraph; empty if it has no answer or the position is unknown."""
    answerable: bool


class RankedQuestion(Record):
    """RankedQuestion: the signals that the pipeline computed for one question."""

    candidates: tuple[tuple[dict[str, float], bool], ...]
    """First-stage signals of every candidate, and whether it answers."""
    reranked: tuple[tuple[dict[str, float], bool], ...]
    """All signals of the reranked sentences, best first, and whether each answers."""
    features: dict[str, float]
    composite: bool
    answerable: bool


class AnswerabilityFit(TypedDict):
    """AnswerabilityFit: logistic weight of each feature, and the probability threshold for answerable questions."""

    weights: dict[str, float]
    threshold: float


@fit.command("signal-weights")
@click.option("--train", type=FOLDER, required=True, help="Folder with squad2_paragraphs.jsonl and _questions.")
@click.option("--bench", type=FOLDER, required=True, help="Folder with squad2_dev and multihop_rag.")
@click.option("--limit", type=click.IntRange(1), default=300, show_default=True, help="Questions of each part.")
@click.option("--dry", is_flag=True, help="Print only, write nothing.")
@click.pass_obj
def signal_weights(settings: Settings, train: Path, bench: Path, limit: int, dry: bool) -> None:
    """Fit the weights of reranking and of composite questions.

    Writes both files, and prints what the test articles say.
    """
    engines = load_engines(settings)
    with tempfile.TemporaryDirectory() as folder:
        corpus = corpus_of(train, Path(folder))
        with workspace_over([corpus], settings, engines) as workspace:
            asked = _training_questions(train, "fit")
            near = near_words(plain_words(train), engines.embedder.embed)
            reword = Paraphrase(near, 1.0, random.Random(0))
            plain = _observe_all(workspace, asked[:limit])
            reworded = _observe_all(workspace, _reworded(asked[limit : 2 * limit], reword))
            swapped = _observe_all(workspace, _swapped(asked[limit:], train)[: min(MAX_SWAPPED, limit)])
            check = _observe_all(workspace, _training_questions(train, "check")[:limit])
        off_topic: list[RankedQuestion] = []
        for number, (small, others) in enumerate(_single_subjects(corpus, asked, Path(folder))):
            with workspace_over([small], settings, engines) as workspace:
                each = min(MAX_OFF_TOPIC, limit) // SINGLE_SUBJECTS
                off_topic += _observe_all(
                    workspace, [_unanswered(q) for q in others[number * each : (number + 1) * each]]
                )
    with workspace_over([bench / "squad2_dev" / "corpus.jsonl"], settings, engines) as workspace:
        plain += _observe_all(workspace, _benchmark_questions(bench / "squad2_dev")[:limit])
    with workspace_over([bench / "multihop_rag" / "corpus.jsonl"], settings, engines) as workspace:
        off_topic += _observe_all(workspace, [_unanswered(q) for q in asked[: min(MAX_OFF_TOPIC, limit)]])
        composite = _observe_all(workspace, _benchmark_questions(bench / "multihop_rag")[:limit])
    engines.close()
    composite = [each for each in composite if each.composite]
    placed = [*plain, *reworded]
    weighing = {
        "first": _ranker(placed, FIRST_STAGE_SIGNALS, reranked=False),
        "final": _ranker(placed, RERANKING_SIGNALS, reranked=True),
    }
    known = json.loads(answerability.FITTED.read_text(encoding="utf-8"))
    judging: dict[str, AnswerabilityFit] = {"simple": known["simple"], "composite": _judge(composite, composite)}
    parts = {"fit": plain, "reworded": reworded, "swapped": swapped, "check": check, "off topic": off_topic}
    for name, part in {**parts, "composite": composite}.items():
        found = _report(part, weighing, judging["composite" if name == "composite" else "simple"])
        click.echo(f"{name} {json.dumps(found)}")
    if not dry:
        _write(reranking.FITTED, weighing)
        _write(answerability.FITTED, {**known, "composite": judging["composite"]})


def corpus_of(train: Path, folder: Path) -> Path:
    """Write the training paragraphs as articles to a file in `folder`, and return its path."""
    path = folder / "paragraphs.jsonl"
    rows = map(json.loads, (train / "squad2_paragraphs.jsonl").open(encoding="utf-8"))
    lines = (
        json.dumps({"id": row["id"], "title": row["title"].replace("_", " "), "text": row["text"]}) for row in rows
    )
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def _single_subjects(
    corpus: Path, asked: Sequence[TrainingQuestion], folder: Path
) -> Iterator[tuple[Path, list[TrainingQuestion]]]:
    """Yield single-subject collections, each with the questions about other subjects."""
    rows = [json.loads(line) for line in corpus.open(encoding="utf-8")]
    title = {row["id"]: row["title"] for row in rows}
    for subject in random.Random(1).sample(sorted(set(title.values())), SINGLE_SUBJECTS):
        path = folder / f"{len(list(folder.iterdir()))}.jsonl"
        path.write_text("\n".join(json.dumps(row) for row in rows if row["title"] == subject), encoding="utf-8")
        yield path, [question for question in asked if title[question.paragraph] != subject]


def _training_questions(train: Path, part: str) -> list[TrainingQuestion]:
    rows = [json.loads(line) for line in (train / "squad2_paragraphs.jsonl").open(encoding="utf-8")]
    wanted = {row["id"] for row in rows if (row["split"] == "test" if part == "fit" else row["title"] in CHECK_TITLES)}
    questions = map(json.loads, (train / "squad2_questions.jsonl").open(encoding="utf-8"))
    found = [
        TrainingQuestion(
            text=q["question"],
            paragraph=q["paragraph"],
            starts=tuple(start for start, _ in q["answers"]),
            answerable=bool(q["answers"]),
        )
        for q in questions
        if q["paragraph"] in wanted
    ]
    return [found[i] for i in np.random.default_rng(0).permutation(len(found))]


def _benchmark_questions(bench: Path) -> list[TrainingQuestion]:
    questions = map(json.loads, (bench / "questions.jsonl").open(encoding="utf-8"))
    return [
        TrainingQuestion(
            text=q["question"],
            paragraph=(q["evidence_doc_ids"] or [""])[0],
            starts=tuple(q.get("answer_starts", ())),
            answerable=q["answerable"],
        )
        for q in questions
    ]


def _reworded(questions: Sequence[TrainingQuestion], reword: Callable[[str], str]) -> list[TrainingQuestion]:
    return [question.model_copy(update={"text": reword(question.text)}) for question in questions]


def _unanswered(question: TrainingQuestion, text: str | None = None) -> TrainingQuestion:
    return question.model_copy(
        update={"text": text or question.text, "paragraph": "", "starts": (), "answerable": False}
    )


def _swapped(questions: Sequence[TrainingQuestion], train: Path) -> list[TrainingQuestion]:
    """Return answerable questions with one name replaced (the entity swap of Rajpurkar et al. 2018)."""
    rows = {row["id"]: row for row in map(json.loads, (train / "squad2_paragraphs.jsonl").open(encoding="utf-8"))}
    named: dict[str, list[str]] = defaultdict(list)
    for question in questions:
        named[rows[question.paragraph]["title"]] += NAME_OR_NUMBER.findall(question.text)
    rng, found = random.Random(0), []
    for question in questions:
        paragraph = rows[question.paragraph]
        shared = [name for name in NAME_OR_NUMBER.findall(question.text) if name in paragraph["text"]]
        if not (question.answerable and shared):
            continue
        old = rng.choice(shared)
        about = f"{paragraph['text']} {question.text}"
        others = [n for n in named[paragraph["title"]] if n[0].isdigit() == old[0].isdigit() and n not in about]
        if others:
            found.append(_unanswered(question, question.text.replace(old, rng.choice(others))))
    return found


def _observe_all(workspace: Workspace, questions: Sequence[TrainingQuestion]) -> list[RankedQuestion]:
    return [_observe(workspace, question) for question in questions if question.text.strip()]


def _observe(workspace: Workspace, question: TrainingQuestion) -> RankedQuestion:
    vector, passages = workspace.retrieve(question.text)
    candidates = workspace.finder.candidates(question.text, vector, passages)
    best = workspace.finder.of_best_passages(candidates)
    found = workspace.finder.rerank(question.text, best)
    return RankedQuestion(
        candidates=_labelled(question, candidates),
        reranked=_labelled(question, found),
        features=answerability.features(question.text, found, _idf(workspace, question.text)),
        composite=is_composite(question.text),
        answerable=question.answerable,
    )


def _labelled(
    question: TrainingQuestion, sentences: Sequence[ScoredSentence]
) -> tuple[tuple[dict[str, float], bool], ...]:
    return tuple((dict(each.signals), _answers(question, each.article_id, each.start, each.end)) for each in sentences)


def _idf(workspace: Workspace, question: str) -> dict[str, float]:
    counts = workspace.store.lexical.document_frequency(content_words(question))
    return reranking.idf(counts, workspace.store.chunks.count())


def _answers(question: TrainingQuestion, article_id: str, start: int, end: int) -> bool:
    return article_id == question.paragraph and any(start <= each < end for each in question.starts)


def _ranker(seen: Sequence[RankedQuestion], names: Sequence[str], *, reranked: bool) -> dict[str, float]:
    lists = [_matrix(each.reranked if reranked else each.candidates, names) for each in seen]
    weights = fit_listwise([(rows, labels) for rows, labels in lists if labels.any()])
    return dict(zip(names, (round(float(w), 3) for w in weights), strict=True))


def _matrix(signals: Sequence[tuple[dict[str, float], bool]], names: Sequence[str]) -> tuple[Matrix, Matrix]:
    rows = np.array([[found[name] for name in names] for found, _ in signals]).reshape(-1, len(names))
    return rows, np.array([float(label) for _, label in signals])


def _judge(seen: Sequence[RankedQuestion], readers: Sequence[RankedQuestion]) -> AnswerabilityFit:
    """Fit weights on `seen`, and choose the threshold that refuses MAX_WRONG_REFUSALS of the answerable `readers`."""
    names = list(seen[0].features)
    rows = np.array([[each.features[name] for name in names] for each in seen])
    fitted = fit_logistic(rows, np.array([float(each.answerable) for each in seen]))
    weights = {name: round(float(w), 3) for name, w in zip(names, fitted, strict=True)}
    chances = [answerability.probability(weights, each.features) for each in readers if each.answerable]
    return {"weights": weights, "threshold": round(float(np.quantile(chances, MAX_WRONG_REFUSALS)), 3)}


def _report(
    seen: Sequence[RankedQuestion], weighing: dict[str, dict[str, float]], judging: AnswerabilityFit
) -> dict[str, float]:
    probability = np.array([answerability.probability(judging["weights"], each.features) for each in seen])
    labels = np.array([float(each.answerable) for each in seen])
    kept = probability >= judging["threshold"]
    answerable = [each for each in seen if each.answerable]
    placed = [each for each in answerable if any(label for _, label in each.candidates)]
    found = {"n": len(seen), "refused": float((~kept[labels == 0]).mean())}
    if not answerable:
        return found
    found |= {"auc": auc(probability, labels), "wrongly_refused": float((~kept[labels > 0]).mean())}
    if placed:
        found["answer_read_closely"] = float(np.mean([any(label for _, label in each.reranked) for each in placed]))
        for depth in (1, 3):
            found[f"evidence_hit@{depth}"] = float(np.mean(list(_hits(placed, weighing["final"], depth))))
    return {name: round(value, 3) for name, value in found.items()}


def _hits(seen: Sequence[RankedQuestion], weights: dict[str, float], depth: int) -> Iterator[bool]:
    for each in seen:
        ranked = sorted(each.reranked, key=lambda pair: -reranking.weigh(weights, pair[0]))
        yield any(label for _, label in ranked[:depth])


def _write(path: Path, body: object) -> None:
    path.write_text(json.dumps(body, indent=1) + "\n", encoding="utf-8")
