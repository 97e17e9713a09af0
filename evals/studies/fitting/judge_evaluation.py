"""Judge evaluation: the numbers of an entailment model and of a reader on held-out rows."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from random import Random
from typing import TypeVar

import numpy as np

from evals.studies.fitting.judge_rows import PairRow, PassageRow
from evals.studies.fitting.judge_scores import (
    Measure,
    Values,
    accepted_of,
    auc_of,
    exact_match,
    mean_of,
    measured,
    rank_of_answer,
    reliability,
    token_f1,
)
from evals.studies.fitting.written_questions import NEAR_MISS
from index.search.reader import Reader, ReaderPassage, Reading
from index.sentences import split_sentences
from index.types import Span
from service.grounding import EntailmentModel
from service.models import ENTAILMENT, READER

WRITTEN, SQUAD2 = "written", "squad2 test"
FALSE_ACCEPTANCE = (0.02, 0.05, 0.1)
MIN_KIND = 20
"""Least number of rows of a kind that is listed by itself."""
PAIRS_PER_CALL = 64

Row = TypeVar("Row", PairRow, PassageRow)
Sets = Mapping[str, Callable[[Row], bool]]
"""Data sets by name, each with the rows that it takes."""

ENTAILMENT_SETS: Sets[PairRow] = {
    "summedits + bump": lambda row: row.source in ("summedits", "bump"),
    WRITTEN: lambda row: row.source == WRITTEN,
    "fever_symmetric": lambda row: row.source == "fever_symmetric",
}
READER_SETS: Sets[PassageRow] = {
    SQUAD2: lambda row: row.source == "squad2" and row.split == "test",
    "qed dev": lambda row: row.source == "qed" and row.split == "dev",
    "selqa test": lambda row: row.source == "selqa" and row.split == "test",
    WRITTEN: lambda row: row.source == WRITTEN and (bool(row.answers) or row.kind.startswith(NEAR_MISS)),
}

NEAR_MISS_SETS = (SQUAD2, WRITTEN)
"""Data sets whose questions without an answer are near misses."""


def entailment_measures(model: EntailmentModel, rows: Sequence[PairRow], limit: int | None = None) -> Iterator[Measure]:
    """Yield the AUC of supported against the rest for each data set, and for written claims the share accepted.

    Args:
        limit: most rows of each data set, drawn at random.
    """
    for data, takes in ENTAILMENT_SETS.items():
        chosen = _sample(rows, takes, limit)
        if not chosen:
            continue
        scores = _log_odds(model, chosen)
        labels = np.array([float(row.label.startswith("supported")) for row in chosen])
        groups = [row.group for row in chosen]
        yield measured(ENTAILMENT, data, "AUC supported", auc_of(scores, labels), groups)
        yield from _reliability(ENTAILMENT, data, "supported", scores, labels, groups)
        if data == WRITTEN:
            yield from _acceptance(chosen, scores, labels)


def _log_odds(model: EntailmentModel, rows: Sequence[PairRow]) -> Values:
    pairs = [(row.hypothesis, row.premise) for row in rows]
    found: list[float] = []
    for at in range(0, len(pairs), PAIRS_PER_CALL):
        found += [judged.log_odds for judged in model(pairs[at : at + PAIRS_PER_CALL])]
    return np.array(found)


def _acceptance(rows: Sequence[PairRow], scores: Values, labels: Values) -> Iterator[Measure]:
    """Yield the share accepted of all supported rows and of each kind, at thresholds that all negatives share."""
    kinds = Counter(row.kind for row in rows)
    parts = {"supported": labels} | {
        kind: np.array([float(row.kind == kind) for row in rows])
        for kind, count in sorted(kinds.items())
        if count >= MIN_KIND
    }
    groups = [row.group for row in rows]
    for kind, among in parts.items():
        for false in FALSE_ACCEPTANCE:
            name = f"accepted at {100 * false:.0f} % false, {kind}"
            found = measured(ENTAILMENT, WRITTEN, name, accepted_of(scores, labels, among, false), groups)
            members = {group for group, inside in zip(groups, among, strict=True) if inside}
            yield found.model_copy(update={"n": int(among.sum()), "groups": len(members)})


def reader_measures(reader: Reader, rows: Sequence[PassageRow], limit: int | None = None) -> Iterator[Measure]:
    """Yield for each data set how often the answer's sentence is ranked first and among three, and of short answers.

    Where questions without an answer are held out too, also the AUC of answered against unanswered passages.

    Args:
        limit: most rows of each data set, drawn at random.
    """
    for data, takes in READER_SETS.items():
        chosen = _sample(rows, takes, limit)
        passages = [_passage(row) for row in chosen]
        readings = [reader(row.question, [p])[0] for row, p in zip(chosen, passages, strict=True)]
        seen = list(zip(chosen, passages, readings, strict=True))
        answered = [each for each in seen if each[0].answers]
        groups = [row.group for row, _, _ in answered]
        for name, values in _answer_scores(answered).items():
            yield measured(READER, data, name, mean_of(values), groups)
        if 0 < len(answered) < len(seen) and data in NEAR_MISS_SETS:
            scores = np.array([reading.answers for reading in readings])
            labels = np.array([float(bool(row.answers)) for row in chosen])
            every = [row.group for row in chosen]
            yield measured(READER, data, "AUC answered", auc_of(scores, labels), every)
            yield from _reliability(READER, data, "answered", scores, labels, every)


def _reliability(
    judge: str, data: str, what: str, scores: Values, labels: Values, groups: Sequence[str]
) -> Iterator[Measure]:
    """Yield the points of the reliability curve: how often what is judged so likely is so."""
    for name, chosen in reliability(scores).items():
        if len(chosen) >= MIN_KIND:
            own = [groups[i] for i in chosen]
            yield measured(judge, data, f"{what} where {name}", mean_of(labels[chosen]), own)


def _passage(row: PassageRow) -> ReaderPassage:
    head, text = row.passage[: row.head], row.passage[row.head :]
    return ReaderPassage(head, text, split_sentences(text, Span(start=0, end=len(text))))


def _answer_scores(seen: Sequence[tuple[PassageRow, ReaderPassage, Reading]]) -> dict[str, Values]:
    """Return the scores of each answered row; short answers are the best span of all sentences."""
    if not seen:
        return {}
    ranks = np.array([_rank(*each) for each in seen])
    found = {"answer sentence first": ranks <= 1, "answer sentence among 3": ranks <= 3}
    scores = {name: hits.astype(float) for name, hits in found.items()}
    if any(row.sentences_only for row, _, _ in seen):
        return scores
    short = [(_short_answer(passage, reading), _expected(row)) for row, passage, reading in seen]
    scores["short answer exact"] = np.array([exact_match(*each) for each in short])
    scores["short answer F1"] = np.array([token_f1(*each) for each in short])
    return scores


def _rank(row: PassageRow, passage: ReaderPassage, reading: Reading) -> int:
    ranges = [(start - row.head, end - row.head) for start, end in row.answers]
    holds = [any(span.start < end and span.end > start for start, end in ranges) for span in passage.sentences]
    return rank_of_answer(reading.sentences, holds)


def _short_answer(passage: ReaderPassage, reading: Reading) -> str:
    best = max((span for span in reading.spans if span), key=lambda span: span.score, default=None)
    return best.span.of(passage.text) if best else ""


def _expected(row: PassageRow) -> list[str]:
    return [row.passage[start:end] for start, end in row.answers]


def _sample(rows: Sequence[Row], takes: Callable[[Row], bool], limit: int | None) -> list[Row]:
    chosen = [row for row in rows if row.for_test and takes(row)]
    return chosen if limit is None or limit >= len(chosen) else Random(0).sample(chosen, limit)
