"""Privacy: neither the command, the server nor their child processes send data; checked in C, below Python."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest

from tests.conftest import MODELS, SEEDS
from tests.test_architecture import ROOT

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="libraries are preloaded in another way elsewhere")

QUESTION = "What is said about the attack on the BAP rally?"
IDLE = 10.0
"""Seconds to watch: by default, onnxruntime sends its first telemetry eight seconds after its start."""
FOOTNOTE = (sys.executable, "-m", "evals")


class Watch:
    """Runs programs while all outgoing connections, look-ups and datagrams are recorded and refused."""

    def __init__(self, folder: Path) -> None:
        library = folder / "netwatch.so"
        compiler = shutil.which("cc") or shutil.which("c++")
        assert compiler, "no C compiler, which Footnote needs to be installed at all"
        source = Path(__file__).with_name("netwatch.c")
        command = [compiler, "-x", "c", "-O1", "-shared", "-fPIC", str(source), "-o", str(library), "-ldl"]
        subprocess.run(command, check=True)
        self._log = folder / "netwatch.log"
        # Nothing else of our environment: a proxy on this machine would hide where a request goes, and some libraries
        # report home only where no variable says that this is CI, or that they should not.
        kept = {name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ}
        self.user = folder / "user"
        self.user.mkdir()
        own = {
            "HOME": str(self.user),
            "LD_PRELOAD": str(library),
            "NETWATCH_LOG": str(self._log),
            "FOOTNOTE_MODELS": str(MODELS),
        }
        self.environment = {**kept, **own, "PYTHONPATH": str(ROOT)}

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=120, check=False)

    def lines(self) -> list[str]:
        return self._log.read_text(encoding="utf-8", errors="replace").splitlines()

    def watched(self, program: str) -> bool:
        return any(line.startswith("watching ") and program in line for line in self.lines())

    def left(self) -> list[str]:
        return [line for line in self.lines() if not line.startswith("watching ")]


@pytest.fixture
def watch(tmp_path: Path) -> Watch:
    return Watch(tmp_path)


@pytest.mark.real_models
def test_nothing_leaves_while_articles_come_in_questions_are_answered_and_the_server_runs(
    watch: Watch, tmp_path: Path
) -> None:
    home = (*FOOTNOTE, "--home", str(tmp_path / "home"))
    draft = tmp_path / "draft.txt"
    draft.write_text("ISKP carried out a suicide bombing at a political rally.", encoding="utf-8")
    asks = (("ask", QUESTION, "--style", "compose"), ("check", str(draft)), ("search", "rally"), ("doctor",))
    for verb in (("ingest", str(SEEDS)), *asks):
        done = watch.run(*home, *verb)
        assert done.returncode == 0, done.stderr
    _served(watch, (*home, "serve", "--port", "0"))
    assert watch.watched("service.generation.worker")
    assert watch.watched("index.vectors.chroma")
    assert watch.left() == []
    assert [str(path) for path in watch.user.rglob("*")] == []  # nor is anything put by to be sent another time


def _served(watch: Watch, command: Sequence[str]) -> None:
    """Start the server, ask it over HTTP, open its reference page, and stop it after it has been idle for a while."""
    server = subprocess.Popen(command, env=watch.environment, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        url = server.stdout.readline().split(" on ")[1].split()[0]
        with httpx.Client(base_url=url, timeout=60.0, trust_env=False) as client:
            assert client.get("/ready").status_code == 200
            assert client.get("/docs").status_code == 200
            assert client.post("/v1/ask", json={"question": QUESTION, "style": "compose"}).status_code == 200
        time.sleep(IDLE)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=20)


@pytest.mark.parametrize(
    ("attempt", "seen"),
    [
        ("socket.create_connection(('192.0.2.1', 9))", "connect 192.0.2.1"),
        ("socket.create_connection(('2001:db8::1', 9))", "connect 2001:db8::1"),
        ("socket.getaddrinfo('news.example', 443)", "getaddrinfo news.example"),
        ("socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 9))", "sendto 192.0.2.1"),
        ("socket.socket(type=socket.SOCK_DGRAM).sendmsg([b'x'], [], 0, ('192.0.2.1', 9))", "sendmsg 192.0.2.1"),
    ],
)
def test_the_watch_sees_and_stops_what_a_child_of_a_child_tries(watch: Watch, attempt: str, seen: str) -> None:
    inner = f"import socket; {attempt}"
    outer = f"import subprocess, sys; sys.exit(subprocess.run([sys.executable, '-c', {inner!r}]).returncode)"
    assert watch.run(sys.executable, "-c", outer).returncode == 1
    assert watch.left() == [seen]


def test_the_watch_lets_this_machine_talk_to_itself(watch: Watch) -> None:
    talk = (
        "import socket; s = socket.create_server(('127.0.0.1', 0));"
        "socket.create_connection(('localhost', s.getsockname()[1])).close()"
    )
    assert watch.run(sys.executable, "-c", talk).returncode == 0
    assert watch.left() == []
