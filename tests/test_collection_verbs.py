"""Collections on the command line: each verb uses the named one, here and through a server that has the home open."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from service.cli import footnote
from service.runtime.home_lock import read_owner
from tests.test_architecture import ROOT

HARBOUR = "The union of dockers closed the harbour of Norwick on Monday, the council said."


def run(home: Path, *words: str, typed: str = "") -> Result:
    return CliRunner().invoke(footnote, ["--home", str(home), *words], input=typed)


def said(result: Result) -> str:
    assert result.exit_code == 0, result.output
    return result.output


def one_line(result: Result, says: str) -> None:
    assert result.exit_code == 1, result.output
    (line,) = [line for line in result.stderr.splitlines() if line.startswith("footnote:")]
    assert says in line


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def story(tmp_path: Path) -> str:
    path = tmp_path / "story.txt"
    path.write_text(HARBOUR)
    return str(path)


@pytest.fixture
def server(home: Path) -> Iterator[str]:
    """The address of a server without models over the home; the command reaches the home through it."""
    command = [sys.executable, "-m", "tests.light_server", str(home), "--exact"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    assert process.stdout.readline()
    owner = read_owner(home)
    assert owner is not None
    yield owner.url or ""
    process.terminate()
    process.wait(40)


def test_collections_are_added_listed_and_removed_without_models(home: Path) -> None:
    assert said(run(home, "collections")) == "default\n"
    assert "footnote --collection desk ingest" in said(run(home, "collections", "add", "desk"))
    assert said(run(home, "collections", "list")) == "default\ndesk\n"
    assert run(home, "collections", "remove", "desk", typed="n\n").exit_code == 1
    assert said(run(home, "collections", "list")) == "default\ndesk\n"
    assert "removed desk" in said(run(home, "collections", "remove", "desk", typed="y\n"))
    assert said(run(home, "collections")) == "default\n"
    assert list((home / "collections").iterdir()) == []


def test_mistakes_with_a_collection_are_one_line(home: Path, story: str) -> None:
    way_out = "no collection 'sport'; there is only default; `footnote collections add NAME` adds one"
    one_line(run(home, "--collection", "sport", "ingest", story), way_out)
    one_line(run(home, "--collection", "sport", "ask", "Who?"), way_out)
    one_line(run(home, "collections", "remove", "sport"), way_out)
    one_line(run(home, "collections", "remove", "default", "--yes"), "cannot be removed")
    one_line(run(home, "collections", "add", "Sport Desk"), "lower-case letters, digits and hyphens")
    one_line(run(home, "--collection", "sport", "serve"), "serves every collection")


def test_the_command_uses_its_collection_while_a_server_runs(home: Path, story: str, server: str) -> None:
    said(run(home, "collections", "add", "desk"))
    assert "1 new" in said(run(home, "--collection", "desk", "ingest", story))
    listed = json.loads(said(run(home, "--collection", "desk", "articles", "list", "--json")))
    assert listed["total"] == 1
    assert "dockers" in said(run(home, "--collection", "desk", "ask", "Who closed the harbour of Norwick?"))
    assert json.loads(said(run(home, "articles", "list", "--json")))["total"] == 0
    one_line(run(home, "ask", "Who closed the harbour of Norwick?"), "empty")
    one_line(run(home, "--collection", "sport", "ask", "Who?"), "there are default, desk")
    assert "removed desk" in said(run(home, "collections", "remove", "desk", "--yes"))
    one_line(run(home, "--collection", "desk", "articles", "list"), "no collection 'desk'")


def test_the_environment_chooses_a_collection_too(
    home: Path, story: str, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    said(run(home, "collections", "add", "desk"))
    monkeypatch.setenv("FOOTNOTE_COLLECTION", "desk")
    assert "1 new" in said(run(home, "ingest", story))
    assert json.loads(said(run(home, "articles", "list", "--json")))["total"] == 1
    assert json.loads(said(run(home, "--collection", "default", "articles", "list", "--json")))["total"] == 0
