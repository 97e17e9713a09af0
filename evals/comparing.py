"""A run against the baseline: what fell, what rose, which cases flipped, and whether a promise is broken."""

import json
from pathlib import Path

from pydantic import ValidationError

from evals.summarising import Metric, Report
from index.errors import InputError
from index.types import Record

BASELINE = Path(__file__).with_name("baseline.json")

HIGHER_IS_BETTER = (
    "answer_accuracy",
    "refusal_recall",
    "balanced",
    "citation_precision",
    "citation_recall",
    "cited_article",
    "retrieval_hit@1",
    "retrieval_hit@5",
    "retrieval_mrr",
    "evidence_hit@1",
    "evidence_hit@3",
    "faithful_accepted",
    "altered_rejected",
    "held_faithful_accepted",
    "held_altered_rejected",
    "followup_resolved",
    "followup_untouched",
    "followup_cited",
    "held_followup_resolved",
    "held_followup_untouched",
    "vital_nuggets",
    "okay_nuggets",
    "line_citations",
    "timeline_dates",
    "events_found",
    "speakers_right",
    "speakers_found",
    "differences_found",
)
LOWER_IS_BETTER = ("wrongly_refused", "wrong_answer_given", "same_points", "events_doubled", "false_differences")
PROMISES = {"cited_sentences": 1.0, "fabricated_citations": 0.0, "unsupported_tokens": 0.0}
"""Not a matter of degree: any other mean fails."""
FLIPPING = (
    "answer_accuracy",
    "refusal_recall",
    "faithful_accepted",
    "altered_rejected",
    "followup_resolved",
    "followup_untouched",
    "vital_nuggets",
    "differences_found",
)


class Kept(Record):
    """What the baseline remembers of a run."""

    commit: str
    created_at: str
    metrics: dict[str, Metric]
    verdicts: dict[str, dict[str, float]]
    """For each case, the scores whose flips are shown."""


class Comparison(Record):
    """The outcome; `failures` empty means the merge may go on."""

    against: str
    failures: tuple[str, ...]
    rows: tuple[tuple[str, str, str, str], ...]
    """Metric, baseline, now, and what that means."""
    flips: tuple[str, ...]


def compare(report: Report, path: Path = BASELINE) -> Comparison:
    """Hold a run against the baseline of its suite.

    A metric fails when it moves the wrong way by more than its standard error in the baseline.

    Raises:
        InputError: there is no baseline for this suite.
    """
    kept = _read(path).get(report.suite)
    if kept is None:
        raise InputError(f"no baseline for suite {report.suite!r}; write one with `footnote eval compare --accept`")
    failures = [*_broken(report), *_fallen(report, kept)]
    if report.errors:
        failures.append(f"{report.errors} cases ended in an error")
    names = [*PROMISES, *HIGHER_IS_BETTER, *LOWER_IS_BETTER]
    rows = tuple(
        (name, _shown(kept.metrics[name]), _shown(report.metrics[name]), _verdict(name, failures))
        for name in names
        if name in kept.metrics and name in report.metrics
    )
    return Comparison(
        against=f"{kept.commit} of {kept.created_at[:10]}",
        failures=tuple(failures),
        rows=rows,
        flips=tuple(_flips(report, kept)),
    )


def accept(report: Report, path: Path = BASELINE) -> None:
    """Make this run the baseline of its suite."""
    kept = {**_read(path), report.suite: _keep(report)}
    body = {suite: run.model_dump() for suite, run in sorted(kept.items())}
    path.write_text(json.dumps(body, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _keep(report: Report) -> Kept:
    timed = ("seconds_p50", "seconds_p95", "evidence_p50", "gate_ms_p50")
    return Kept(
        commit=report.commit,
        created_at=report.created_at,
        metrics={name: metric for name, metric in report.metrics.items() if name not in timed},
        verdicts={
            case.id: {name: case.scores[name] for name in FLIPPING if name in case.scores} for case in report.cases
        },
    )


def _read(path: Path) -> dict[str, Kept]:
    if not path.exists():
        return {}
    try:
        return {suite: Kept.model_validate(run) for suite, run in json.loads(path.read_text(encoding="utf-8")).items()}
    except (ValueError, ValidationError) as error:
        raise InputError(f"the baseline {str(path)!r} cannot be read: {str(error).splitlines()[0]}") from error


def _broken(report: Report) -> list[str]:
    return [
        f"promise broken: {name} is {report.metrics[name].mean:.4g}, must be {promised:g}"
        for name, promised in PROMISES.items()
        if name in report.metrics and report.metrics[name].mean is not None and report.metrics[name].mean != promised
    ]


def _fallen(report: Report, kept: Kept) -> list[str]:
    found: list[str] = []
    for names, sign in ((HIGHER_IS_BETTER, 1.0), (LOWER_IS_BETTER, -1.0)):
        for name in names:
            before, now = kept.metrics.get(name), report.metrics.get(name)
            if before is None or before.mean is None:
                continue
            if now is None:
                found.append(f"{name} is no longer measured")
            elif now.mean is None or sign * (before.mean - now.mean) > (before.stderr or 0.0) + 1e-9:
                found.append(f"{name} went from {_shown(before)} to {_shown(now)}")
    return found


def _verdict(name: str, failures: list[str]) -> str:
    return "FAILS" if any(name in failure.split() or f"{name} " in failure for failure in failures) else "ok"


def _flips(report: Report, kept: Kept) -> list[str]:
    return [
        f"{case.id}: {name} {kept.verdicts[case.id][name]:g} -> {case.scores[name]:g}: {case.question}\n"
        f"    now: {case.text}"
        for case in report.cases
        for name in FLIPPING
        if name in case.scores and kept.verdicts.get(case.id, {}).get(name, case.scores[name]) != case.scores[name]
    ]


def _shown(metric: Metric) -> str:
    if metric.mean is None:
        return "-"
    return f"{metric.mean:.3f} ± {metric.stderr or 0.0:.3f} (n={metric.n})"
