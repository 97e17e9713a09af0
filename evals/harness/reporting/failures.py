"""Failed cases: select them and give one-line reasons, for all report formats."""

from collections.abc import Sequence

from evals.harness.comparison import Flip
from evals.harness.metric_registry import METRICS
from evals.harness.summary import CaseResult, Metric, Report


def reasons(case: CaseResult) -> list[str]:
    """Return why the case failed: an error, broken invariants, or a score below 1 in a metric that shows flips."""
    if case.error is not None:
        return [case.error]
    return [line for name, value in case.scores.items() if (line := _reason(case, name, value))]


def _reason(case: CaseResult, name: str, value: float) -> str | None:
    known = METRICS.get(name)
    if known is None:
        return None
    broken = known.invariant is not None and value != known.invariant
    if not broken and not (known.flips and value < 1.0):
        return None
    why = case.reasons.get(name, "")
    return f"{name} is {value:g}{': ' if why else ''}{why}"


def failed(report: Report) -> list[CaseResult]:
    """Return the failed cases, in the order in which they were run."""
    return [case for case in report.cases if reasons(case)]


def columns(parts: dict[str, dict[str, Metric]]) -> list[str]:
    """Return the metrics that a table of slices shows: those registered with `flips` that have a value."""
    found = {name for metrics in parts.values() for name, metric in metrics.items() if metric.mean is not None}
    return [name for name, known in METRICS.items() if known.flips and name in found]


def worst_first(flips: Sequence[Flip]) -> list[Flip]:
    """Sort the cases that got worse before those that got better."""
    return sorted(flips, key=lambda flip: not flip.worse)


def about(report: Report) -> str:
    """Describe the run in one line: suite, style, commit, date and models."""
    return (
        f"{report.suite}: {report.n_cases} cases, style {report.style}, commit {report.commit}, "
        f"{report.created_at[:10]}, {report.engine}, {report.embedder}"
    )
