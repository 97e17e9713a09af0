"""Cluster callers: what a server answers is recorded as it is, and a reply that helps nobody counts as a fault."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from evals.studies.scaling.cluster import BROKEN, ApiProcess, send
from evals.studies.scaling.cluster_callers import Callers
from evals.studies.scaling.equal_processes import KillReport, Recovery, Throughput, as_text
from tests.test_equal_processes import until

SERVER = """
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(int(sys.argv[1]))
        self.end_headers()
        self.wfile.write(sys.argv[2].encode())

server = HTTPServer(("127.0.0.1", 0), Handler)
print(f"serving on http://127.0.0.1:{server.server_port} ", flush=True)
server.serve_forever()
"""
FAILURE = "Internal Server Error"


@contextmanager
def serving(status: int, body: str) -> Iterator[ApiProcess]:
    """Run a server that answers every request with one status and body."""
    process = ApiProcess(Path(), lambda home: [sys.executable, "-c", SERVER, str(status), body], {})
    process.start()
    try:
        yield process
    finally:
        process.close()


def test_a_reply_without_json_has_its_status_and_text_and_a_killed_process_breaks_the_connection() -> None:
    with serving(500, FAILURE) as process:
        assert send(process, "POST", "/v1/ask", {}) == (500, FAILURE)
        process.kill()
        assert send(process, "POST", "/v1/ask", {}) == (BROKEN, None)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, FAILURE),
        (503, FAILURE),
        (503, "{}"),
        (503, '["away"]'),
        (503, '{"detail": ""}'),
        (503, '{"detail": null}'),
        (200, FAILURE),
        (200, "{}"),
        (200, '{"verdict": "answered", "text": "", "citations": []}'),
        (200, '{"receipt": null, "new": null}'),
    ],
)
def test_a_reply_that_does_not_say_what_to_do_is_unclean(status: int, body: str) -> None:
    with serving(status, body) as process:
        crowd = Callers([process], {"Who won?": "answered"}, {})
        crowd.start(1, 1)
        assert until(lambda: len(crowd.unclean) > 1)
        crowd.stop()
    assert set(crowd.statuses()) == {str(status)}
    assert not crowd.receipts | crowd.acknowledged


def test_an_error_that_says_what_to_do_is_clean() -> None:
    with serving(503, '{"detail": "the database is away; try again"}') as process:
        crowd = Callers([process], {"Who won?": "answered"}, {})
        crowd.start(1, 1)
        assert until(lambda: len(crowd.replies) > 1)
        crowd.stop()
    assert crowd.unclean == []


@pytest.mark.parametrize(
    ("seconds", "answered", "faults"),
    [
        (3.0, 20.0, ()),
        (60.1, 60.1, ("chroma: did not recover within 60 s",)),
        (3.0, 60.1, ("chroma: did not recover within 60 s",)),
    ],
)
def test_a_part_that_does_not_recover_is_a_fault(seconds: float, answered: float, faults: tuple[str, ...]) -> None:
    found = KillReport(
        recoveries=(Recovery(part="chroma", seconds=seconds, answered=answered),),
        statuses={},
        answers=0,
        wrong=(),
        unclean=(),
        articles=0,
        lost=(),
        doubled=(),
    )
    assert found.faults == faults
    assert all(fault in as_text((), found) for fault in faults)


def test_the_faults_of_the_comparison_are_listed() -> None:
    measured = Throughput(
        processes=1,
        callers=1,
        seconds=1.0,
        answers=1,
        answers_per_second=1.0,
        seconds_p50=1.0,
        cores={},
        machine_busy=1.0,
        faults=("500: Internal Server Error",),
    )
    assert as_text((measured,), None).endswith("1 faults\n500: Internal Server Error")
