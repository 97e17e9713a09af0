"""Moving a collection from SQLite to PostgreSQL and back: nothing is lost, an interrupted move goes on."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from index.errors import HomeError
from index.reading import read_paths, read_text
from index.store.moving import content_digest, move
from index.store.opening import open_store
from index.store.store import DocumentStore
from index.types import Feedback, Turn
from service.answering.types import Question
from service.runtime.home_lock import Home
from service.runtime.settings import Settings
from service.workspace import Workspace
from tests.conftest import SEEDS, light_engines
from tests.postgresql_server import PostgresServer
from tests.test_document_store import add, story

RALLY = "Which party's political rally in the Mustang district saw a suicide bombing?"


@pytest.fixture
def home(tmp_path: Path) -> Workspace:
    settings = Settings(home=tmp_path / "home", exact=True)
    workspace = Workspace(settings, light_engines(), Home(settings.home))
    workspace.ingest(read_paths([SEEDS]))
    workspace.ingest([read_text("odd", "The harbour\0 of Norwick was closed. 東京の港は閉鎖された。"), story()])
    workspace.ingest([story("The harbour was opened again after the flood, the mayor said on Friday.")])
    answer = workspace.ask(Question(text=RALLY, conversation="c"))
    history = workspace.store.history
    history.keep_feedback(Feedback(receipt_id=answer.receipt.id, verdict="right", note="", created="2026-01-01"))
    history.rename_conversation("c", "The rally")
    return workspace


@pytest.fixture
def source(home: Workspace) -> Iterator[DocumentStore]:
    yield home.store
    home.close()


def test_there_and_back_again(source: DocumentStore, postgresql: PostgresServer, tmp_path: Path) -> None:
    address = postgresql.new_database()
    with closing(open_store(address, tmp_path, fingerprint=source.fingerprint)) as there:
        moved = move(source, there)
        assert (moved.articles, moved.digest) == (source.articles.count(), content_digest(source))
        for one, other in zip(there.articles.list_current(), source.articles.list_current(), strict=True):
            assert one == other or one.id == "odd"  # SQLite counts the characters up to a NUL
        assert there.articles.get("odd") == source.articles.get("odd")
        assert there.articles.get("harbour", 1) == source.articles.get("harbour", 1)
        for asked in (["rally", "bombing"], ["o'brien"], ["東京"], ["harbour"]):
            assert there.lexical.search(asked, 50, None) == source.lexical.search(asked, 50, None)
        assert there.history.conversations(9) == source.history.conversations(9)
        there.history.keep_answer(
            "f" * 32, "{}", "c", Turn(question="q", asked="q", receipt="f" * 32, created_at="now")
        )
        assert [turn.question for turn in there.history.turns("c", 9)] == [RALLY, "q"]
        with closing(DocumentStore.open(tmp_path / "back.db", fingerprint=source.fingerprint)) as back:
            assert move(there, back).digest == content_digest(there) == content_digest(back)
            assert back.faults() == []


def test_an_interrupted_move_goes_on(source: DocumentStore, postgresql: PostgresServer, tmp_path: Path) -> None:
    address = postgresql.new_database()
    with closing(open_store(address, tmp_path, fingerprint=source.fingerprint)) as there:

        def stops(line: str) -> None:
            if line.endswith("every row"):
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            move(source, there, stops)
        with there.ledger.transaction():  # as if it had stopped within an article
            there.ledger.execute("DELETE FROM location")
        lines: list[str] = []
        assert move(source, there, lines.append).digest == content_digest(source)
        assert move(source, there, lines.append).articles == source.articles.count()
        assert lines[-1].startswith("0 articles copied")


def test_another_collection_is_not_overwritten(
    source: DocumentStore, postgresql: PostgresServer, tmp_path: Path
) -> None:
    address = postgresql.new_database()
    with closing(open_store(address, tmp_path, fingerprint=source.fingerprint)) as there:
        add(there, read_text("elsewhere", "Another harbour was closed because of another storm."))
        with pytest.raises(HomeError, match="'elsewhere'"):
            move(source, there)
        assert there.articles.count() == 1


def test_a_dump_restores_the_collection(source: DocumentStore, postgresql: PostgresServer, tmp_path: Path) -> None:
    with closing(open_store(postgresql.new_database(), tmp_path, fingerprint=source.fingerprint)) as there:
        digest = move(source, there).digest
        name = str(there.name).rpartition("/")[2]
    dump = postgresql.folder / "ledger.dump"
    postgresql.tool("pg_dump", "--format=custom", f"--file={dump}", name)
    restored = postgresql.new_database()
    postgresql.tool("pg_restore", "--exit-on-error", f"--dbname={restored.rpartition('/')[2]}", str(dump))
    with closing(open_store(restored, tmp_path, fingerprint=source.fingerprint)) as again:
        assert content_digest(again) == digest
        assert again.faults() == []
        add(again, read_text("later", "The ferry sails again, the harbour master said on Monday."))


def test_a_dump_is_another_collection_for_a_chroma_server(postgresql: PostgresServer, tmp_path: Path) -> None:
    first, second = (open_store(postgresql.new_database(), tmp_path, fingerprint="s") for _ in range(2))
    assert first.identity != second.identity
    for each in (first, second):
        each.close()


def test_sqlite_needs_no_server(tmp_path: Path) -> None:
    with closing(open_store("", tmp_path / "ledger.db", fingerprint="s")) as store:
        assert store.identity is None
    assert sqlite3.connect(tmp_path / "ledger.db").execute("SELECT count(*) FROM article").fetchone() == (0,)
