"""Scores: the input of a scorer (the observation of a case) and its output (a number or a reason)."""

from collections.abc import Callable, Mapping
from typing import Literal

from evals.harness.cases import Case
from index.types import Record
from service.answering.types import Answer, Citation

Status = Literal["scored", "does_not_apply", "error"]


class Located(Record):
    """Located: the span of a gold sentence in its article."""

    article_id: str
    start: int
    end: int


class Observed(Record):
    """Observed: what the service did with one case; the input of every question scorer."""

    answer: Answer | None = None
    error: str | None = None
    evidence: tuple[Citation, ...] = ()
    """Best evidence sentences, present also for a refused question."""
    retrieved: tuple[str, ...] = ()
    """Distinct article ids in the order of the retrieved passages."""
    gold: tuple[Located, ...] = ()
    """Spans of the gold sentences; empty if the case lists only gold articles."""
    resolving: tuple[bool, ...] = ()
    """For each citation, whether the stored article has exactly its quote at its span."""
    probability: float | None = None
    """Probability from the answerability classifier that the collection answers the question."""
    seconds: float = 0.0
    seconds_to_evidence: float = 0.0


class Score(Record):
    """Score: the value of one metric for one case, or the status that explains why there is none."""

    value: float | None
    status: Status = "scored"
    reason: str = ""


Scorer = Callable[[Case, Observed], Score]


def values(scores: Mapping[str, Score]) -> dict[str, float]:
    """Return the values of the scores that have one."""
    return {name: score.value for name, score in scores.items() if score.value is not None}


NOT_APPLICABLE = Score(value=None, status="does_not_apply")
BROKEN = Score(value=None, status="error")
