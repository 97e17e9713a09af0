"""Scores of judges: AUC, acceptance at a false acceptance rate, answer sentences and short answers, with intervals."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from evals.harness.text_matching import normalise
from evals.studies.fitting.roc import auc
from index.types import Record

Values = NDArray[np.float64]
Indices = NDArray[np.int64]
Statistic = Callable[[Indices], float]
"""Function from the indices of a sample of the rows to a number; not a number where the sample does not give one."""

RESAMPLES = 200
FIFTHS = 5
"""Number of points of a reliability curve."""


class Measure(Record):
    """Measure: one number of the table, with its 95 % interval."""

    judge: str
    data: str
    name: str
    value: float
    low: float
    high: float
    n: int
    """Number of rows."""
    groups: int
    """Number of articles or documents they come from, which are what the bootstrap resamples."""


def measured(judge: str, data: str, name: str, statistic: Statistic, groups: Sequence[str]) -> Measure:
    """Return a statistic of all rows with its percentile interval of the cluster bootstrap (Efron 1979), seed 0.

    Args:
        groups: the group of each row; groups are resampled, because the rows of one article depend on each other.
    """
    members: dict[str, list[int]] = defaultdict(list)
    for i, group in enumerate(groups):
        members[group].append(i)
    found = [np.array(each) for each in members.values()]
    random = np.random.default_rng(0)
    drawn = [
        statistic(np.concatenate([found[i] for i in random.integers(len(found), size=len(found))]))
        for _ in range(RESAMPLES)
    ]
    finite = np.array([value for value in drawn if np.isfinite(value)])
    low, high = np.quantile(finite, (0.025, 0.975)) if len(finite) else (np.nan, np.nan)
    value = statistic(np.arange(len(groups)))
    counts = {"n": len(groups), "groups": len(found)}
    return Measure(judge=judge, data=data, name=name, value=value, low=float(low), high=float(high), **counts)


def mean_of(values: Values) -> Statistic:
    """Return the statistic mean."""
    return lambda chosen: float(values[chosen].mean())


def auc_of(scores: Values, labels: Values) -> Statistic:
    """Return the statistic AUC; not a number for a sample of one class."""

    def statistic(chosen: Indices) -> float:
        found = labels[chosen]
        return auc(scores[chosen], found) if 0 < found.sum() < len(found) else np.nan

    return statistic


def accepted_of(scores: Values, labels: Values, among: Values, false: float) -> Statistic:
    """Return the statistic share accepted of the rows `among`, where a share `false` of the negatives is accepted.

    Args:
        scores, labels, among: shape (n,); `labels` and `among` hold 1 and 0.
    """

    def statistic(chosen: Indices) -> float:
        own, negative = scores[chosen][among[chosen] > 0], scores[chosen][labels[chosen] == 0]
        if not len(own) or not len(negative):
            return np.nan
        return float((own > np.quantile(negative, 1 - false)).mean())

    return statistic


def reliability(scores: Values) -> dict[str, Indices]:
    """Return the rows of each fifth of predicted probability, for a reliability curve (DeGroot and Fienberg 1983).

    A judge is calibrated where the share of positives among the rows of each fifth lies in it.

    Args:
        scores: log-odds, shape (n,).
    """
    fifth = np.minimum(FIFTHS / (1.0 + np.exp(-scores)), FIFTHS - 1).astype(int)
    step = 100 // FIFTHS
    return {f"judged {step * i} to {step * (i + 1)} % likely": np.flatnonzero(fifth == i) for i in range(FIFTHS)}


def rank_of_answer(scores: Sequence[float], answers: Sequence[bool]) -> int:
    """Return the rank, from 1, of the best sentence that holds the answer; one more than all if none does."""
    ranked = sorted(range(len(scores)), key=lambda i: -scores[i])
    return next((rank for rank, i in enumerate(ranked, 1) if answers[i]), len(scores) + 1)


def exact_match(found: str, expected: Sequence[str]) -> float:
    """Return 1 if the answer is one of the expected ones, once normalised."""
    return float(normalise(found) in {normalise(each) for each in expected})


def token_f1(found: str, expected: Sequence[str]) -> float:
    """Return the highest F1 of shared tokens with one of the expected answers, once normalised."""
    return max(_f1(normalise(found).split(), normalise(each).split()) for each in expected)


def _f1(found: Sequence[str], expected: Sequence[str]) -> float:
    shared = (Counter(found) & Counter(expected)).total()
    return 2 * shared / (len(found) + len(expected)) if shared else 0.0
