"""Benchmark server: start `footnote serve` in a child process and query it over HTTP."""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Self

from evals.studies.speed.measurement import Measurement
from index.errors import InputError
from index.types import Record

MAX_START_SECONDS = 120


class Timing(Record):
    """Timing: seconds for one question, and its final status."""

    status: int
    """HTTP status of the response, or of the error that ended the stream; 0 if the connection broke."""
    first_evidence: float | None
    """Seconds to the first `evidence` event; None if nothing was found."""
    first_sentence: float | None
    whole: float


class BenchServer:
    """BenchServer: a running server, with its port, process and start-up times."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self.port = port
        self.pid = process.pid
        self.ready = self.started = 0.0
        """Seconds until questions can be answered (`ready`) and until every part is loaded (`started`)."""

    @classmethod
    def of(cls, process: subprocess.Popen[str], home: Path | str) -> Self:
        """Return the server of a process that was just launched; raises InputError when it did not start."""
        assert process.stdout is not None
        line = process.stdout.readline()
        if " on " not in line:
            raise InputError(f"the server on {str(home)!r} did not start; try `footnote --home {home} serve`")
        return cls(process, int(line.split(" on ")[-1].split(" ")[0].rsplit(":", 1)[-1]))

    def ask(self, question: str, style: str, seconds: float = 120.0) -> Timing:
        """Ask one question with streaming, and time its events."""
        body = json.dumps({"question": question, "style": style, "stream": True})
        began, first, sentence, status = time.perf_counter(), None, None, 0
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=seconds)
        with suppress(OSError, http.client.HTTPException):
            connection.request("POST", "/v1/ask", body, {"content-type": "application/json"})
            response = connection.getresponse()
            event, done = "", response.status != 200
            for line in response:
                if line.startswith(b"event: "):
                    event = line[7:].decode().strip()
                    first = first or (time.perf_counter() - began if event == "evidence" else None)
                    sentence = sentence or (time.perf_counter() - began if event == "sentence" else None)
                    done = done or event == "done"
                elif line.startswith(b"data: ") and event == "error":
                    status, done = int(json.loads(line[6:])["status"]), True
            status = status or (response.status if done else 0)
        connection.close()
        return Timing(status=status, first_evidence=first, first_sentence=sentence, whole=time.perf_counter() - began)

    def get(self, path: str) -> str:
        """Return the body of a GET response, whatever its status."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=MAX_START_SECONDS)
        try:
            connection.request("GET", path)
            return connection.getresponse().read().decode()
        finally:
            connection.close()

    def engine(self) -> int | None:
        """Return the process id of the language model, or None if it is not running."""
        parts = json.loads(self.get("/ready"))["parts"]
        detail = next((str(part["detail"]) for part in parts if part["name"] == "engine"), "")
        last = detail.rpartition("process ")[2]
        return int(last) if last.isdecimal() else None

    def megabytes(self) -> float:
        """Return the resident memory of the server and its language model, in megabytes."""
        return sum(resident(pid) for pid in (self.pid, self.engine()) if pid)


def start_up(part: str, served: BenchServer) -> Iterator[Measurement]:
    """Yield the start-up measurements of a server."""
    yield Measurement(part=part, what="start to /ready", value=served.ready, unit="s", n=1)
    yield Measurement(part=part, what="start to every part loaded", value=served.started, unit="s", n=1)


def resident(pid: int) -> float:
    """Return the resident memory of a process in megabytes; 0 if it has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:")), 0.0)


def command(home: Path | str, *words: str) -> list[str]:
    """Return the command line of `footnote` for that home folder."""
    return [sys.executable, "-m", "evals", "--home", str(home), *words]


@contextmanager
def server(home: Path | str, environment: Mapping[str, str] | None = None) -> Iterator[BenchServer]:
    """Serve a home folder during the `with` block, which starts when every part is loaded.

    Raises:
        InputError: if the server does not start or become ready in time.
    """
    began = time.perf_counter()
    process = launch(command(home, "serve", "--port", "0"), environment or {})
    try:
        found = BenchServer.of(process, home)
        wait_until_loaded(found, began)
        yield found
    finally:
        stop(process)


def launch(
    command_line: Sequence[str], environment: Mapping[str, str], errors: IO[str] | int = subprocess.DEVNULL
) -> subprocess.Popen[str]:
    """Start a server with the command line of `footnote serve`, or of one that stands for it.

    Args:
        errors: where its log goes.
    """
    return subprocess.Popen(
        command_line,
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
        env={**os.environ, "FOOTNOTE_LOG": "error", **environment},
    )


def stop(process: subprocess.Popen[str]) -> None:
    """Stop a server, and wait until it has ended."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout=40)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def wait_until_loaded(found: BenchServer, began: float) -> None:
    """Wait until every part of a server is loaded; `began`: when it was launched. Raises InputError."""
    deadline = time.monotonic() + MAX_START_SECONDS
    while time.monotonic() < deadline:
        with suppress(OSError):
            ready = json.loads(found.get("/ready"))
            if ready["ready"]:
                found.started = time.perf_counter() - began
                found.ready = found.ready or found.started
                if not any(part["degraded"] for part in ready["parts"]):
                    return
        time.sleep(0.02)
    raise InputError(f"the server did not become ready within {MAX_START_SECONDS} s")
