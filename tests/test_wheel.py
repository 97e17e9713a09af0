"""Wheel: what `pipx install` and `uv tool install` get has every file, and runs outside of the checkout."""

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from tests.conftest import MODELS
from tests.test_architecture import PACKAGES, ROOT

BUILD = "from setuptools.build_meta import build_wheel; build_wheel('out')"
RUN = "import sys; from service.cli import main; main()"
FOLDERS = (*PACKAGES, "seeds")
PROJECT = ("pyproject.toml", "README.md", "LICENSE")
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of a copy of the checkout, because a build leaves its own folders there."""
    copy = tmp_path_factory.mktemp("source")
    for name in FOLDERS:
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in PROJECT:
        shutil.copy(ROOT / name, copy / name)
    subprocess.run([sys.executable, "-c", BUILD], cwd=copy, check=True, capture_output=True)
    [built] = (copy / "out").glob("*.whl")
    return built


def test_the_wheel_has_every_file_that_is_needed_at_run_time(wheel: Path) -> None:
    needed = {str(each.relative_to(ROOT)) for name in FOLDERS for each in (ROOT / name).rglob("*") if each.is_file()}
    needed = {each for each in needed if "__pycache__" not in each}
    packed = {each for each in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in each}
    assert sorted(needed - packed) == []
    assert sorted(packed - needed) == []


def test_the_wheel_brings_the_command_and_the_verbs_of_evals(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    [points] = [each for each in archive.namelist() if each.endswith("entry_points.txt")]
    lines = archive.read(points).decode().splitlines()
    assert {"footnote = service.cli:main", "evals = evals.cli:register"} <= set(lines)


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    site = tmp_path_factory.mktemp("site")
    zipfile.ZipFile(wheel).extractall(site)
    return site


def environment(installed: Path) -> dict[str, str]:
    """An environment in which the wheel's files come before those of the checkout."""
    return {**os.environ, "PYTHONPATH": str(installed), "FOOTNOTE_MODELS": str(MODELS), "PYTHONSAFEPATH": "1"}


@pytest.fixture
def run(installed: Path, tmp_path: Path) -> Run:
    def ran(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", RUN, "--home", str(tmp_path / "home"), *arguments]
        return subprocess.run(command, cwd=tmp_path, env=environment(installed), capture_output=True, text=True)

    return ran


def test_it_is_the_wheel_that_runs(installed: Path, tmp_path: Path) -> None:
    program = "import evals, index, prompts, service; print(evals.__file__, index.__file__, service.__file__)"
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=tmp_path, env=environment(installed), capture_output=True, text=True, check=True)
    assert [name.startswith(str(installed)) for name in done.stdout.split()] == [True] * 3


@pytest.mark.real_models
def test_the_installed_command_answers_and_measures(run: Run, tmp_path: Path) -> None:
    (tmp_path / "pier.txt").write_text("Pier\n\nThe pier of Norwick was painted red in May, the mayor said.\n")
    assert run("ingest", "pier.txt").stdout.startswith("1 new")
    assert "painted red" in run("ask", "What was painted red in May?").stdout
    measured = run("eval", "run", "--suite", "seeds", "--limit", "2")
    assert (measured.returncode, "errors: 0" in measured.stdout) == (0, True), measured.stderr


@pytest.mark.real_models
def test_the_installed_server_shows_the_page_and_takes_in_the_samples(installed: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", RUN, "--home", str(tmp_path / "home"), "serve", "--port", "0"]
    server = subprocess.Popen(
        command, cwd=tmp_path, env=environment(installed), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert server.stdout is not None
    try:
        address = server.stdout.readline().split(" on ")[1].split()[0]
        assert b"<title>Footnote</title>" in urlopen(address).read()
        for name in ("web/app.js", "web/style.css", "docs"):
            assert urlopen(f"{address}/{name}").status == 200
        sent = Request(f"{address}/v1/samples", data=b"{}", headers={"content-type": "application/json"})
        assert urlopen(sent).read().count(b'"00') == 5
    finally:
        server.terminate()
        server.wait(timeout=30)
