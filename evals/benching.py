"""How long a reader waits: a real server over the seeds, asked over HTTP, one question after another."""

import http.client
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from evals.cases import Case
from index.errors import InputError
from index.types import Record

WARM_UP = 3
START_SECONDS = 120


class Timing(Record):
    """Seconds for one question."""

    first_evidence: float | None
    """Until the first `evidence` event; None on a refusal, which has none."""
    whole: float


class BenchReport(Record):
    """Medians with their spread, over warm questions."""

    style: str
    n: int
    start_up_seconds: float
    first_evidence_p50: float
    first_evidence_p95: float
    whole_answer_p50: float
    whole_answer_p95: float


def bench(cases: Sequence[Case], corpus: str, style: str) -> BenchReport:
    """Time `POST /v1/ask` with `stream` for each case on a server of its own; the first few only warm it up."""
    with tempfile.TemporaryDirectory(prefix="footnote-bench-") as home:
        _run(home, "ingest", corpus)
        began = time.perf_counter()
        with _server(home) as port:
            started = time.perf_counter() - began
            timings = [_ask(port, case.question, style) for case in cases]
    warm = timings[WARM_UP:]
    evidence = [timing.first_evidence for timing in warm if timing.first_evidence is not None]
    if not evidence:
        raise InputError("no question found evidence, so there is nothing to time")
    whole = [timing.whole for timing in warm]
    return BenchReport(
        style=style,
        n=len(warm),
        start_up_seconds=started,
        first_evidence_p50=float(np.quantile(evidence, 0.5)),
        first_evidence_p95=float(np.quantile(evidence, 0.95)),
        whole_answer_p50=float(np.quantile(whole, 0.5)),
        whole_answer_p95=float(np.quantile(whole, 0.95)),
    )


def as_text(report: BenchReport) -> str:
    """The report as a table."""
    body = report.model_dump(exclude={"style", "n"})
    lines = [f"style {report.style}, {report.n} warm questions over HTTP, {os.cpu_count()} cores"]
    return "\n".join([*lines, *(f"{name:<24}{value * 1000:8.0f} ms" for name, value in body.items())])


def _command(home: str, *words: str) -> list[str]:
    return [sys.executable, "-m", "evals", "--home", home, *words]


def _run(home: str, *words: str) -> None:
    subprocess.run(_command(home, *words), check=True, capture_output=True)


@contextmanager
def _server(home: str) -> Iterator[int]:
    process = subprocess.Popen(_command(home, "serve", "--port", "0"), stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        url = process.stdout.readline().split(" on ")[-1].split(" ")[0]
        port = int(url.rsplit(":", 1)[-1])
        _wait(port)
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


def _wait(port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=START_SECONDS)
        try:
            connection.request("GET", "/ready")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.05)
        finally:
            connection.close()
    raise InputError(f"the server did not become ready within {START_SECONDS} s")


def _ask(port: int, question: str, style: str) -> Timing:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    body = json.dumps({"question": question, "style": style, "stream": True})
    began = time.perf_counter()
    connection.request("POST", "/v1/ask", body, {"content-type": "application/json"})
    response = connection.getresponse()
    first: float | None = None
    for line in response:
        if line.startswith(b"event: evidence") and first is None:
            first = time.perf_counter() - began
        if line.startswith(b"event: done"):
            break
    whole = time.perf_counter() - began
    connection.close()
    return Timing(first_evidence=first, whole=whole)
