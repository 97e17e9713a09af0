"""Report aggregation: average the scores of cases into metrics with standard errors, per suite, type and tag."""

import math
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from evals.harness.cases import Case
from evals.harness.metric_registry import HELD_OUT
from evals.harness.run_inputs import RunInputs
from evals.harness.scorers import SCORERS
from evals.harness.scores import BROKEN, Observed, Score, Scorer, values
from index.types import Record, utc_now

SCHEMA_VERSION = 2
"""Version of the report's JSON; changes if a field is removed or changes meaning, not if one is added."""
QUANTILES = {"seconds_p50": ("seconds", 0.5), "seconds_p95": ("seconds", 0.95), "evidence_p50": ("to_evidence", 0.5)}
BOOTSTRAP_RESAMPLES = 1000


class Metric(Record):
    """Metric: the mean and standard error of `n` scores; `unscored` counts cases that ended in an error."""

    mean: float | None
    stderr: float | None
    n: int
    unscored: int = 0


class CaseResult(Record):
    """CaseResult: the scores of one case, and enough of the answer to explain them."""

    id: str
    type: str
    tags: tuple[str, ...] = ()
    question: str
    verdict: str | None
    text: str
    expected: tuple[str, ...] = ()
    """Alternatives, one of which a right outcome contains; empty for a question that must be refused."""
    cited: tuple[str, ...] = ()
    """Quotes that the outcome cites."""
    gold: tuple[str, ...] = ()
    """Gold sentences that the outcome should cite."""
    chance: float | None = None
    """Probability from the answerability classifier that the collection answers the question."""
    seconds: float | None = None
    """Time to the whole answer."""
    scores: dict[str, float]
    reasons: dict[str, str]
    error: str | None = None


class RunInfo(NamedTuple):
    """RunInfo: the head of a report, with the suite and what it was run with."""

    suite: str
    style: str
    revision: str
    """Revision of the collection."""
    engine: str
    embedder: str


class Report(Record):
    """Report: the metrics and case results of one run of one suite."""

    schema_version: int = SCHEMA_VERSION
    suite: str
    created_at: str
    commit: str
    style: str
    revision: str
    engine: str
    embedder: str
    n_cases: int
    metrics: dict[str, Metric]
    slices: dict[str, dict[str, Metric]]
    """Metrics by type of case."""
    tags: dict[str, dict[str, Metric]]
    """Metrics by tag; a case may have several tags."""
    errors: int
    flagged: tuple[str, ...] = ()
    """Ids of cases that were not run, because their article was removed or no longer has their evidence."""
    inputs: RunInputs | None = None
    """What the run depended on; None in reports from before it was recorded."""
    cases: tuple[CaseResult, ...]


def summarise(
    info: RunInfo,
    cases: Sequence[Case],
    observed: Sequence[Observed],
    *,
    scorers: Mapping[str, Scorer] = SCORERS,
    timed: bool = True,
) -> Report:
    """Score every question with every scorer, and average the scores into a report."""
    scored = [
        {name: scorer(case, seen) for name, scorer in scorers.items()}
        for case, seen in zip(cases, observed, strict=True)
    ]
    return _report(
        info,
        [_result(c, o, s) for c, o, s in zip(cases, observed, scored, strict=True)],
        {**_averages(scored), **(_quantiles(observed) if timed else {})},
        slices=_parts([(case.type,) for case in cases], scored),
        tags=_parts([case.tags for case in cases], scored),
    )


def assembled(
    info: RunInfo, results: Sequence[CaseResult], names: Sequence[str], extra: Mapping[str, Metric] = {}
) -> Report:
    """Build a report from scored cases; held-out cases are also averaged separately."""
    holdout = [result for result in results if "held" in result.tags]
    metrics = means(results, names)
    if holdout:
        metrics |= {f"{HELD_OUT}{name}": metric for name, metric in means(holdout, names).items()}
    kinds = dict.fromkeys(result.type for result in results)
    tags = sorted({tag for result in results for tag in result.tags})
    return _report(
        info,
        results,
        {**metrics, **extra},
        slices={kind: means([r for r in results if r.type == kind], names) for kind in kinds},
        tags={tag: means([r for r in results if tag in r.tags], names) for tag in tags},
    )


def _report(
    info: RunInfo,
    results: Sequence[CaseResult],
    metrics: dict[str, Metric],
    *,
    slices: dict[str, dict[str, Metric]],
    tags: dict[str, dict[str, Metric]],
) -> Report:
    return Report(
        **info._asdict(),
        created_at=utc_now(),
        commit=current_commit(),
        n_cases=len(results),
        metrics=metrics,
        slices=slices,
        tags=tags,
        errors=sum(result.error is not None for result in results),
        cases=tuple(results),
    )


