"""Load test: many concurrent callers while the language model is killed (`footnote study load-test`).

A request may fail only with status 429, or with an error if its answer was being generated when the engine was killed.
"""

import os
import random
import signal
import subprocess
import tempfile
import threading
import time
from collections import Counter
from contextlib import suppress

import click

from evals.harness.cases import CASES, read_cases
from evals.harness.suites.suite_registry import SEEDS
from evals.studies.speed.bench_server import BenchServer, Timing, command, server
from evals.studies.speed.measurement import quantile
from evals.studies.study_verb import study
from index.types import Record

WARM_UP_SHARE = 0.25
"""Share of the time after which memory should no longer grow."""
RETRY_SECONDS = 0.5
"""Seconds that a caller waits after a 429."""


class LoadReport(Record):
    """LoadReport: the outcome of a load test."""

    callers: int
    seconds: float
    asked: int
    statuses: dict[str, int]
    """Number of questions by status; `0` means a broken connection: an answer lost without an error."""
    whole_p50: float
    whole_p95: float
    megabytes_warm: float
    megabytes_end: float
    kills: int
    recovery_p95: float | None
    """Seconds from a kill until the next language model process runs."""


class Callers:
    """Callers: concurrent callers of a server, with the timing of each question."""

    def __init__(self, served: BenchServer, questions: list[str], share: float) -> None:
        self.timings: list[Timing] = []
        self.over = threading.Event()
        self._served = served
        self._questions = questions
        self._share = share
        self._lock = threading.Lock()

    def call(self, number: int) -> None:
        """Ask questions until `over` is set, a random share of them in the composed style."""
        rng = random.Random(number)
        while not self.over.is_set():
            style = "compose" if rng.random() < self._share else "quote"
            timing = self._served.ask(rng.choice(self._questions), style)
            with self._lock:
                self.timings.append(timing)
            if timing.status == 429:
                self.over.wait(RETRY_SECONDS)


def load(callers: int, seconds: float, kills: int, share: float) -> LoadReport:
    """Let callers ask for `seconds`, kill the engine `kills` times, and count questions by status."""
    questions = [case.question for case in read_cases(CASES / "seeds.jsonl")]
    with tempfile.TemporaryDirectory(prefix="footnote-load-") as home:
        _ingest_seeds(home)
        with server(home, {"FOOTNOTE_KEPT_ANSWERS": "0", "FOOTNOTE_QUEUE": "8"}) as served:
            crowd = Callers(served, questions, share)
            threads = [threading.Thread(target=crowd.call, args=(number,)) for number in range(callers)]
            for thread in threads:
                thread.start()
            began = time.monotonic()
            time.sleep(seconds * WARM_UP_SHARE)
            warm = served.megabytes()
            recoveries = _kill(served, kills, began + seconds)
            time.sleep(max(began + seconds - time.monotonic(), 0.0))
            end = served.megabytes()
            crowd.over.set()
            for thread in threads:
                thread.join()
    whole = [timing.whole for timing in crowd.timings if timing.status == 200]
    return LoadReport(
        callers=callers,
        seconds=time.monotonic() - began,
        asked=len(crowd.timings),
        statuses={str(status): n for status, n in sorted(Counter(t.status for t in crowd.timings).items())},
        whole_p50=quantile(whole, 0.5),
        whole_p95=quantile(whole, 0.95),
        megabytes_warm=warm,
        megabytes_end=end,
        kills=len(recoveries),
        recovery_p95=quantile(recoveries, 0.95) if recoveries else None,
    )


def _ingest_seeds(home: str) -> None:
    subprocess.run(command(home, "ingest", str(SEEDS)), check=True, capture_output=True)


def _kill(served: BenchServer, kills: int, end: float) -> list[float]:
    """Kill the engine repeatedly; return for each kill the seconds until the next one was running."""
    recoveries: list[float] = []
    while len(recoveries) < kills and time.monotonic() < end:
        pid = served.engine()
        if pid is None:
            time.sleep(0.05)
            continue
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        began = time.monotonic()
        while served.engine() in (pid, None) and time.monotonic() < end:
            time.sleep(0.02)
        recoveries.append(time.monotonic() - began)
        time.sleep(0.5)
    return recoveries


@study.command("load-test")
@click.option("--callers", type=click.IntRange(1), default=16, show_default=True)
@click.option("--minutes", type=click.FloatRange(0.1), default=1.0, show_default=True)
@click.option("--kills", type=click.IntRange(0), default=0, show_default=True, help="How often the engine is killed.")
@click.option(
    "--composed",
    type=click.FloatRange(0.0, 1.0),
    default=0.25,
    show_default=True,
    help="Share of the questions that the model answers.",
)
def load_test(callers: int, minutes: float, kills: int, composed: float) -> None:
    """Let many callers ask a server of its own over the seeds.

    Prints what they got as JSON.
    """
    click.echo(load(callers, 60 * minutes, kills, composed).model_dump_json(indent=2))
