"""Failed cases, and the reason in a line."""

from collections.abc import Sequence

from evals.harness.comparison import Flip
from evals.harness.metric_registry import METRICS
from evals.harness.summary import CaseResult, Metric, Report


def reasons(case: CaseResult) -> list[str]:
    """Reasons for which the case counts as failed: an error, a broken invariant, or a wrong outcome."""
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
    """The failed cases, in the order they were run."""
    return [case for case in report.cases if reasons(case)]


def columns(parts: dict[str, dict[str, Metric]]) -> list[str]:
    """Metrics that a table of slices shows: those that show flips, where they were measured."""
    found = {name for metrics in parts.values() for name, metric in metrics.items() if metric.mean is not None}
    return [name for name, known in METRICS.items() if known.flips and name in found]


def worst_first(flips: Sequence[Flip]) -> list[Flip]:
    """Cases that are worse now, then those that are better."""
    return sorted(flips, key=lambda flip: not flip.worse)


def about(report: Report) -> str:
    """The run, its style, commit and models in a line."""
    return (
        f"{report.suite}: {report.n_cases} cases, style {report.style}, commit {report.commit}, "
        f"{report.created_at[:10]}, {report.engine}, {report.embedder}"
    )
