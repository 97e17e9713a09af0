"""Crash study: a killed ingest loses nothing that it had acknowledged, and the check detects every fault."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from evals.studies.durability.consistency import find_inconsistencies
from evals.studies.durability.crashes import crash, engines_of
from evals.studies.durability.synthetic_articles import articles_after, do_steps, step
from index.store.sqlite_ledger import SqliteLedger
from service.runtime.home_lock import Home
from service.runtime.settings import Settings
from service.workspace import Workspace

STEPS = 16


@pytest.fixture
def ingested(tmp_path: Path) -> Iterator[Workspace]:
    home = tmp_path / "home"
    workspace = Workspace(Settings(home=home), engines_of("light"), Home(home))
    do_steps(workspace, 0, lambda number: None, STEPS)
    yield workspace
    workspace.close()


def test_a_killed_ingest_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    found = crash(5, 7, "light", tmp_path)
    assert found.acknowledged > 0
    assert (found.lost, found.doubled, found.unusable) == ((), (), ())


def test_the_steps_change_remove_and_bring_back(ingested: Workspace) -> None:
    assert {step(number).kind for number in range(STEPS)} == {"add", "change", "remove"}
    assert {found.id for found in ingested.store.articles.list_current()} == set(articles_after(STEPS))
    assert ingested.store.articles.get("story-3").version == 2


def test_a_whole_collection_has_no_fault(ingested: Workspace) -> None:
    found = find_inconsistencies(ingested, articles_after(STEPS), articles_after(STEPS))
    assert (found.lost, found.doubled) == ((), ())


def test_every_fault_is_seen(ingested: Workspace) -> None:
    wanted = articles_after(STEPS)
    assert ingested.dense is not None
    ingested.dense.delete([ingested.store.chunks.ids()[0]])
    ledger = ingested.store._ledger
    assert isinstance(ledger, SqliteLedger)
    db = ledger._db
    db.execute("UPDATE article SET text = text || '.' WHERE id = 'story-0'")
    db.execute("DELETE FROM chunk WHERE id = 'story-1@1#0'")
    db.execute("UPDATE chunk SET vector = zeroblob(512) WHERE id = 'story-7@1#0'")
    found = find_inconsistencies(
        ingested, {**wanted, "story-99": wanted["story-0"].model_copy(update={"id": "story-99"})}, []
    )
    text = "\n".join(found.lost)
    for fault in ("not in the dense index", "story-0: another text", "story-1: sentences missing", "story-99: gone"):
        assert fault in text
    assert "story-7: not found by its vectors" in text
    assert any("full text have no chunk" in fault for fault in found.doubled)
    assert any("story-1@1#0: in the dense index alone" in fault for fault in found.doubled)


def test_what_was_removed_must_not_be_there(ingested: Workspace) -> None:
    wanted = articles_after(STEPS)
    wanted.pop("story-0")
    assert [fault for fault in find_inconsistencies(ingested, wanted).doubled if fault.startswith("story-0")]
