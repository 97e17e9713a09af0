"""PostgreSQL for tests and studies: a server of the installed version in a folder of its own, stopped at the end."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from itertools import count
from pathlib import Path

SECONDS = 60.0


def programs() -> Path:
    """Return the folder of the newest PostgreSQL's programs, where Debian or the search path has one."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not found and (there := shutil.which("initdb")):
        found = [Path(there)]
    assert found, "no PostgreSQL 15 or newer is installed: run `make postgresql`"
    return found[-1].parent


def account() -> str | None:
    """Return the user to run as: PostgreSQL refuses to run as root."""
    if os.getuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


class PostgresServer:
    """One server on a free port of this machine; each database is made for one test."""

    def __init__(self) -> None:
        self._programs, self._user = programs(), account()
        self.folder = Path(tempfile.mkdtemp(prefix="footnote-postgresql-"))
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        if self._user is not None:
            shutil.chown(self.folder, self._user)
        self._numbers = count(1)
        self._process: subprocess.Popen[bytes] | None = None
        # The disk is not waited for: a test kills processes, not the machine.
        options = ["--auth=trust", "--username=footnote", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        self._run("initdb", "--pgdata", str(self.folder / "data"), *options)
        self.start()

    def _run(self, program: str, *options: str) -> None:
        done = subprocess.run(
            [self._programs / program, *options], user=self._user, cwd=self.folder, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr.decode()

    def start(self) -> None:
        """Start the server and wait until it answers; after a kill, until its children have left the data folder."""
        end = time.monotonic() + SECONDS
        self._launch()
        while self._answers() != 0:
            assert time.monotonic() < end, (self.folder / "log").read_text()[-2000:]
            if self._process is not None and self._process.poll() is not None:
                self._launch()
            time.sleep(0.05)

    def _launch(self) -> None:
        command = [str(self._programs / "postgres"), "-D", str(self.folder / "data"), "-k", str(self.folder)]
        command += ["-h", "127.0.0.1", "-p", str(self.port), "-c", "fsync=off", "-c", "max_connections=200"]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, user=self._user, cwd=self.folder, stdout=log, stderr=log)

    def _answers(self) -> int:
        command = [str(self._programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(command, check=False).returncode

    def address(self, database: str) -> str:
        """Return the address of a database."""
        return f"postgresql://footnote@127.0.0.1:{self.port}/{database}"

    def new_database(self) -> str:
        """Create an empty database and return its address."""
        name = f"test_{next(self._numbers)}"
        self.tool("createdb", name)
        return self.address(name)

    def tool(self, program: str, *options: str) -> None:
        """Run one of PostgreSQL's programs against this server."""
        self._run(program, "--host=127.0.0.1", f"--port={self.port}", "--username=footnote", *options)

    @property
    def pid(self) -> int:
        """Process id of the server, the parent of its other processes."""
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """Kill the server as a crash would; `start` starts it again."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        # Its children end by themselves; until then they hold the shared memory of the data folder.

    def close(self) -> None:
        """Stop the server and delete its folder."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGQUIT)  # at once: nothing here is used again
            self._process.wait(SECONDS)
        shutil.rmtree(self.folder, ignore_errors=True)
