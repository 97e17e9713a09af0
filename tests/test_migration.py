"""Ledger migration: an outdated ledger is rebuilt from its articles, with a backup, and citations still resolve."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Event

import pytest
from pydantic import SecretStr

from evals.studies.durability.consistency import find_inconsistencies
from evals.studies.durability.crashes import engines_of
from evals.studies.durability.synthetic_articles import story
from evals.studies.scaling.postgresql_server import PostgresServer
from index.embedding import HashEmbedder
from index.errors import HomeError, IndexMismatch
from index.store.migrations import migrations
from index.store.opening import open_store
from index.store.sqlite_replacement import backup_path, replace_ledger
from service.answering.types import Question
from service.ingestion.ingest import index_fingerprint
from service.ingestion.reindexing import PROGRESS_INTERVAL, reindex, reindex_database
from service.runtime.home_lock import Home, open_home
from service.runtime.settings import Settings
from service.workspace import Workspace
from tests.test_document_store import add
from tests.test_document_store import story as harbour
from tests.test_equal_processes import until

WAITING = (
    "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
    " WHERE l.locktype = 'advisory' AND NOT l.granted AND d.datname = ?"
)
"""How many wait for their turn in one database."""


def opened(home: Path) -> Workspace:
    return Workspace(Settings(home=home), engines_of("light"), Home(home))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    workspace = opened(tmp_path / "home")
    workspace.ingest([story(1), story(2), story(1, edition=2)])
    workspace.ask(Question(text="Why was the harbour closed?"))
    workspace.close()
    return tmp_path / "home"


def altered(home: Path, sql: str) -> None:
    with sqlite3.connect(home / "ledger.db") as db:
        db.executescript(sql)
    db.close()


OLDER = """
    UPDATE meta SET value = '0' WHERE key = 'schema';
    DROP TABLE turn; DROP TABLE origin; DROP TABLE copy; DROP TABLE word;
