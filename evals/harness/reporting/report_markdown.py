"""Markdown report: format a run for a pull-request comment."""

from evals.harness.comparison import Comparison, flagged_line, shown
from evals.harness.metric_registry import in_order, metric_info
from evals.harness.reporting.failures import about, columns, failed, reasons, worst_first
from evals.harness.reporting.report_text import short
from evals.harness.summary import CaseResult, Metric, Report
from service.rendering.escaping import escape_markdown

MAX_CASES_SHOWN = 50
"""Maximum number of flipped and of failed cases shown, so that the comment stays readable."""


def as_markdown(report: Report, found: Comparison | None = None) -> str:
    """Format the outcome, then the metrics, flips, slices and failed cases."""
    lines = [f"### {about(report)}", "", *_outcome(report, found), *_measures(report, found)]
    if report.flagged and not found:
        lines += [_safe(flagged_line(report)), ""]
    if found and found.flips:
        lines += _flips(found)
    lines += [*_slices("type", report.slices), *_slices("tag", report.tags), *_wrong(failed(report))]
    return "\n".join(lines) + "\n"


def _outcome(report: Report, found: Comparison | None) -> list[str]:
    if found is None:
        return [f"No baseline to compare with. {report.errors} errors.", ""]
    head = "**The gate fails.**" if found.failures else "The gate holds."
    remarks = [f"- {_safe(line)}" for line in (*found.failures, *found.notes)]
    return [f"{head} Against {found.against}.", "", *remarks, ""]


def _measures(report: Report, found: Comparison | None) -> list[str]:
    changes = {change.measure: change for change in found.changes} if found else {}
    lines = ["| measure | | now | before | change |", "|---|---|---|---|---|"]
    for name in in_order(set(report.metrics)):
        now, change, known = report.metrics[name], changes.get(name), metric_info(name)
        if now.mean is None:
            continue
        before, verdict = (shown(change.before), change.verdict) if change else ("", "")
        if change and change.low is not None and change.verdict != "same":
            verdict = f"{verdict} [{change.low:+.3f}, {change.high:+.3f}]"
        lines.append(f"| {name} | {known.says if known else ''} | {shown(now)} | {before} | {verdict} |")
    return [*lines, ""]


def _flips(found: Comparison) -> list[str]:
    worse = sum(flip.worse for flip in found.flips)
    lines = [f"<details><summary>{len(found.flips)} cases flipped, {worse} for the worse</summary>", ""]
    lines += ["| case | wanted | before | now |", "|---|---|---|---|"]
    for flip in worst_first(found.flips)[:MAX_CASES_SHOWN]:
        mark = "worse" if flip.worse else "better"
        asked = f"{mark}: {flip.id}<br>{_safe(flip.question)}"
        wanted = _safe(" / ".join(flip.expected) or "a refusal")
        lines.append(f"| {asked} | {wanted} | {_safe(flip.text_before)} | {_safe(flip.text_now)} |")
    return [*lines, "", "</details>", ""]


def _slices(title: str, parts: dict[str, dict[str, Metric]]) -> list[str]:
    names = columns(parts)
    if not names:
        return []
    lines = [f"| {title} | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|"]
    for part, metrics in parts.items():
        lines.append(f"| {part} | {' | '.join(short(metrics.get(name)) for name in names)} |")
    return [*lines, ""]


def _wrong(cases: list[CaseResult]) -> list[str]:
    lines = [f"<details><summary>{len(cases)} cases went wrong</summary>", ""]
    for case in cases[:MAX_CASES_SHOWN]:
        lines += [
            f"- **{_safe(case.question)}** ({case.id})<br>{_safe('; '.join(reasons(case)))}<br>{_safe(case.text)}"
        ]
    if len(cases) > MAX_CASES_SHOWN:
        lines.append(f"- and {len(cases) - MAX_CASES_SHOWN} more: see the page")
    return [*lines, "", "</details>"]


def _safe(text: str) -> str:
    """Return untrusted text as one line with all Markdown escaped."""
    return escape_markdown(text.replace("\n", " / "))
