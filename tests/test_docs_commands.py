"""Commands of the pages: each is run over the seeds and prints what its page shows; a few are only parsed."""

import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner

from service.cli import footnote
from tests.conftest import MODELS, SEEDS
from tests.test_architecture import ROOT
from tests.test_docs import unknown

NOT_RUN = {
    "make": "sets up, or runs what CI runs",
    "docker compose": "builds images and starts a fleet",
    "pip install": "installs packages",
    "python -m pip": "tests/test_wheel.py builds the wheel",
    "pipx install": "installs packages",
    "pg_dump": "tests/test_moving.py dumps a database and restores it",
    "createdb": "is part of restoring a dump",
    "pg_restore": "is part of restoring a dump",
    "footnote doctor --to": "tests/test_cli.py copies to PostgreSQL and back",
    "export FOOTNOTE_STORE": "names a database that is not here",
    "footnote serve --host 0.0.0.0 --port 8000": "is for that database",
    "footnote ingest --watch": "goes on until Ctrl-C; tests/test_ingest_sources.py watches",
    "footnote models pull qwen3-4b": "fetches 2.5 GB",
    "footnote models pull deberta-v3-base-nli": "fetches 0.7 GB",
    "footnote models prove": "needs one of these, and minutes; tests/test_proving.py",
    "footnote models use qwen3-4b": "needs it",
    "footnote models use http": "needs a server; tests/test_model_verbs.py has one",
    "footnote models use deberta-v3-base-nli": "needs it",
    "footnote eval run --tier": "CI runs it",
    "footnote eval run --suite": "CI runs it",
    "footnote eval compare --tier": "CI runs it",
    "footnote eval ablate": "takes minutes",
    "footnote study": "takes minutes",
    "footnote bench": "takes minutes",
}
"""Beginnings of the commands that are only parsed, each with the reason."""
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
OTHER_FENCES = {"text", "toml", "python"}
RECEIPT_ID = re.compile(r"\b[0-9a-f]{32}\b")
SERVE = re.compile(r"footnote (--home \S+ )?serve\b")


class Step(NamedTuple):
    """A command of a page, and the output that the page shows for it, if it does."""

    command: str
    shown: str | None


def steps(text: str) -> Iterator[Step]:
    """Yield the commands of the shell blocks of a page; in a block with prompts, the other lines are output."""
    for language, block in FENCE.findall(text):
        if language in OTHER_FENCES:
            continue
        assert not language, f"what is a block of {language}?"
        block = block.replace("\\\n", "")
        if block.startswith("$ "):
            for part in block.removeprefix("$ ").split("\n$ "):
                command, _, shown = part.partition("\n")
                yield Step(_plain(command), shown.strip("\n") or None)
        else:
            yield from (Step(_plain(line), None) for line in block.splitlines() if _plain(line))


def _plain(line: str) -> str:
    """Return a command without its comment and its folder."""
    return re.sub(r"(?:^|\s+)# .*", "", line).strip().replace(".venv/bin/footnote", "footnote")


def reason_not_to_run(command: str) -> str | None:
    """Return why a command is only parsed, or None."""
    bare = re.sub(r"^(?:[A-Z_]+=\S+ )+", "", command)
    return next((reason for start, reason in NOT_RUN.items() if f"{bare} ".startswith(start)), None)


def is_printed(shown: str, output: str) -> bool:
    """Whether the output is what a page shows, where a line of three dots, or those at its end, is anything."""
    lines = (r"(?s:.*)" if line == "..." else re.escape(line).replace(r"\.\.\.", ".*") for line in shown.splitlines())
    return re.fullmatch(r"\n*".join(lines) + r"\s*", output.strip("\n")) is not None


