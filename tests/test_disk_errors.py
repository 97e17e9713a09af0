"""Disk errors: a full disk, a read-only home folder and a locked ledger give one clear line and lose nothing."""

import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from evals.studies.durability.consistency import find_inconsistencies
from evals.studies.durability.crashes import after, engines_of
from evals.studies.durability.synthetic_articles import articles_after, do_steps, story
from index.errors import HomeError
from index.vectors.vector_index import VectorIndex
from service.runtime.home_lock import Home
from service.runtime.settings import Settings
from service.workspace import Workspace


def opened(home: Path) -> Workspace:
    owned = Home(home)
    try:
        return Workspace(Settings(home=home), engines_of("light"), owned)
    except BaseException:
        owned.close()
        raise


def mount(folder: Path, options: str) -> bool:
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], capture_output=True, check=False
    )
    return done.returncode == 0


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Small separate file system."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if not mount(folder, "size=3m"):
        pytest.skip("only root may mount a small disk")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(disk: Path) -> Path:
    filler = disk / "filler"
    with suppress(OSError), filler.open("wb", buffering=0) as file:
        while file.write(bytes(4096)):
            pass
    return filler


def one_line(error: HomeError) -> str:
    said = str(error)
    assert "\n" not in said
    return said


def test_a_full_disk_loses_nothing_that_was_acknowledged(disk: Path) -> None:
    acknowledged: list[int] = []
    workspace = opened(disk / "home")
    with pytest.raises(HomeError) as raised:
        do_steps(workspace, 0, acknowledged.append, 100_000)
    assert str(disk / "home") in one_line(raised.value)
    workspace.close()
    assert mount(disk, "remount,size=64m")
    faults, under_way = after(disk / "home", engines_of("light"), 0, len(acknowledged))
    assert acknowledged
    assert (faults.lost, faults.doubled) == ((), ())
    again = opened(disk / "home")
    done = len(acknowledged) + under_way
    do_steps(again, done, acknowledged.append, done + 10)
    faults = find_inconsistencies(again, articles_after(done + 10))
    assert (faults.lost, faults.doubled) == ((), ())
    again.close()


def test_a_full_disk_at_the_start_gives_one_line(disk: Path) -> None:
    do_steps(workspace := opened(disk / "home"), 0, lambda number: None, 10)
    workspace.close()
    filler = fill(disk)
    with pytest.raises(HomeError) as raised:
        do_steps(opened(disk / "home"), 10, lambda number: None, 30)
    assert str(disk / "home") in one_line(raised.value)
    filler.unlink()
    again = opened(disk / "home")
    assert find_inconsistencies(again, articles_after(10)).lost == ()
    again.close()


def test_the_index_is_built_once_there_is_room(disk: Path) -> None:
    do_steps(workspace := opened(disk / "home"), 0, lambda number: None, 10)
    filler = fill(disk)
    for _ in range(2):
        with pytest.raises(HomeError) as raised:
            VectorIndex(disk / "other", workspace.store, fingerprint="any")
        assert str(disk / "other") in one_line(raised.value)
    filler.unlink()
    made = VectorIndex(disk / "other", workspace.store, fingerprint="any")
    assert made.count() == len(workspace.store.chunks.ids())
    made.close()
    workspace.close()


def test_a_read_only_home_gives_one_line(disk: Path) -> None:
    do_steps(workspace := opened(disk / "home"), 0, lambda number: None, 10)
    workspace.close()
    assert mount(disk, "remount,ro")
    with pytest.raises(HomeError, match=r"cannot be used.*--home") as raised:
        opened(disk / "home")
    one_line(raised.value)
    assert mount(disk, "remount,rw")
    again = opened(disk / "home")
    assert find_inconsistencies(again, articles_after(10)).lost == ()
    again.close()


def test_a_ledger_locked_by_another_program_gives_one_line(tmp_path: Path) -> None:
    workspace = opened(tmp_path / "home")
    workspace.ingest([story(1)])
    with sqlite3.connect(tmp_path / "home" / "ledger.db", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(HomeError, match=r"ledger\.db.*locked") as raised:
            workspace.ingest([story(2)])
        one_line(raised.value)
        other.execute("ROLLBACK")
    other.close()
    assert workspace.ingest([story(2)]).new == ("story-2",)
    faults = find_inconsistencies(workspace, {"story-1": story(1), "story-2": story(2)})
    assert (faults.lost, faults.doubled) == ((), ())
    workspace.close()