def means(results: Sequence[CaseResult], names: Sequence[str]) -> dict[str, Metric]:
    """Average each metric over the cases that have it; cases that ended in an error count as unscored."""
    broken = [BROKEN for result in results if result.error is not None]
    return {
        name: average([*(Score(value=r.scores[name]) for r in results if name in r.scores), *broken]) for name in names
    }


def _parts(labels: Sequence[Sequence[str]], scored: Sequence[Mapping[str, Score]]) -> dict[str, dict[str, Metric]]:
    """Average the scores of the cases with each label."""
    return {
        label: _averages([scores for own, scores in zip(labels, scored, strict=True) if label in own])
        for label in sorted({label for own in labels for label in own})
    }


def _averages(scored: Sequence[Mapping[str, Score]]) -> dict[str, Metric]:
    names = scored[0] if scored else ()
    found = {name: average(scores[name] for scores in scored) for name in names}
    if found:
        found["balanced"] = _balanced(found["answer_accuracy"], found["refusal_recall"])
    return found


def average(scores: Iterable[Score]) -> Metric:
    """Return the mean and standard error of the scores that have a value."""
    kept = list(scores)
    values = [score.value for score in kept if score.value is not None]
    unscored = sum(score.status == "error" for score in kept)
    if not values:
        return Metric(mean=None, stderr=None, n=0, unscored=unscored)
    stderr = float(np.std(values, ddof=1) / math.sqrt(len(values))) if len(values) > 1 else None
    return Metric(mean=float(np.mean(values)), stderr=stderr, n=len(values), unscored=unscored)


def _balanced(right: Metric, refused: Metric) -> Metric:
    """Return the balanced accuracy of answering and refusing; constant behaviour scores at most 0.5."""
    if right.mean is None or refused.mean is None:
        return Metric(mean=None, stderr=None, n=0, unscored=right.unscored + refused.unscored)
    spread = math.hypot(right.stderr or 0.0, refused.stderr or 0.0) / 2
    return Metric(
        mean=(right.mean + refused.mean) / 2,
        stderr=spread,
        n=right.n + refused.n,
        unscored=right.unscored + refused.unscored,
    )


def _quantiles(observed: Sequence[Observed]) -> dict[str, Metric]:
    times = {
        "seconds": np.array([seen.seconds for seen in observed if seen.answer is not None]),
        "to_evidence": np.array([seen.seconds_to_evidence for seen in observed if seen.answer is not None]),
    }
    missing = sum(seen.answer is None for seen in observed)
    return {name: quantile(times[which], q, missing) for name, (which, q) in QUANTILES.items()}


def quantile(values: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]", q: float, missing: int) -> Metric:
    """Return the q-quantile of values of shape (n,) with its bootstrapped standard error."""
    if not len(values):
        return Metric(mean=None, stderr=None, n=0, unscored=missing)
    resampled = np.random.default_rng(0).choice(values, size=(BOOTSTRAP_RESAMPLES, len(values)))
    spread = float(np.std(np.quantile(resampled, q, axis=1)))
    return Metric(mean=float(np.quantile(values, q)), stderr=spread, n=len(values), unscored=missing)


def _result(case: Case, seen: Observed, scores: Mapping[str, Score]) -> CaseResult:
    return CaseResult(
        id=case.id,
        type=case.type,
        tags=case.tags,
        question=case.question,
        verdict=seen.answer.verdict if seen.answer else None,
        text=seen.answer.text if seen.answer else "",
        expected=case.answers if case.answerable else (),
        cited=tuple(citation.quote for citation in seen.answer.citations) if seen.answer else (),
        gold=tuple(gold.quote for gold in case.evidence),
        chance=seen.probability,
        seconds=seen.seconds if seen.answer else None,
        scores=values(scores),
        reasons={name: score.reason for name, score in scores.items() if score.reason},
        error=seen.error,
    )


def current_commit() -> str:
    """Return the commit of this checkout, with `+` if it has changes, or `unknown` outside a checkout."""
    command = [
        "git",
        "-C",
        str(Path(__file__).parent),
        "describe",
        "--always",
        "--abbrev=9",
        "--exclude=*",
        "--dirty=+",
    ]
    try:
        found = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return "unknown"
    return found.stdout.strip() or "unknown"


def as_json(report: Report) -> dict[str, object]:
    """Return the report as JSON data with each metric as a top-level field, under its registered name."""
    body = report.model_dump()
    return {
        **{name: body[name] for name in body if name not in ("metrics", "cases")},
        **body["metrics"],
        "cases": body["cases"],
    }