class Reader:
    """Runs the commands of one page in one folder, as somebody who has the page beside the terminal."""

    def __init__(self, folder: Path, home: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self.receipts: list[str] = []
        self.servers: list[subprocess.Popen[str]] = []
        self.environment = {"FOOTNOTE_HOME": str(home), "FOOTNOTE_MODELS": str(MODELS), "CURL_HOME": str(folder)}
        (folder / ".curlrc").write_text("fail-with-body\nsilent\nshow-error\n")

    def run(self, step: Step) -> None:
        """Run a command; fail where it fails, or prints something else than the page shows."""
        command = step.command.replace("127.0.0.1:8000", f"127.0.0.1:{self.port}")
        for name, number in (("RECEIPT", -1), ("OTHER", -2)):
            if name in command:
                command = command.replace(name, self.receipts[number])
        output = self._output(command)
        assert step.shown is None or is_printed(step.shown, output), f"{step.command} printed:\n{output}"
        if "delete" in command:
            self.receipts = [each for each in self.receipts if each not in command]
        else:
            self.receipts += [each for each in RECEIPT_ID.findall(output) if each not in self.receipts]

    def _output(self, command: str) -> str:
        if serve := SERVE.match(command):
            return self._serve(command, own_home=bool(serve[1]))
        if name := re.match(r"export (\w+)=", command):
            self.environment[name[1]] = self._shell(f'{command}; printf %s "${name[1]}"')
            return ""
        before, _, last = command.rpartition(" | ")
        if not last.startswith("footnote "):
            return self._shell(command)
        last, _, target = last.partition(" > ")
        output = self._footnote(last, self._shell(f"{before} | head -c 65536") if before else None)
        if target:
            (self.folder / target.strip()).write_text(output)
        return "" if target else output

    def _shell(self, command: str) -> str:
        environment = {**os.environ, **self.environment}
        done = subprocess.run(
            ["bash", "-c", command], cwd=self.folder, env=environment, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        return done.stdout

    def _footnote(self, command: str, given: str | None) -> str:
        """Run the command in this process: importing it again for each line of a page would take minutes."""
        with chdir(self.folder):
            done = CliRunner().invoke(footnote, shlex.split(command)[1:], input=given, env=self.environment)
        assert done.exit_code == 0, f"{command}\n{done.output}"
        return done.stdout

    def _serve(self, command: str, *, own_home: bool) -> str:
        """Start a server, over a home of its own if the page names none, which the page's next commands reach."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        program = shlex.quote(str(Path(sys.executable).with_name("footnote")))
        environment = {**os.environ, **self.environment}
        if not own_home:
            environment["FOOTNOTE_HOME"] = str(self.folder / f"home-{self.port}")
        server = subprocess.Popen(
            f"exec {command.replace('footnote', program, 1)} --port {self.port}",
            shell=True, cwd=self.folder, env=environment, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.servers.append(server)
        assert server.stdout is not None
        started = server.stdout.readline()
        assert f":{self.port}" in started, command
        return started

    def close(self) -> None:
        """Stop the servers that the page started."""
        for server in self.servers:
            server.send_signal(signal.SIGTERM)
            server.wait(timeout=20)


def pages() -> list[Path]:
    return [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """A server over the seeds, which the commands of all pages reach."""
    folder = tmp_path_factory.mktemp("served")
    reader = Reader(folder, folder / "home", 0)
    try:
        reader.run(Step(f"footnote --home {folder / 'home'} serve", None))
        reader.run(Step(f"footnote ingest {shlex.quote(str(SEEDS))}", None))
        yield reader
    finally:
        reader.close()


@pytest.fixture
def reader(served: Reader, tmp_path: Path) -> Iterator[Reader]:
    """A reader with a folder of two articles and the topics that docs/briefs.md shows."""
    (tmp_path / "articles").mkdir()
    for name in ("000_af5a69d05544d7a4.txt", "002_eec33da235cea3be.txt"):
        shutil.copy(SEEDS / name, tmp_path / "articles")
    [topics] = [block for kind, block in FENCE.findall((ROOT / "docs/briefs.md").read_text()) if kind == "toml"]
    (tmp_path / "topics.toml").write_text(topics)
    opened = Reader(tmp_path, served.folder / "home", served.port)
    yield opened
    opened.close()


@pytest.mark.real_models
@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_every_command_of_a_page_does_what_the_page_says(page: Path, reader: Reader) -> None:
    for step in steps(page.read_text(encoding="utf-8")):
        if reason_not_to_run(step.command) is None:
            reader.run(step)


@pytest.mark.real_models
@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_python_of_a_page_runs(page: Path, served: Reader) -> None:
    for language, block in FENCE.findall(page.read_text(encoding="utf-8")):
        if language == "python":
            exec(block.replace(":8000", f":{served.port}"), {})


def test_commands_that_are_only_parsed_exist() -> None:
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    for page in pages():
        for command, _ in steps(page.read_text(encoding="utf-8")):
            for part in command.split(" && "):
                if part.startswith("make "):
                    assert part.split()[1] in targets, part
                elif part.startswith("footnote "):
                    assert unknown(shlex.split(part)[1:]) == [], part


def test_every_reason_not_to_run_a_command_is_needed() -> None:
    commands = [command for page in pages() for command, _ in steps(page.read_text(encoding="utf-8"))]
    reasons = {reason_not_to_run(command) for command in commands}
    assert [start for start, reason in NOT_RUN.items() if reason not in reasons] == []


@pytest.mark.parametrize(
    ("page", "found"),
    [
        ("```\n# a remark\nfootnote ask Q  # why\n```", [("footnote ask Q", None)]),
        ("```\nfootnote models use http://H/v1#M\n```", [("footnote models use http://H/v1#M", None)]),
        ("```\n$ footnote ask Q\nno\n\nyes\n$ x\n```", [("footnote ask Q", "no\n\nyes"), ("x", None)]),
        ("```\ncurl a \\\n  -d b\n```\n```text\nno\n```", [("curl a   -d b", None)]),
    ],
)
def test_commands_and_their_output_are_read_from_a_page(page: str, found: list[tuple[str, str | None]]) -> None:
    assert list(steps(page)) == found


@pytest.mark.parametrize(("shown", "same"), [("a\n...\nd", True), ("a\nb ...\nd", True), ("a\nd", False), ("a", False)])
def test_output_is_compared_but_for_what_a_page_leaves_out(shown: str, same: bool) -> None:
    assert is_printed(shown, "a\nb c\nd\n") is same


@pytest.mark.parametrize("command", ["footnote ask Q --styled quote", "footnote shew", "curl 127.0.0.1:8000/v9", "nix"])
@pytest.mark.real_models
def test_a_command_that_does_not_work_fails(command: str, reader: Reader) -> None:
    with pytest.raises(AssertionError):
        reader.run(Step(command, None))
