"""Baselines: accepted runs, one file per suite, with one line per metric and per case so that diffs are readable."""

import json
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from evals.data import DATA
from evals.harness.metric_registry import gates, metric_info, unregistered
from evals.harness.summary import Metric, Report
from index.errors import InputError
from index.types import Record, utc_now

BASELINES = DATA / "baselines"
DECIMALS = 6
"""Decimal places of every number in a baseline."""


class BaselineCase(Record):
    """BaselineCase: the outcome and scores of one case in an accepted run."""

    verdict: str | None
    text: str
    scores: dict[str, float]
    """Only the metrics that can fail a merge."""


class Baseline(Record):
    """Baseline: an accepted run of one suite, with which later runs are compared."""

    suite: str
    commit: str
    accepted_at: str
    style: str
    engine: str
    embedder: str
    metrics: dict[str, Metric]
    cases: dict[str, BaselineCase]


def read_baseline(suite: str, folder: Path = BASELINES) -> Baseline | None:
    """Read the baseline of a suite; return None if no run was accepted.

    Raises:
        InputError: if a line cannot be parsed; the message names file and line.
    """
    path = folder / f"{suite}.jsonl"
    if not path.exists():
        return None
    head: dict[str, Any] = {}
    metrics: dict[str, Metric] = {}
    cases: dict[str, BaselineCase] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            fields = json.loads(line)
            if "metric" in fields:
                name = fields.pop("metric")
                metrics[name] = Metric.model_validate(fields)
            elif "case" in fields:
                name = fields.pop("case")
                cases[name] = BaselineCase.model_validate(fields)
            else:
                head = fields
        except (ValueError, AttributeError, ValidationError) as error:
            raise InputError(f"{path}:{number}: this is no line of a baseline: {str(error).splitlines()[0]}") from error
    try:
        return Baseline(**head, metrics=metrics, cases=cases)
    except (TypeError, ValidationError) as error:
        raise InputError(f"{path}:1: this is no head of a baseline: {str(error).splitlines()[0]}") from error


def accept(report: Report, folder: Path = BASELINES) -> Baseline:
    """Accept a run as the baseline of its suite, with its commit and today's date.

    Raises:
        InputError: if the run breaks an invariant, has errors, or has a metric that is not registered.
    """
    if report.errors:
        raise InputError(f"{report.errors} cases of {report.suite!r} ended in an error; mend them before you accept it")
    if broken := unregistered(report.metrics) or broken_invariants(report):
        raise InputError(f"{report.suite!r} cannot be accepted: {broken[0]}")
    kept = _keep(report)
    lines: list[dict[str, Any]] = [kept.model_dump(exclude={"metrics", "cases"})]
    lines += [{"metric": name, **_rounded(metric.model_dump())} for name, metric in kept.metrics.items()]
    for name, case in sorted(kept.cases.items()):
        lines.append({"case": name, **case.model_dump(exclude={"scores"}), "scores": _rounded(case.scores)})
    folder.mkdir(exist_ok=True)
    body = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    (folder / f"{report.suite}.jsonl").write_text(body, encoding="utf-8")
    return kept


def broken_invariants(report: Report) -> list[str]:
    """Return a message for each broken invariant, naming the first cases that break it."""
    found: list[str] = []
    for name, metric in report.metrics.items():
        wanted = known.invariant if (known := metric_info(name)) else None
        if wanted is not None and metric.mean is not None and metric.mean != wanted:
            cases = [case.id for case in report.cases if case.scores.get(name, wanted) != wanted]
            found.append(f"invariant broken: {name} is {metric.mean:.4g}, must be {wanted:g}: {', '.join(cases[:5])}")
    return found


def _keep(report: Report) -> Baseline:
    return Baseline(
        suite=report.suite,
        commit=report.commit,
        accepted_at=utc_now(),
        style=report.style,
        engine=report.engine,
        embedder=report.embedder,
        metrics={name: metric for name, metric in report.metrics.items() if gates(name)},
        cases={
            case.id: BaselineCase(
                verdict=case.verdict,
                text=case.text,
                scores={name: value for name, value in case.scores.items() if gates(name)},
            )
            for case in report.cases
        },
    )


def _rounded(numbers: dict[str, Any]) -> dict[str, Any]:
    return {name: round(value, DECIMALS) if isinstance(value, float) else value for name, value in numbers.items()}
