"""Text report: format a run and a comparison for a terminal."""

import textwrap
from itertools import zip_longest

from evals.harness.comparison import Comparison, Flip, MetricChange, flagged_line, shown
from evals.harness.metric_registry import in_order
from evals.harness.reporting.failures import about, columns, worst_first
from evals.harness.summary import Metric, Report

COLUMN_WIDTH = 56


def as_text(report: Report) -> str:
    """Format the metrics as a table, then by type and by tag."""
    lines = [about(report), ""]
    lines += [f"{name:<26}{_number(report.metrics[name])}" for name in in_order(set(report.metrics))]
    for title, parts in (("type", report.slices), ("tag", report.tags)):
        lines += _slices(title, parts) if parts else []
    flagged = [flagged_line(report)] if report.flagged else []
    return "\n".join([*lines, "", f"errors: {report.errors}", *flagged])


def _slices(title: str, parts: dict[str, dict[str, Metric]]) -> list[str]:
    names = columns(parts)
    lines = ["", f"{title:<18}" + "".join(f"{name:>20}" for name in names)]
    for part, metrics in parts.items():
        lines.append(f"{part:<18}" + "".join(f"{short(metrics.get(name)):>20}" for name in names))
    return lines


def comparison_text(found: Comparison) -> str:
    """Format each metric before and now, the flips with both answers, and finally the failures."""
    lines = [f"{found.suite} against {found.against}", ""]
    lines += [_row(change) for change in found.changes]
    if found.flips:
        lines += ["", f"{len(found.flips)} cases flipped ({sum(flip.worse for flip in found.flips)} for the worse):"]
        lines += [line for flip in worst_first(found.flips) for line in _beside(flip)]
    lines += [f"note: {note}" for note in found.notes]
    lines += ["", *(f"FAILED: {failure}" for failure in found.failures)]
    return "\n".join([*lines, "the gate holds" if not found.failures else "the gate fails"])


def _row(change: MetricChange) -> str:
    verdict = {"fell": "FELL", "gone": "GONE"}.get(change.verdict, change.verdict)
    spread = "" if change.verdict == "same" or change.low is None else f" [{change.low:+.3f}, {change.high:+.3f}]"
    return f"{change.measure:<26}{shown(change.before):<26}{shown(change.now):<26}{verdict}{spread}"


def _beside(flip: Flip) -> list[str]:
    """Format both answers in two columns."""
    wanted = " | ".join(flip.expected) or "a refusal"
    lines = ["", f"{'worse' if flip.worse else 'better'}: {flip.id}: {flip.measure} {flip.before:g} -> {flip.now:g}"]
    lines += textwrap.wrap(
        f"{flip.question} (wanted: {wanted})", 2 * COLUMN_WIDTH, initial_indent="  ", subsequent_indent="  "
    )
    for then, now in zip_longest(
        _wrapped("then: " + flip.text_before), _wrapped("now: " + flip.text_now), fillvalue=""
    ):
        lines.append(f"  {then:<{COLUMN_WIDTH}} | {now}".rstrip())
    return lines


def _wrapped(text: str) -> list[str]:
    return [line for each in text.split("\n") for line in textwrap.wrap(each, COLUMN_WIDTH) or [""]]


def _number(metric: Metric) -> str:
    unscored = f"  (unscored {metric.unscored})" if metric.unscored else ""
    if metric.mean is None:
        return f"{'-':>8}  n=0{unscored}"
    return f"{metric.mean:8.3f} ± {metric.stderr or 0.0:.3f}  n={metric.n}{unscored}"


def short(metric: Metric | None) -> str:
    """Format a mean with its number of cases, or `-`."""
    return "-" if metric is None or metric.mean is None else f"{metric.mean:.2f} (n={metric.n})"