"""


@pytest.mark.parametrize(
    "sql", ["UPDATE meta SET value = 'other/1/chunking-1' WHERE key = 'stamp'", OLDER], ids=["fingerprint", "schema"]
)
def test_an_outdated_ledger_is_refused_then_rebuilt(home: Path, sql: str) -> None:
    altered(home, sql)
    before = (home / "ledger.db").read_bytes()
    with pytest.raises((IndexMismatch, HomeError), match="footnote doctor"):
        opened(home)
    old = reindex(home / "ledger.db", HashEmbedder())
    assert old is not None
    assert old.read_bytes() == before
    workspace = opened(home)
    faults = find_inconsistencies(
        workspace, {"story-1": story(1, edition=2), "story-2": story(2)}, ["story-1", "story-2"]
    )
    assert (faults.lost, faults.doubled) == ((), ())
    workspace.close()


def test_old_versions_and_receipts_are_copied(home: Path) -> None:
    altered(home, "UPDATE meta SET value = 'other' WHERE key = 'stamp'")
    with sqlite3.connect(home / "ledger.db") as db:
        receipt = db.execute("SELECT id FROM receipt").fetchone()[0]
    db.close()
    reindex(home / "ledger.db", HashEmbedder())
    workspace = opened(home)
    assert workspace.store.articles.get("story-1", 1).article == story(1)
    assert workspace.store.articles.get("story-1").version == 2
    assert workspace.replay(receipt)
    workspace.close()


def test_an_up_to_date_ledger_is_not_rebuilt(home: Path) -> None:
    before = (home / "ledger.db").read_bytes()
    assert reindex(home / "ledger.db", HashEmbedder()) is None
    assert (home / "ledger.db").read_bytes() == before


def test_a_failed_rebuild_leaves_the_old_ledger(home: Path) -> None:
    def fails(making: Path) -> None:
        making.write_bytes(b"half")
        raise HomeError("the disk is full")

    before = (home / "ledger.db").read_bytes()
    with pytest.raises(HomeError, match="full"):
        replace_ledger(home / "ledger.db", fails)
    assert (home / "ledger.db").read_bytes() == before
    altered(home, "UPDATE meta SET value = 'other' WHERE key = 'stamp'")
    assert reindex(home / "ledger.db", HashEmbedder()) is not None
    assert not list(home.glob("ledger.making*"))


def test_a_second_backup_does_not_replace_the_first(home: Path) -> None:
    ledger = home / "ledger.db"
    first = backup_path(ledger, "minilm/5/chunking-2")
    first.touch()
    assert first.name == "ledger.minilm-5-chunking-2.bak"
    assert backup_path(ledger, "minilm/5/chunking-2").name == "ledger.minilm-5-chunking-2.2.bak"


def test_a_newer_ledger_is_refused_and_not_rebuilt(home: Path) -> None:
    altered(home, "UPDATE meta SET value = '99' WHERE key = 'schema'")
    with pytest.raises(HomeError, match="newer Footnote"):
        reindex(home / "ledger.db", HashEmbedder())
    with pytest.raises(HomeError, match="newer Footnote"):
        opened(home)


def test_a_ledger_without_a_needed_column_is_named_and_kept(home: Path) -> None:
    altered(home, "UPDATE meta SET value = '0' WHERE key = 'schema'; ALTER TABLE article DROP COLUMN body;")
    with pytest.raises(HomeError, match="cannot be rebuilt"):
        reindex(home / "ledger.db", HashEmbedder())
    assert not list(home.glob("*.bak"))


def test_a_database_of_another_embedder_is_reindexed_in_place(postgresql: PostgresServer, tmp_path: Path) -> None:
    address = postgresql.new_database()
    settings = Settings(home=tmp_path, store=SecretStr(address))
    with closing(Workspace(settings, engines_of("light"), open_home(settings))) as workspace:
        workspace.ingest([story(1), story(2), story(1, edition=2)])
        ranked = workspace.store.lexical.search(["harbour"], 9, None)
    with closing(open_store(address, tmp_path, fingerprint="other", anew=True)) as emptied:
        assert emptied.articles.without_chunks() == ["story-1", "story-2"]
    with pytest.raises(IndexMismatch, match="footnote doctor"):
        Workspace(settings, engines_of("light"), open_home(settings))
    assert reindex_database(address, HashEmbedder()) == 2
    assert reindex_database(address, HashEmbedder()) == 0
    with closing(Workspace(settings, engines_of("light"), open_home(settings))) as workspace:
        assert workspace.store.lexical.search(["harbour"], 9, None) == ranked
        assert workspace.store.articles.get("story-1", 1).article == story(1)
        assert workspace.store.faults() == []


def test_an_interrupted_reindex_is_not_opened_until_doctor_has_finished_it(
    postgresql: PostgresServer, tmp_path: Path
) -> None:
    address, fingerprint = postgresql.new_database(), index_fingerprint(HashEmbedder())
    settings = Settings(home=tmp_path, store=SecretStr(address))
    with closing(Workspace(settings, engines_of("light"), open_home(settings))) as workspace:
        workspace.ingest([story(number) for number in range(PROGRESS_INTERVAL + 2)])
    with closing(open_store(address, tmp_path, fingerprint="other", anew=True)):
        pass

    def stops(line: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        reindex_database(address, HashEmbedder(), stops)
    with pytest.raises(IndexMismatch, match="interrupted; `footnote doctor` goes on with it"):
        open_store(address, tmp_path, fingerprint=fingerprint)
    with closing(open_store(address, tmp_path, fingerprint=fingerprint, anew=True)) as unfinished:
        assert unfinished.faults() == ["2 rows of article have no chunk"]
        assert "footnote doctor" in (unfinished.ledger.mismatch() or "")
    assert reindex_database(address, HashEmbedder()) == 2
    with closing(open_store(address, tmp_path, fingerprint=fingerprint)) as finished:
        assert finished.faults() == []


def test_a_server_of_the_former_embedder_writes_nothing_more(postgresql: PostgresServer, tmp_path: Path) -> None:
    address = postgresql.new_database()
    settings = Settings(home=tmp_path, store=SecretStr(address))
    with closing(open_store(address, tmp_path, fingerprint="other")):
        pass  # an empty collection takes the embedder that comes last
    with closing(Workspace(settings, engines_of("light"), open_home(settings))) as former:
        former.ingest([story(1)])
        with closing(open_store(address, tmp_path, fingerprint="other", anew=True)) as other:
            with pytest.raises(IndexMismatch, match="built with 'other'"):
                former.ingest([story(2)])
            assert other.articles.without_chunks() == ["story-1"]
            assert other.chunks.count() == other.chunks.word_count() == 0
        (collection,) = (part for part in former.readiness().parts if part.name == "collection")
        assert (collection.ok, "footnote doctor" in collection.detail) == (False, True)


def test_a_reindex_deletes_nothing_while_another_process_ingests(postgresql: PostgresServer, tmp_path: Path) -> None:
    address, deleted = postgresql.new_database(), Event()
    with closing(open_store(address, tmp_path, fingerprint="s")) as store:
        add(store, harbour())

        def reindexes() -> None:
            with closing(open_store(address, tmp_path, fingerprint="other", anew=True)):
                deleted.set()

        with ThreadPoolExecutor() as pool:
            with store.exclusive():
                waiting = pool.submit(reindexes)
                assert until(lambda: store.ledger.rows(WAITING, store.name.rpartition("/")[2]) == [(1,)])
                assert (deleted.is_set(), store.chunks.ids()) == (False, ["harbour@1#0"])
            waiting.result(30)
        assert store.chunks.ids() == []


def test_a_database_of_a_newer_footnote_is_refused(postgresql: PostgresServer, tmp_path: Path) -> None:
    address = postgresql.new_database()
    with closing(open_store(address, tmp_path, fingerprint="s")) as store, store.ledger.transaction():
        store.ledger.set_meta("migration", "99")
    with pytest.raises(HomeError, match="a newer Footnote made it"):
        open_store(address, tmp_path, fingerprint="s")


def test_a_gap_in_the_numbers_of_the_migrations_is_found(tmp_path: Path) -> None:
    for name in ("0001_schema.sql", "0003_jobs.sql"):
        (tmp_path / name).touch()
    with pytest.raises(AssertionError, match="misnumbered"):
        migrations(str(tmp_path))
