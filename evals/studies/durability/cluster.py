"""Cluster: equal API processes over one PostgreSQL and one Chroma server, all on free ports of this machine."""

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from evals.harness.suites.suite_registry import SEEDS
from evals.studies.durability.chroma_server import ChromaServer
from evals.studies.durability.postgresql_server import PostgresServer
from evals.studies.speed.bench_server import BenchServer, command, launch, stop, wait_until_loaded

SETTINGS = {"FOOTNOTE_KEPT_ANSWERS": "0", "FOOTNOTE_LEASE": "5", "FOOTNOTE_LOG": "error"}
"""Settings of the API processes: each question is worked out, none is answered from memory."""


class ApiProcess:
    """API process: `footnote serve`, which can be killed and started again."""

    def __init__(self, home: Path, environment: Mapping[str, str]) -> None:
        self._home, self._environment = home, environment
        self._process: subprocess.Popen[str] | None = None
        self.served: BenchServer | None = None
        """The running server; None until it accepts requests, and again when it has been killed."""

    def start(self) -> None:
        """Start the process and wait until it accepts requests."""
        self._process = launch(self._home, self._environment)
        self.served = BenchServer.of(self._process, self._home)

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


class Cluster:
    """Cluster: the parts by name, with what each has used of the CPU."""

    def __init__(self, folder: Path, postgresql: PostgresServer, processes: int) -> None:
        self.postgresql, self.chroma = postgresql, ChromaServer(folder / "chroma")
        self.address = postgresql.new_database()
        self.environment = {
            **SETTINGS,
            "FOOTNOTE_STORE": self.address,
            "FOOTNOTE_CHROMA": self.chroma.address,
        }
        self.home = folder / "home"
        self.api = [ApiProcess(self.home, self.environment) for _ in range(processes)]

    def ingest(self, *paths: str) -> None:
        """Ingest files with the command line."""
        subprocess.run(
            command(self.home, "ingest", *paths),
            check=True,
            capture_output=True,
            env={**os.environ, **self.environment},
        )

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
def cluster(processes: int) -> Iterator[Cluster]:
    """Run a cluster with the seeds in it during the `with` block."""
    with tempfile.TemporaryDirectory(prefix="footnote-cluster-") as folder:
        postgresql = PostgresServer()
        try:
            made = Cluster(Path(folder), postgresql, processes)
            try:
                made.chroma.start()
                made.ingest(str(SEEDS))
                for each in made.api:
                    each.start()
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
