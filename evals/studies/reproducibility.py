"""Reproducibility: run a suite twice, and again with another thread count (`footnote study reproducibility`).

Metrics (except times), verdicts, texts and cited words must be identical, case by case.
"""

import sys

import click

from evals.harness.runner import EvalContext, workspace_over
from evals.harness.suites.suite_registry import SUITES
from evals.harness.summary import CaseResult, Report
from evals.studies.study_verb import study
from service.engines import load_engines
from service.runtime.settings import Settings

THREADS = (2, 2, 1)
"""Thread count of each run; the later runs are compared with the first."""


def run_once(suite: str, threads: int, every: int) -> Report:
    """Run every n-th case of a suite with newly loaded engines."""
    chosen = SUITES[suite]
    settings = Settings(threads=threads)
    engines = load_engines(settings)
    try:
        with workspace_over(chosen.corpus, settings, engines) as workspace:
            context = EvalContext(suite, workspace, engines, as_of=chosen.as_of)
            return chosen.run(context, chosen.read(chosen.cases)[::every])
    finally:
        engines.close()


def differences(first: Report, other: Report) -> list[str]:
    """Return a line for every case and every metric that differs, except times."""
    found = [
        f"{one.id}: {one.verdict}: {one.text!r} and {two.verdict}: {two.text!r}"
        for one, two in zip(first.cases, other.cases, strict=True)
        if _outcome(one) != _outcome(two)
    ]
    timed = ("_p50", "_p95")
    return found + [
        f"{name}: {metric.mean} and {other.metrics[name].mean}"
        for name, metric in first.metrics.items()
        if not name.endswith(timed) and metric != other.metrics[name]
    ]


def _outcome(case: CaseResult) -> CaseResult:
    return case.model_copy(update={"seconds": None})


@study.command("reproducibility")
@click.option("--suite", "suites", multiple=True, type=click.Choice(sorted(SUITES)), help="[default: seeds, claims]")
@click.option("--every", type=click.IntRange(1), default=1, show_default=True, help="Run every n-th case.")
def reproducibility(suites: tuple[str, ...], every: int) -> None:
    """Run each suite three times and name what differs.

    Exits 1 when anything does.
    """
    differing = 0
    for suite in suites or ("seeds", "claims"):
        first, *others = (run_once(suite, threads, every) for threads in THREADS)
        for threads, other in zip(THREADS[1:], others, strict=True):
            found = differences(first, other)
            differing += len(found)
            outcome = f"{len(found)} differences" if found else "identical"
            click.echo(f"{suite}: {first.n_cases} cases, {THREADS[0]} and {threads} threads: {outcome}")
            for line in found:
                click.echo(f"  {line}")
    sys.exit(bool(differing))
