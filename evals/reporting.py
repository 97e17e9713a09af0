"""Reports and comparisons as text and Markdown."""

from evals.comparing import Comparison
from evals.summarising import Metric, Report

HEADLINES = (
    "answer_accuracy",
    "all_answers",
    "all_answers_alone",
    "wrongly_refused",
    "refusal_recall",
    "balanced",
    "cited_sentences",
    "citation_precision",
    "citation_recall",
    "cited_article",
    "fabricated_citations",
    "unsupported_tokens",
    "wrong_answer_given",
    "withheld_share",
    "retrieval_hit@1",
    "retrieval_hit@5",
    "retrieval_hit@10",
    "retrieval_cover@4",
    "retrieval_cover@10",
    "retrieval_mrr",
    "evidence_hit@1",
    "evidence_hit@3",
    "evidence_p50",
    "seconds_p50",
    "seconds_p95",
    "faithful_accepted",
    "altered_rejected",
    "evidence_considered",
    "held_faithful_accepted",
    "held_altered_rejected",
    "gate_ms_p50",
    "followup_resolved",
    "followup_untouched",
    "followup_cited",
    "unresolved_cited",
    "held_followup_resolved",
    "held_followup_untouched",
    "held_followup_cited",
    "vital_nuggets",
    "okay_nuggets",
    "line_citations",
    "same_points",
    "timeline_dates",
    "events_found",
    "events_doubled",
    "speakers_right",
    "speakers_found",
    "differences_found",
    "false_differences",
)
COLUMNS = (
    "answer_accuracy",
    "refusal_recall",
    "faithful_accepted",
    "altered_rejected",
    "followup_resolved",
    "followup_untouched",
    "vital_nuggets",
    "differences_found",
)


def as_text(report: Report) -> str:
    """The metrics as a table, then how each type of question fared."""
    lines = [_about(report), ""]
    lines += [f"{name:<24}{_number(report.metrics[name])}" for name in HEADLINES if name in report.metrics]
    columns = _columns(report)
    lines += ["", f"{'type':<18}" + "".join(f"{name:>20}" for name in columns)]
    for kind, metrics in report.slices.items():
        lines.append(f"{kind:<18}" + "".join(f"{_short(metrics[name]):>20}" for name in columns))
    return "\n".join([*lines, "", f"errors: {report.errors}"])


def as_markdown(report: Report) -> str:
    """The metrics, the types, and every case that went wrong with what was answered."""
    lines = [f"### {_about(report)}", "", "| metric | mean | error | n |", "|---|---|---|---|"]
    lines += [_row(name, report.metrics[name]) for name in HEADLINES if name in report.metrics]
    columns = _columns(report)
    lines += ["", f"| type | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"]
    for kind, metrics in report.slices.items():
        lines.append(f"| {kind} | {' | '.join(_short(metrics[name]) for name in columns)} |")
    lines += ["", "<details><summary>Cases that went wrong</summary>", ""]
    lines += [line for case in report.cases if _is_wrong(case.scores) for line in _wrong(case.question, case.text)]
    return "\n".join([*lines, "</details>"])


def comparison(found: Comparison) -> str:
    """Each metric before and now, the flips, and the failures last."""
    lines = [f"against {found.against}", ""]
    lines += [f"{name:<22}{before:<30}{now:<30}{verdict}" for name, before, now, verdict in found.rows]
    if found.flips:
        lines += ["", f"{len(found.flips)} cases flipped:", *found.flips]
    lines += ["", *(f"FAILED: {failure}" for failure in found.failures)]
    return "\n".join([*lines, "the gate holds" if not found.failures else "the gate fails"])


def _columns(report: Report) -> list[str]:
    found = {name for metrics in report.slices.values() for name in metrics}
    return [name for name in COLUMNS if name in found]


def _about(report: Report) -> str:
    return (
        f"{report.suite}: {report.n_cases} cases, style {report.style}, commit {report.commit}, "
        f"{report.created_at[:10]}, {report.engine}, {report.embedder}"
    )


def _number(metric: Metric) -> str:
    if metric.mean is None:
        return f"{'-':>8}  n=0 (unscored {metric.unscored})"
    return f"{metric.mean:8.3f} ± {metric.stderr or 0.0:.3f}  n={metric.n}" + (
        f"  (unscored {metric.unscored})" if metric.unscored else ""
    )


def _short(metric: Metric) -> str:
    return "-" if metric.mean is None else f"{metric.mean:.2f} (n={metric.n})"


def _row(name: str, metric: Metric) -> str:
    mean = "-" if metric.mean is None else f"{metric.mean:.3f}"
    error = "-" if metric.stderr is None else f"{metric.stderr:.3f}"
    return f"| {name} | {mean} | {error} | {metric.n} |"


def _is_wrong(scores: dict[str, float]) -> bool:
    return any(scores.get(name, 1.0) < 1.0 for name in COLUMNS)


def _wrong(question: str, text: str) -> list[str]:
    answer = " / ".join(text.split("\n"))
    return [f"- **{question}**", f"  {answer}"]
