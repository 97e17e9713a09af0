"""Scores: the observation that a scorer is given, and the number or the reason that it gives."""

from collections.abc import Callable, Mapping
from typing import Literal

from evals.harness.cases import Case
from index.types import Record
from service.answering.types import Answer, Citation

Status = Literal["scored", "does_not_apply", "error"]


class Located(Record):
    """The span of a gold sentence in the collection."""

    article_id: str
    start: int
    end: int


class Observed(Record):
    """The observation of one case: the input of every scorer of questions."""

    answer: Answer | None = None
    error: str | None = None
    evidence: tuple[Citation, ...] = ()
    """The best evidence sentences, also when the question was refused."""
    retrieved: tuple[str, ...] = ()
    """Article ids in the order of the passages, each once."""
    gold: tuple[Located, ...] = ()
    """The case's gold sentences; empty when the set names only articles."""
    resolving: tuple[bool, ...] = ()
    """Whether each citation's quote is what the stored article holds at its span."""
    probability: float | None = None
    """The probability that the collection answers, by the answerability classifier."""
    seconds: float = 0.0
    seconds_to_evidence: float = 0.0


class Score(Record):
    """One number for one case, or why there is none."""

    value: float | None
    status: Status = "scored"
    reason: str = ""


Scorer = Callable[[Case, Observed], Score]


def values(scores: Mapping[str, Score]) -> dict[str, float]:
    """The scores that are numbers."""
    return {name: score.value for name, score in scores.items() if score.value is not None}


NOT_APPLICABLE = Score(value=None, status="does_not_apply")
BROKEN = Score(value=None, status="error")
