"""Moving a collection from SQLite to PostgreSQL and back: nothing is lost, an interrupted move goes on."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from evals.studies.scaling.postgresql_server import PostgresServer
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


def test_an_unfinished_ingest_is_not_left_behind_but_the_watch_of_a_killed_process_is(
    source: DocumentStore, tmp_path: Path
) -> None:
    source.jobs.submit_watch("watch-1", "/articles")
    assert source.jobs.take_watch("watch-1", "killed", 60.0) is not None
    with closing(DocumentStore.open(tmp_path / "there.db", fingerprint=source.fingerprint)) as there:
        job = source.jobs.submit([story()])
        with pytest.raises(HomeError, match=r"unfinished ingests \(1\)"):
            move(source, there)
        source.jobs.cancel(job.id)
        assert move(source, there).articles == source.articles.count()


def newer_version(there: DocumentStore) -> None:
    assert add(there, story("The harbour was closed once more, after another storm came on Sunday.")) == 3


def another_article_of_the_same_id(there: DocumentStore) -> None:
    there.remove("harbour")
    assert add(there, story("A ship named Harbour was launched in the presence of its owners.")) == 1


def correction(there: DocumentStore) -> None:
    with there.ledger.transaction():
        there.articles.correct("harbour", {"outlet": "The Norwick Gazette"})


def feedback(there: DocumentStore) -> None:
    kept = there.history.feedback()[0]
    there.history.keep_feedback(kept.model_copy(update={"verdict": "wrong"}))


def title(there: DocumentStore) -> None:
    there.history.rename_conversation("c", "Another title")


@pytest.mark.parametrize("change", [newer_version, another_article_of_the_same_id, correction, feedback, title])
def test_a_second_move_deletes_nothing_of_the_target(
    change: Callable[[DocumentStore], None], source: DocumentStore, postgresql: PostgresServer, tmp_path: Path
) -> None:
    with closing(open_store(postgresql.new_database(), tmp_path, fingerprint=source.fingerprint)) as there:
        move(source, there)
        change(there)
        before = content_digest(there)
        with pytest.raises(HomeError, match="something of its own"):
            move(source, there)
        assert content_digest(there) == before


def test_a_second_move_brings_what_the_source_got(
    source: DocumentStore, postgresql: PostgresServer, tmp_path: Path
) -> None:
    with closing(open_store(postgresql.new_database(), tmp_path, fingerprint=source.fingerprint)) as there:
        move(source, there)
        add(source, story("The harbour was closed once more, after another storm came on Sunday."))
        correction(source)
        source.history.keep_answer("0" * 32, "{}")
        source.history.keep_feedback(Feedback(receipt_id="0" * 32, verdict="right", note="", created="2026-01-02"))
        assert move(source, there).digest == content_digest(source)
        assert [each.receipt_id for each in there.history.feedback()][-1] == "0" * 32


def test_feedback_keeps_its_order_and_words_of_an_interrupted_move_do_not_stay(
    source: DocumentStore, postgresql: PostgresServer, tmp_path: Path
) -> None:
    for name in ("f" * 32, "a" * 32, "c" * 32):
        source.history.keep_answer(name, "{}")
        source.history.keep_feedback(Feedback(receipt_id=name, verdict="right", note="", created="2026-01-02"))
    vector = np.ones(4, dtype=np.float16)
    source.chunks.keep_word_vectors({"norwick": vector, "quay": vector})
    with closing(open_store(postgresql.new_database(), tmp_path, fingerprint=source.fingerprint)) as there:
        there.chunks.keep_word_vectors({"aardvark": vector, "quay": vector, "zebra": vector})
        move(source, there)
        assert there.history.feedback() == source.history.feedback()
        assert there.chunks.known_words(["aardvark", "quay", "zebra"]) == {"quay"}


def test_another_collection_is_not_overwritten(
    source: DocumentStore, postgresql: PostgresServer, tmp_path: Path
) -> None:
    address = postgresql.new_database()
    with closing(open_store(address, tmp_path, fingerprint=source.fingerprint)) as there:
        add(there, read_text("elsewhere", "Another harbour was closed because of another storm."))
        with pytest.raises(HomeError, match="'elsewhere'"):
            move(source, there)
        assert there.articles.count() == 1


def restored_dump(postgresql: PostgresServer, store: DocumentStore) -> str:
    """Dump a database, restore it under another name, and return the address of that."""
    dump, restored = postgresql.folder / "ledger.dump", postgresql.new_database()
    postgresql.tool("pg_dump", "--format=custom", f"--file={dump}", store.name.rpartition("/")[2])
    postgresql.tool("pg_restore", "--exit-on-error", f"--dbname={restored.rpartition('/')[2]}", str(dump))
    return restored


def test_a_dump_restores_the_collection(source: DocumentStore, postgresql: PostgresServer, tmp_path: Path) -> None:
    with closing(open_store(postgresql.new_database(), tmp_path, fingerprint=source.fingerprint)) as there:
        digest = move(source, there).digest
        restored = restored_dump(postgresql, there)
    with closing(open_store(restored, tmp_path, fingerprint=source.fingerprint)) as again:
        assert content_digest(again) == digest
        assert again.faults() == []
        add(again, read_text("later", "The ferry sails again, the harbour master said on Monday."))


def test_a_dump_is_another_collection_for_a_chroma_server(
    source: DocumentStore, postgresql: PostgresServer, tmp_path: Path
) -> None:
    with closing(open_store(postgresql.new_database(), tmp_path, fingerprint=source.fingerprint)) as there:
        move(source, there)
        restored = restored_dump(postgresql, there)
        with closing(open_store(restored, tmp_path, fingerprint=source.fingerprint)) as again:
            assert content_digest(again) == content_digest(there)
            assert None not in (again.identity, there.identity)
            assert again.identity != there.identity


@pytest.mark.parametrize("other", ["localhost", "127.0.0.1"])
def test_a_collection_is_not_moved_into_itself(other: str, postgresql: PostgresServer, tmp_path: Path) -> None:
    address = postgresql.new_database()
    same = address.replace("127.0.0.1", other) + "?options=-c%20lock_timeout%3D5s"
    one, two = (open_store(each, tmp_path, fingerprint="s") for each in (address, same))
    with closing(one), closing(two), pytest.raises(HomeError, match="are the same collection; name another target"):
        move(one, two)


def test_sqlite_needs_no_server(tmp_path: Path) -> None:
    with closing(open_store("", tmp_path / "ledger.db", fingerprint="s")) as store:
        assert store.identity is None
    assert sqlite3.connect(tmp_path / "ledger.db").execute("SELECT count(*) FROM article").fetchone() == (0,)
