"""Vectors in a real Chroma server process: a server that stops and restarts."""

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from evals.studies.scaling.chroma_server import ChromaServer
from evals.studies.scaling.postgresql_server import PostgresServer
from index.reading import read_paths, read_text
from index.vectors.exact import ExactIndex
from service.answering.types import Question
from service.library.types import ArticleEdit
from service.runtime.home_lock import Home, open_home
from service.runtime.settings import Settings
from service.workspace import Workspace
from service.workspaces import Workspaces
from tests.conftest import SEEDS, light_engines
from tests.stores import Stores
from tests.test_equal_processes import until

STRIKE = "A strike closed the airport of Norwick on Friday, the union said."
RALLY = "Which party's political rally in the Mustang district saw a suicide bombing?"


@pytest.fixture
def chroma(tmp_path: Path) -> Iterator[ChromaServer]:
    server = ChromaServer(tmp_path / "server")
    server.start()
    yield server
    server.kill()


def collections_on(address: str) -> int:
    found = httpx.get(f"{address}/api/v2/tenants/default_tenant/databases/default_database/collections_count")
    return int(found.text)


def test_a_chroma_server_keeps_the_vectors_and_may_go_and_come_back(chroma: ChromaServer, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", chroma=chroma.address, kept_answers=0)
    with closing(Workspace(settings, light_engines(), Home(settings.home))) as workspace:
        workspace.ingest(read_paths([SEEDS]))
        assert workspace.dense is not None
        assert workspace.dense.count() == workspace.store.chunks.count()
        found = workspace.dense.search(workspace.retriever.vector("rally"), 3, None)
        assert len(found) == 3
        assert not (tmp_path / "home" / "chroma").exists()
        chroma.kill()
        assert workspace.ask(Question(text=RALLY)).receipt.settings["dense"] == "rebuilding"
        assert workspace.readiness().ready
        workspace.ingest([read_text("late", STRIKE)])
        chroma.start()
        end = time.monotonic() + 30
        while workspace.dense.rebuilding and time.monotonic() < end:
            time.sleep(0.05)
        assert workspace.dense.count() == workspace.store.chunks.count()
        assert workspace.dense.search(workspace.retriever.vector("airport strike"), 1, None)[0][0] == "late@1#0"


def test_two_workspaces_over_one_database_share_the_vectors(
    chroma: ChromaServer, postgresql: PostgresServer, tmp_path: Path
) -> None:
    database = SecretStr(postgresql.new_database())
    one, other = (
        Workspace(settings, light_engines(), open_home(settings), wait=20.0)
        for settings in (
            Settings(home=tmp_path / name, chroma=chroma.address, store=database, kept_answers=0) for name in ("a", "b")
        )
    )
    with closing(one), closing(other):
        assert one.dense is not None
        assert other.dense is not None
        one.ingest(read_paths([SEEDS]))
        other.ingest([read_text("late", STRIKE)])
        vector = one.retriever.vector("airport strike")
        assert one.dense.search(vector, 1, None)[0][0] == "late@1#0"
        assert one.dense.search(vector, 99, None) == other.dense.search(vector, 99, None)
        one.remove("late")
        assert other.dense.count() == one.dense.count() == one.store.chunks.count() == other.store.chunks.count()
        assert other.rebuild() == one.store.chunks.count()  # the collection is thrown away and made anew
        one.dense.search(vector, 1, None)
        end = time.monotonic() + 30
        while one.dense.rebuilding and time.monotonic() < end:
            time.sleep(0.05)
        assert one.dense.search(vector, 99, None) == other.dense.search(vector, 99, None)


def test_a_named_collection_has_vectors_of_its_own_which_leave_the_server_with_it(
    chroma: ChromaServer, stores: Stores, tmp_path: Path
) -> None:
    settings = Settings(home=tmp_path / "home", chroma=chroma.address, store=SecretStr(stores.address()))
    with closing(Workspaces(settings, light_engines(), open_home(settings))) as workspaces:
        workspaces.add("desk")
        for name, text in (("default", "The pier was painted red in May."), ("desk", "A strike closed the airport.")):
            workspaces.open(name).ingest([read_text(name, text)])
        pier, strike = workspaces.open().dense, workspaces.open("desk").dense
        assert pier is not None
        assert strike is not None
        assert (pier.ids(), strike.ids()) == (["default@1#0"], ["desk@1#0"])
        workspaces.remove("desk")
        workspaces.add("desk")
        again = workspaces.open("desk").dense
        assert again is not None
        assert (pier.ids(), again.ids()) == (["default@1#0"], [])
    assert collections_on(chroma.address) == 2  # the removed one is gone, the new one has taken its place


def test_an_ingest_goes_on_while_the_chroma_server_is_away(chroma: ChromaServer, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", chroma=chroma.address, kept_answers=0)
    with closing(Workspace(settings, light_engines(), Home(settings.home))) as workspace:
        assert workspace.dense is not None
        workspace.ingest([read_text("pier", "The pier was painted red in May."), read_text("crane", "A crane fell.")])
        chroma.kill()
        found = [read_text("pier", "The pier was painted green in June."), read_text("late", STRIKE)]
        report = workspace.ingest(found)
        assert (report.changed, report.new) == (("pier",), ("late",))
        workspace.edit("crane", ArticleEdit(title="Quay"))
        assert workspace.dense.rebuilding
        chroma.start()
        assert until(lambda: workspace.dense is not None and not workspace.dense.rebuilding)
        assert sorted(workspace.dense.ids()) == ["crane@1#0", "late@1#0", "pier@2#0"]
        quay = workspace.retriever.vector("Quay")
        exact = dict(ExactIndex(workspace.store).search(quay, 3, None))
        assert dict(workspace.dense.search(quay, 3, None)) == pytest.approx(exact, abs=1e-3)


def test_what_a_killed_process_did_not_index_another_one_does(
    chroma: ChromaServer, postgresql: PostgresServer, tmp_path: Path
) -> None:
    database = SecretStr(postgresql.new_database())
    settings = Settings(home=tmp_path / "home", chroma=chroma.address, store=database, kept_answers=0)
    with closing(Workspace(settings, light_engines(), open_home(settings))) as surviving:
        surviving.ingest([read_text("late", STRIKE)])
        assert surviving.dense is not None
        surviving.dense.delete(surviving.store.chunks.ids())  # as if its process had been killed before it indexed
        (index,) = [part for part in surviving.readiness().parts if part.name == "index"]
        assert (index.ok, index.degraded, index.detail) == (True, True, "0 of 1 chunks, catching up")
        vector = surviving.retriever.vector("airport strike")
        dense = surviving.dense
        assert until(lambda: [found for found, _ in dense.search(vector, 1, None)] == ["late@1#0"])


def test_a_chunk_that_the_ledger_lacks_leaves_the_index_when_a_search_finds_it(
    chroma: ChromaServer, postgresql: PostgresServer, tmp_path: Path
) -> None:
    database = SecretStr(postgresql.new_database())
    settings = Settings(home=tmp_path / "home", chroma=chroma.address, store=database, kept_answers=0)
    without = settings.model_copy(update={"exact": True})
    with (
        closing(Workspace(settings, light_engines(), open_home(settings))) as surviving,
        closing(Workspace(without, light_engines(), open_home(settings))) as killed,  # as if before it indexed
    ):
        surviving.ingest([read_text("late", STRIKE)])
        killed.ingest([read_text("late", "The airport of Norwick was opened again after the strike.")])
        assert surviving.dense is not None
        assert surviving.dense.count() == surviving.store.chunks.count() == 1
        vector = surviving.retriever.vector("airport strike")
        dense = surviving.dense
        assert until(lambda: [found for found, _ in dense.search(vector, 1, None)] == ["late@2#0"])
