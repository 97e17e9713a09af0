"""From the scores of cases to a report: means with their error bars, and what each case got."""

import math
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from evals.cases import Case
from evals.scorers import SCORERS, Observed, Score
from index.types import Record, utc_now

SCHEMA = 1
QUANTILES = {"seconds_p50": ("seconds", 0.5), "seconds_p95": ("seconds", 0.95), "evidence_p50": ("to_evidence", 0.5)}
RESAMPLES = 1000


class Metric(Record):
    """A mean with its standard error over `n` scores; `unscored` cases gave none."""

    mean: float | None
    stderr: float | None
    n: int
    unscored: int = 0


class CaseResult(Record):
    """One case: its scores and enough of the answer to see why."""

    id: str
    type: str
    question: str
    verdict: str | None
    text: str
    scores: dict[str, float]
    reasons: dict[str, str]
    error: str | None = None


class Report(Record):
    """One run of one set."""

    schema_version: int = SCHEMA
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
    errors: int
    cases: tuple[CaseResult, ...]


def summarise(
    suite: str,
    cases: Sequence[Case],
    observed: Sequence[Observed],
    *,
    style: str,
    revision: str,
    engine: str,
    embedder: str,
) -> Report:
    """Score every case with every scorer and average."""
    scored = [
        {name: scorer(case, seen) for name, scorer in SCORERS.items()}
        for case, seen in zip(cases, observed, strict=True)
    ]
    types = sorted({case.type for case in cases})
    return Report(
        suite=suite,
        created_at=utc_now(),
        commit=current_commit(),
        style=style,
        revision=revision,
        engine=engine,
        embedder=embedder,
        n_cases=len(cases),
        metrics={**_averages(scored), **_quantiles(observed)},
        slices={kind: _averages([s for c, s in zip(cases, scored, strict=True) if c.type == kind]) for kind in types},
        errors=sum(seen.error is not None for seen in observed),
        cases=tuple(_result(c, o, s) for c, o, s in zip(cases, observed, scored, strict=True)),
    )


def _averages(scored: Sequence[Mapping[str, Score]]) -> dict[str, Metric]:
    found = {name: average(scores[name] for scores in scored) for name in SCORERS}
    right, refused = found["answer_accuracy"], found["refusal_recall"]
    found["balanced"] = _balanced(right, refused)
    return found


def average(scores: Iterable[Score]) -> Metric:
    """Mean and standard error of the scores that are numbers."""
    kept = list(scores)
    values = [score.value for score in kept if score.value is not None]
    unscored = sum(score.status == "error" for score in kept)
    if not values:
        return Metric(mean=None, stderr=None, n=0, unscored=unscored)
    stderr = float(np.std(values, ddof=1) / math.sqrt(len(values))) if len(values) > 1 else None
    return Metric(mean=float(np.mean(values)), stderr=stderr, n=len(values), unscored=unscored)


def _balanced(right: Metric, refused: Metric) -> Metric:
    """Half answering well, half refusing well: no constant behaviour scores above one half."""
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
    """The q-quantile with its bootstrapped standard error."""
    if not len(values):
        return Metric(mean=None, stderr=None, n=0, unscored=missing)
    resampled = np.random.default_rng(0).choice(values, size=(RESAMPLES, len(values)))
    spread = float(np.std(np.quantile(resampled, q, axis=1)))
    return Metric(mean=float(np.quantile(values, q)), stderr=spread, n=len(values), unscored=missing)


def _result(case: Case, seen: Observed, scores: Mapping[str, Score]) -> CaseResult:
    return CaseResult(
        id=case.id,
        type=case.type,
        question=case.question,
        verdict=seen.answer.verdict if seen.answer else None,
        text=seen.answer.text if seen.answer else "",
        scores={name: score.value for name, score in scores.items() if score.value is not None},
        reasons={name: score.reason for name, score in scores.items() if score.reason},
        error=seen.error,
    )


def current_commit() -> str:
    """The commit of this checkout, `+` when it has changes, or `unknown` outside one."""
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
    """The report with its metrics at the top level, by the names of the contract."""
    body = report.model_dump()
    return {
        **{name: body[name] for name in body if name not in ("metrics", "cases")},
        **body["metrics"],
        "cases": body["cases"],
    }
