"""Fault trials: run a suite with one fault planted and compare it with its baseline."""

import time
from pathlib import Path

from evals.harness.baselines import BASELINES
from evals.harness.comparison import compare
from evals.harness.runner import EvalContext, workspace_over
from evals.harness.suites.suite_registry import SUITES
from evals.studies.faults.planted import Fault
from index.errors import FootnoteError
from index.types import Record
from service.engines import Engines
from service.runtime.settings import Settings


class TrialOutcome(Record):
    """TrialOutcome: the failures that the comparison found in one run."""

    name: str
    says: str
    suite: str
    failures: tuple[str, ...]
    seconds: float


def run_suite(suite: str, engines: Engines, every: int = 1, folder: Path = BASELINES) -> tuple[str, ...]:
    """Run every n-th case of a suite and return its failures; an error that ends the run is returned as a failure."""
    chosen = SUITES[suite]
    cases = chosen.read(chosen.cases)[::every]
    try:
        with workspace_over(chosen.corpus, Settings(), engines) as workspace:
            return compare(
                chosen.run(EvalContext(suite, workspace, engines, as_of=chosen.as_of), cases), folder
            ).failures
    except FootnoteError as error:
        return (f"the run ended: {error}",)


def try_out(fault: Fault, engines: Engines, *, every: int = 1, folder: Path = BASELINES) -> TrialOutcome:
    """Plant the fault and compare one run of its suite with the baseline."""
    started = time.perf_counter()
    with fault.plant():
        failures = run_suite(fault.suite, engines, fault.every * every, folder)
    took = time.perf_counter() - started
    return TrialOutcome(name=fault.name, says=fault.says, suite=fault.suite, failures=failures, seconds=took)


def shown(outcome: TrialOutcome, *, planted: bool = True) -> str:
    """Format the outcome as one line: whether the fault was caught, and the first failure."""
    found = "caught" if outcome.failures else "NOT CAUGHT"
    if not planted:
        found = "FALSE ALARM" if outcome.failures else "silent"
    by = f": {outcome.failures[0][:90]}" if outcome.failures else ""
    return f"{found:<12}{outcome.name:<20}{outcome.suite:<16}{outcome.seconds:6.1f} s  {outcome.says}{by}"
