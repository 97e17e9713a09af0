"""Deletion: no file of the home folder contains words of a removed article."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from evals.studies.durability.consistency import find_inconsistencies
from evals.studies.durability.crashes import engines_of
from evals.studies.durability.synthetic_articles import coined, story
from service.runtime.home_lock import Home
from service.runtime.settings import Settings
from service.workspace import Workspace

KEPT, GONE = story(1), story(2)


def opened(home: Path) -> Workspace:
    return Workspace(Settings(home=home), engines_of("light"), Home(home))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    workspace = opened(tmp_path / "home")
    workspace.ingest([KEPT, GONE])
    workspace.close()
    return tmp_path / "home"


def occurrences(home: Path, *words: str) -> Iterator[tuple[str, str]]:
    """Return each file with each of the words that it contains."""
    for path in (path for path in home.rglob("*") if path.is_file()):
        content = path.read_bytes().lower()
        yield from ((path.name, word) for word in words if word.lower().encode() in content)


def test_words_and_id_of_a_kept_article_are_in_both_stores(home: Path) -> None:
    found = set(occurrences(home, GONE.id, coined(2)))
    assert {("ledger.db", GONE.id), ("ledger.db", coined(2)), ("chroma.sqlite3", GONE.id)} <= found


def test_nothing_is_left_of_a_removed_article(home: Path) -> None:
    workspace = opened(home)
    workspace.remove(GONE.id)
    assert ("ledger.db", coined(2)) not in set(occurrences(home, coined(2)))
    workspace.close()
    assert list(occurrences(home, GONE.id, coined(2))) == []
    assert list(occurrences(home, KEPT.id, coined(1))) != []


def test_nothing_is_left_when_the_process_was_killed_after_the_removal(home: Path) -> None:
    workspace = opened(home)
    workspace.store.remove(GONE.id)
    assert workspace.dense is not None
    workspace.dense._chroma.close()
    workspace.store.close()
    workspace.home.close()
    # In a process of its own, as the next start is: this one's memory holds the text.
    start = f"from tests.test_deletion import *; opened(Path({str(home)!r})).close()"
    subprocess.run([sys.executable, "-c", start], check=True)
    assert (home / "chroma").exists()
    assert list(occurrences(home, GONE.id, coined(2))) == []


def test_an_article_that_comes_back_with_other_words_has_none_of_the_old(home: Path) -> None:
    workspace = opened(home)
    workspace.remove(GONE.id)
    again = story(2, edition=2)
    assert workspace.ingest([again]).new == (GONE.id,)
    faults = find_inconsistencies(workspace, {KEPT.id: KEPT, GONE.id: again}, [GONE.id])
    assert (faults.lost, faults.doubled) == ((), ())
    workspace.close()
    assert list(occurrences(home, coined(2))) == []


def test_a_new_version_is_searched_without_a_trace_of_the_old(home: Path) -> None:
    workspace = opened(home)
    again = story(2, edition=2)
    workspace.ingest([again])
    assert workspace.dense is not None
    assert workspace.store.lexical.search([coined(2)], 5, None) == []
    assert not [chunk_id for chunk_id in workspace.dense.ids() if chunk_id.startswith(f"{GONE.id}@1")]
    faults = find_inconsistencies(workspace, {KEPT.id: KEPT, GONE.id: again}, [GONE.id])
    assert (faults.lost, faults.doubled) == ((), ())
    workspace.close()
