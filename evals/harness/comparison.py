"""Regression test: compare a run with its baseline case by case for fallen metrics, flips and broken invariants."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from evals.harness.baselines import BASELINES, DECIMALS, Baseline, BaselineCase, broken_invariants, read_baseline
from evals.harness.metric_registry import HELD_OUT, METRICS, gates, in_order, metric_info, unregistered
from evals.harness.summary import CaseResult, Metric, Report
from index.errors import InputError
from index.types import Record

CONFIDENCE = 0.9
"""Level of the two-sided interval, so a fall fails the gate at a one-sided significance level of 5 %."""
BOOTSTRAP_RESAMPLES = 4999

Verdict = Literal["fell", "rose", "same", "within error", "gone"]
Values = NDArray[np.float64]


class MetricChange(Record):
    """MetricChange: one metric in the baseline and in this run, over the cases that both have."""

    measure: str
    before: Metric
    now: Metric | None
    pairs: int
    mean: float | None
    """Mean of the paired differences; positive if the metric is higher now."""
    low: float | None
    high: float | None
    """`low` and `high`: the bootstrap interval of that mean."""
    verdict: Verdict


class Flip(Record):
    """Flip: a case whose score changed in a metric registered with `flips`."""

    id: str
    measure: str
    question: str
    expected: tuple[str, ...]
    before: float
    now: float
    text_before: str
    text_now: str
    worse: bool


class Comparison(Record):
    """Comparison: the outcome of comparing a run with its baseline; any `failures` block a merge."""

    suite: str
    against: str
    failures: tuple[str, ...]
    notes: tuple[str, ...]
    changes: tuple[MetricChange, ...]
    flips: tuple[Flip, ...]


class PairedCase(NamedTuple):
    """PairedCase: one case in the baseline and in this run."""

    before: BaselineCase
    now: CaseResult


def compare(report: Report, folder: Path = BASELINES) -> Comparison:
    """Compare a run with the baseline of its suite.

    Raises:
        InputError: if there is no baseline for this suite.
    """
    kept = read_baseline(report.suite, folder)
    if kept is None:
        raise InputError(f"no baseline for suite {report.suite!r}; write one with `footnote eval compare --accept`")
    pairs = [PairedCase(kept.cases[case.id], case) for case in report.cases if case.id in kept.cases]
    changes = [change for name in in_order(set(kept.metrics)) if (change := _change(name, kept, report, pairs))]
    failures = [*unregistered({*kept.metrics, *report.metrics}), *broken_invariants(report)]
    if not pairs:
        failures.append("no case of the baseline was run")
    failures += [_failure(change) for change in changes if change.verdict in ("fell", "gone")]
    if report.errors:
        first = next(case for case in report.cases if case.error)
        failures.append(f"{report.errors} cases ended in an error, the first {first.id}: {first.error}")
    return Comparison(
        suite=report.suite,
        against=f"commit {kept.commit}, accepted {kept.accepted_at[:10]}",
        failures=tuple(failures),
        notes=tuple(_notes(report, kept, len(pairs))),
        changes=tuple(changes),
        flips=tuple(flip for pair in pairs for flip in _flips(pair)),
    )


def _change(name: str, kept: Baseline, report: Report, pairs: Sequence[PairedCase]) -> MetricChange | None:
    before, now = kept.metrics[name], report.metrics.get(name)
    if before.mean is None or not gates(name):
        return None
    samples = _differences(name, pairs)
    if not _was_scored(name, pairs):
        return None  # only part of the set was run, without any case of this metric
    if now is None or now.mean is None or any(not len(sample) for sample in samples):
        return MetricChange(
            measure=name, before=before, now=now, pairs=0, mean=None, low=None, high=None, verdict="gone"
        )
    mean = float(np.mean([sample.mean() for sample in samples]))
    low, high = interval(samples)
    known = metric_info(name)
    return MetricChange(
        measure=name,
        before=before,
        now=now,
        pairs=sum(len(sample) for sample in samples),
        mean=mean,
        low=low,
        high=high,
        verdict=_verdict(low, high, lower_is_better=known is not None and known.better == "lower"),
    )


def _parts(name: str) -> tuple[str, ...]:
    """Return the per-case metrics behind a metric; `balanced` combines two metrics that share no case."""
    return ("answer_accuracy", "refusal_recall") if name == "balanced" else (name.removeprefix(HELD_OUT),)


def _cases_of(name: str, pairs: Sequence[PairedCase]) -> list[PairedCase]:
    return [pair for pair in pairs if not name.startswith(HELD_OUT) or "held" in pair.now.tags]


def _was_scored(name: str, pairs: Sequence[PairedCase]) -> bool:
    return all(any(part in pair.before.scores for pair in _cases_of(name, pairs)) for part in _parts(name))


def _differences(name: str, pairs: Sequence[PairedCase]) -> list[Values]:
    """Return, for each part of the metric, the per-case differences: now minus before."""
    parts, chosen = _parts(name), _cases_of(name, pairs)
    return [
        np.array(
            [
                round(pair.now.scores[part] - pair.before.scores[part], DECIMALS - 1)
                for pair in chosen
                if part in pair.now.scores and part in pair.before.scores
            ]
        )
        for part in parts
    ]


def interval(samples: Sequence[Values]) -> tuple[float, float]:
    """Return the percentile bootstrap interval (Efron 1979) of the mean of the samples' means, with a fixed seed.

    Cases are resampled within each sample. If all values of each sample are equal the interval is a point; if a sample
    has a single case it is unbounded, because one case tells nothing about the variance.
    """
    if all(len(set(sample.tolist())) == 1 for sample in samples):
        point = float(np.mean([sample.mean() for sample in samples]))
        return (point, point) if min(map(len, samples)) > 1 else (-np.inf, np.inf)
    if min(map(len, samples)) < 2:
        return -np.inf, np.inf
    mean: Callable[..., Values] = lambda *drawn, axis=-1: sum(d.mean(axis=axis) for d in drawn) / len(drawn)  # noqa: E731
    found = stats.bootstrap(
        samples,
        mean,
        n_resamples=BOOTSTRAP_RESAMPLES,
        batch=500,
        confidence_level=CONFIDENCE,
        method="percentile",
        vectorized=True,
        rng=np.random.default_rng(0),
    ).confidence_interval
    return float(found.low), float(found.high)


def _verdict(low: float, high: float, *, lower_is_better: bool) -> Verdict:
    if low == high == 0.0:
        return "same"
    if lower_is_better:
        low, high = -high, -low
    return "fell" if high < 0.0 else "rose" if low > 0.0 else "within error"


def _failure(change: MetricChange) -> str:
    if change.verdict == "gone" or change.now is None:
        return f"{change.measure} is no longer measured"
    return (
        f"{change.measure} went from {shown(change.before)} to {shown(change.now)}: {change.mean:+.3f}, "
        f"{CONFIDENCE:.0%} interval {change.low:+.3f} to {change.high:+.3f} over {change.pairs} paired cases"
    )


def _notes(report: Report, kept: Baseline, pairs: int) -> list[str]:
    found = []
    if new := len(report.cases) - pairs:
        found.append(f"{new} cases are not in the baseline: accept a run to have them compared")
    if report.flagged:
        found.append(flagged_line(report))
    if gone := len(kept.cases.keys() - set(report.flagged)) - pairs:
        found.append(f"{gone} cases of the baseline were not run")
    for name in ("style", "engine", "embedder"):
        then, now = getattr(kept, name), getattr(report, name)
        if then != now:
            found.append(f"the baseline's {name} was {then}, this run's is {now}")
    return found


def flagged_line(report: Report) -> str:
    """Name the flagged cases of a run in one line."""
    named = ", ".join(report.flagged)
    return f"{len(report.flagged)} flagged, not scored, as their article was removed or changed: {named}"


def _flips(pair: PairedCase) -> list[Flip]:
    return [
        Flip(
            id=pair.now.id,
            measure=name,
            question=pair.now.question,
            expected=pair.now.expected,
            before=pair.before.scores[name],
            now=pair.now.scores[name],
            text_before=pair.before.text,
            text_now=pair.now.text,
            worse=(pair.now.scores[name] < pair.before.scores[name]) == (known.better == "higher"),
        )
        for name, known in METRICS.items()
        if known.flips
        and name in pair.now.scores
        and round(pair.before.scores.get(name, pair.now.scores[name]) - pair.now.scores[name], DECIMALS - 1)
    ]


def shown(metric: Metric | None) -> str:
    """Format a metric with its standard error and number of cases, or `-`."""
    if metric is None or metric.mean is None:
        return "-"
    return f"{metric.mean:.3f} ± {metric.stderr or 0.0:.3f} (n={metric.n})"
