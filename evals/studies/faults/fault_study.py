"""Fault study: run each fault in the cheapest suite that can catch it, then runs without faults."""

import sys
import time

import click

from evals.harness.suites.cassettes.player import no_engines
from evals.harness.suites.suite_registry import SUITES
from evals.studies.faults.planted import FAULTS
from evals.studies.faults.trials import TrialOutcome, run_suite, shown, try_out
from evals.studies.study_verb import study
from service.engines import Engines, load_engines
from service.runtime.settings import Settings


@study.command("faults")
@click.argument("names", nargs=-1, metavar="[FAULT]...")
@click.option("--tier", type=click.Choice(["replay", "embedded"]), help="Only the faults that this tier can notice.")
@click.option("--unchanged", type=click.IntRange(0), default=10, show_default=True, help="Runs without a fault.")
def faults(names: tuple[str, ...], tier: str | None, unchanged: int) -> None:
    """Plant each known fault, and say whether the gate of a merge notices it.

    Each is run in the cheapest suite that can notice it; then come unchanged runs, in which the gate must be silent.
    Exits 1 when a fault was not caught or an unchanged run failed. The baselines must be those of this code.
    """
    chosen = [f for f in FAULTS if (not names or f.name in names) and tier in (None, SUITES[f.suite].tier)]
    real = load_engines(Settings()) if any(SUITES[fault.suite].tier == "embedded" for fault in chosen) else None
    missed = false_alarms = 0
    for fault in chosen:
        outcome = try_out(fault, _engines(fault.suite, real))
        missed += not outcome.failures
        click.echo(shown(outcome))
    suites = list(dict.fromkeys(fault.suite for fault in chosen))
    for number in range(unchanged):
        suite = suites[number % len(suites)]
        started = time.perf_counter()
        failures = run_suite(suite, _engines(suite, real))
        seconds = time.perf_counter() - started
        outcome = TrialOutcome(
            name="unchanged", says=f"run {number + 1}", suite=suite, failures=failures, seconds=seconds
        )
        false_alarms += bool(failures)
        click.echo(shown(outcome, planted=False))
    caught = f"{len(chosen) - missed} of {len(chosen)} faults caught"
    click.echo(f"{caught}, {false_alarms} false alarms in {unchanged} unchanged runs")
    if real is not None:
        real.close()
    sys.exit(bool(missed or false_alarms))


def _engines(suite: str, real: Engines | None) -> Engines:
    return real if real is not None and SUITES[suite].tier == "embedded" else no_engines()
