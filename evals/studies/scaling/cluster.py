"""Cluster: equal API processes over one PostgreSQL and one Chroma server, all on free ports of this machine."""

import http.client
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from evals.studies.scaling.chroma_server import ChromaServer
from evals.studies.scaling.postgresql_server import PostgresServer
from evals.studies.speed.bench_server import BenchServer, command, launch, stop, wait_until_loaded

SETTINGS = {"FOOTNOTE_KEPT_ANSWERS": "0", "FOOTNOTE_LEASE": "5", "FOOTNOTE_LOG": "error"}
"""Settings of the API processes: each question is worked out, none is answered from memory."""


BROKEN = 0
"""Status of a request whose connection was refused or broke: a proxy sends such a request to the next process."""
SECONDS = 60.0
"""Longest time for which a reply is awaited."""
NO_LOG = Path(os.devnull)
Serve = Callable[[Path], Sequence[str]]


def footnote_serve(home: Path) -> Sequence[str]:
    """Return the command line of an API process with the real models."""
    return command(home, "serve", "--port", "0")


class ApiProcess:
    """API process: `footnote serve`, which can be killed and started again."""

    def __init__(self, home: Path, serve: Serve, environment: Mapping[str, str], log: Path = NO_LOG) -> None:
        self.log = log
        self._home, self._command, self._environment = home, serve(home), environment
        self._process: subprocess.Popen[str] | None = None
        self.served: BenchServer | None = None
        """The running server; None until it accepts requests, and again when it has been killed."""

    def start(self) -> None:
        """Start the process and wait until it accepts requests."""
        with self.log.open("a", encoding="utf-8") as errors:
            self._process = launch(self._command, self._environment, errors)
        self.served = BenchServer.of(self._process, self._home)

    def logged(self, request: str) -> str:
        """Return what the log says of a request; empty where it says nothing."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(line for line in lines if request in line)

    def kill(self) -> None:
        """Kill the process as a crash would."""
        assert self._process is not None
        self.served = None
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """Stop the process, if it runs."""
        self.served = None
        if self._process is not None:
            stop(self._process)


def send(process: ApiProcess, method: str, path: str, body: object = None) -> tuple[int, Any]:
    """Send one request, and return its status and JSON, or else text; the status of a broken connection is BROKEN."""
    if process.served is None:
        return BROKEN, None
    connection = http.client.HTTPConnection("127.0.0.1", process.served.port, timeout=SECONDS)
    try:
        payload = None if body is None else json.dumps(body)
        connection.request(method, path, payload, {"content-type": "application/json"})
        response = connection.getresponse()
        return response.status, _parsed(response.read().decode(errors="replace"))
    except (OSError, http.client.HTTPException):
        return BROKEN, None
    finally:
        connection.close()


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


class Cluster:
    """Cluster: the parts by name, with what each has used of the CPU."""

    def __init__(self, folder: Path, postgresql: PostgresServer, processes: int, serve: Serve) -> None:
        self.postgresql, self.chroma = postgresql, ChromaServer(folder / "chroma")
        self.address = postgresql.new_database()
        environment = {
            **SETTINGS,
            "FOOTNOTE_STORE": self.address,
            "FOOTNOTE_CHROMA": self.chroma.address,
        }
        self.home = folder / "home"
        self.api = [ApiProcess(self.home, serve, environment, folder / f"api-{n}.log") for n in range(processes)]

    def cpu_seconds(self) -> dict[str, float]:
        """Return the CPU seconds that each part has used so far."""
        parts = {"postgresql": self.postgresql.pid, "chroma": self.chroma.pid}
        parts |= {f"api {n}": each.served.pid for n, each in enumerate(self.api, start=1) if each.served is not None}
        return {name: cpu_seconds(pid) for name, pid in parts.items()}

    def close(self) -> None:
        """Stop every part but PostgreSQL."""
        for each in self.api:
            each.close()
        self.chroma.kill()


@contextmanager
def cluster(processes: int, serve: Serve = footnote_serve) -> Iterator[Cluster]:
    """Run a cluster with the seeds in it during the `with` block; `serve`: the command line of an API process."""
    with tempfile.TemporaryDirectory(prefix="footnote-cluster-") as folder:
        postgresql = PostgresServer()
        try:
            made = Cluster(Path(folder), postgresql, processes, serve)
            try:
                made.chroma.start()
                for each in made.api:
                    each.start()
                status, report = send(made.api[0], "POST", "/v1/samples", {})
                assert status == 200, report
                for each in made.api:
                    assert each.served is not None
                    wait_until_loaded(each.served, time.perf_counter())
                yield made
            finally:
                made.close()
        finally:
            postgresql.close()


def cpu_seconds(pid: int) -> float:
    """Return the CPU seconds of a process and of all below it, those that have ended included, as Linux counts them."""
    ticks = os.sysconf("SC_CLK_TCK")
    return sum(sum(map(int, _stat(each)[11:15])) for each in (pid, *descendants(pid))) / ticks


def descendants(pid: int) -> Sequence[int]:
    """Return the processes below a process."""
    parents = {int(path.name): path for path in Path("/proc").iterdir() if path.name.isdecimal()}
    above = {each: int(found[1]) for each in parents if (found := _stat(each))[1:2]}
    below, last = list[int](), {pid}
    while last := {each for each, parent in above.items() if parent in last}:
        below += last
    return below


def _stat(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat after the name; empty when the process has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return []


def busy_share(before: Sequence[int], after: Sequence[int]) -> float:
    """Return the share of all cores that was used between two readings of `machine_ticks`, by whatever processes."""
    spent = [b - a for a, b in zip(before, after, strict=True)]
    idle = spent[3] + spent[4]
    return 1.0 - idle / max(sum(spent), 1)


def machine_ticks() -> list[int]:
    """Return the first line of /proc/stat: user, nice, system, idle, waiting for a disk, and the rest."""
    line = Path("/proc/stat").read_text(encoding="utf-8").partition("\n")[0]
    return [int(field) for field in line.split()[1:9]]
