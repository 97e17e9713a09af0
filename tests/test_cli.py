"""Command line: real processes and models; every user error gives one line."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from evals.studies.scaling.postgresql_server import PostgresServer
from service.runtime.home_lock import Home
from tests.conftest import MODELS, SEEDS

pytestmark = pytest.mark.real_models

FOOTNOTE = str(Path(sys.executable).with_name("footnote"))
RALLY = "What is said about the attack on the BAP rally?"


def footnote(home: Path, *words: str, models: Path = MODELS) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "FOOTNOTE_MODELS": str(models)}
    command = [FOOTNOTE, "--home", str(home), *words]
    return subprocess.run(command, capture_output=True, text=True, env=env, timeout=120, check=False)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli") / "home"
    done = footnote(folder, "ingest", str(SEEDS))
    assert done.returncode == 0
    assert "5 new" in done.stdout
    return folder


@pytest.fixture
def server(home: Path) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [FOOTNOTE, "--home", str(home), "serve", "--port", str(port)]
    env = {**os.environ, "FOOTNOTE_MODELS": str(MODELS)}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env)
    assert process.stdout is not None
    assert f":{port}" in process.stdout.readline()
    yield port
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=20)


def test_ask_prints_the_answer_then_outlet_date_and_exact_words(home: Path) -> None:
    done = footnote(home, "ask", RALLY)
    assert done.returncode == 0
    assert "[1]" in done.stdout
    assert "suicide bombing at a Baloch Awami Party" in " ".join(done.stdout.split())
    assert "IANS" in done.stdout
    assert "11 February 2026" in done.stdout


def test_a_refusal_exits_with_0(home: Path) -> None:
    done = footnote(home, "ask", "What is the best sourdough recipe for beginners?", "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["verdict"] == "not_in_corpus"


def test_a_second_ingest_changes_nothing(home: Path) -> None:
    assert "0 new, 0 changed, 5 unchanged" in footnote(home, "ingest", str(SEEDS)).stdout


def test_a_replay_exits_with_0_whether_the_answer_is_the_same_or_not(home: Path, tmp_path: Path) -> None:
    then = footnote(home, "ask", RALLY, "--json").stdout
    same = footnote(home, "replay", json.loads(then)["receipt"]["id"])
    assert (same.returncode, same.stdout.splitlines()[0]) == (0, "same answer")
    saved = tmp_path / "saved.json"
    saved.write_text(then.replace("Baloch Awami Party", "Baloch National Party"), encoding="utf-8")
    other = footnote(home, "replay", str(saved), "--json")
    assert other.returncode == 0
    assert json.loads(other.stdout)["same"] is False
    assert "receipt " in footnote(home, "ask", RALLY).stdout


def test_articles_can_be_listed_and_shown(home: Path) -> None:
    listed = json.loads(footnote(home, "articles", "list", "--json").stdout)
    assert listed["total"] == 5
    shown = json.loads(footnote(home, "articles", "show", listed["articles"][0]["id"], "--json").stdout)
    assert shown["text"].encode() == (SEEDS / f"{shown['id']}.txt").read_bytes()


def test_the_command_works_while_the_server_runs(home: Path, server: int, tmp_path: Path) -> None:
    direct = footnote(home, "ask", RALLY)
    assert direct.returncode == 0
    assert "Baloch Awami" in direct.stdout
    assert footnote(home, "replay", direct.stdout.split()[-1]).stdout.startswith("same answer")
    story = tmp_path / "story.txt"
    story.write_text("The harbour of Norwick was closed on Monday because of the storm, the mayor said.")
    assert "1 new" in footnote(home, "ingest", str(story)).stdout
    assert "harbour of Norwick" in footnote(home, "search", "Norwick harbour").stdout
    assert footnote(home, "articles", "remove", "story").returncode == 0
    assert json.loads(footnote(home, "articles", "list", "--json").stdout)["total"] == 5


def test_a_crash_leaves_a_home_that_opens(home: Path) -> None:
    command = [FOOTNOTE, "--home", str(home), "serve", "--port", "0"]
    env = {**os.environ, "FOOTNOTE_MODELS": str(MODELS)}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env)
    assert process.stdout is not None
    process.stdout.readline()
    process.kill()
    process.wait()
    assert "Baloch Awami" in footnote(home, "ask", RALLY).stdout


def test_doctor_rebuilds_a_ruined_index(home: Path) -> None:
    (home / "chroma").mkdir(exist_ok=True)  # a removal by another test leaves none
    (home / "chroma" / "chroma.sqlite3").write_bytes(b"ruin" * 500)
    done = footnote(home, "doctor")
    assert done.returncode == 0
    assert "rebuilt" in done.stdout
    assert done.stdout.strip().endswith("ready")


def one_line(done: subprocess.CompletedProcess[str], says: str) -> None:
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    assert done.returncode == 1, done.stderr
    assert says in lines[-1]
    assert "Traceback" not in done.stderr
    assert len([line for line in lines if line.startswith("footnote:")]) == 1


def test_mistakes_with_a_question_are_one_line(home: Path, tmp_path: Path) -> None:
    one_line(footnote(home, "ask", "  "), "the question is empty")
    one_line(footnote(home, "ask", "why " * 25_000), "characters")
    one_line(footnote(home, "ask", "Who?", "--as-of", "someday"), "not a day")
    later = ("--since", "2026-02-01", "--until", "2026-01-01")
    for verb in ("ask", "brief", "search"):
        one_line(footnote(home, verb, "BAP rally", *later), "since 2026-02-01 is later than until 2026-01-01")
    empty = footnote(tmp_path / "none", "ask", "Who won?")
    one_line(empty, "the collection is empty")
    one_line(empty, f"looked in {str(tmp_path / 'none')!r}")
    one_line(
        footnote(home, "ask", "Who won?", "--conversation", "my story"), "letters, digits and . _ : - but no blanks"
    )


def test_mistakes_with_articles_are_one_line(home: Path, tmp_path: Path) -> None:
    empty, binary = tmp_path / "empty.txt", tmp_path / "binary.txt"
    empty.write_text("")
    binary.write_bytes(bytes(range(256)))
    one_line(footnote(home, "articles", "show", "nothing"), "no article 'nothing'")
    one_line(footnote(home, "ingest", str(empty)), "is empty")
    one_line(footnote(home, "ingest", str(binary)), "binary")
    one_line(footnote(home, "ingest", "nowhere.txt"), "does not exist")


def test_mistakes_with_a_receipt_are_one_line(home: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text('{"question": "?"}')
    one_line(footnote(home, "replay", "0"), "no receipt '0'")
    one_line(footnote(home, "replay", "nowhere.json"), "is no file")
    one_line(footnote(home, "replay", str(broken)), "holds neither an answer nor a receipt")


def test_a_missing_or_altered_model_is_one_line(home: Path, tmp_path: Path) -> None:
    one_line(footnote(home, "ask", "Who?", models=tmp_path / "no-models"), "footnote models pull")


def test_a_home_in_use_and_a_port_in_use_are_one_line(home: Path, server: int, tmp_path: Path) -> None:
    one_line(footnote(home, "serve", "--port", "0"), "is in use by process")
    one_line(footnote(tmp_path / "other", "serve", "--port", str(server)), f"port {server}")


def test_wrong_usage_exits_with_2(home: Path) -> None:
    assert footnote(home, "ask").returncode == 2
    assert footnote(home, "dance").returncode == 2


def test_sigterm_stops_the_server_and_frees_the_home(home: Path, server: int) -> None:
    pid = json.loads((home / "holder.json").read_text())["pid"]
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + 20
    while (home / "holder.json").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not (home / "holder.json").exists()


def test_doctor_copies_a_home_to_postgresql_and_back(
    home: Path, postgresql: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = postgresql.new_database()
    there = footnote(home, "doctor", "--to", address)
    assert there.returncode == 0, there.stderr
    assert "row for row" in there.stdout
    monkeypatch.setenv("FOOTNOTE_STORE", address)
    with closing(Home(home)):  # another process may own the folder: the database is nobody's
        asked = footnote(home, "ask", RALLY, "--json")
    assert asked.returncode == 0, asked.stderr
    back = footnote(tmp_path / "nowhere", "doctor", "--to", str(tmp_path / "back"))
    assert back.returncode == 0, back.stderr
    monkeypatch.delenv("FOOTNOTE_STORE")
    replayed = footnote(tmp_path / "back", "replay", json.loads(asked.stdout)["receipt"]["id"])
    assert replayed.returncode == 0, replayed.stderr
