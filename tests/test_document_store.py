"""Document store: one transaction per article, versions, filters, revision."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from evals.studies.scaling.postgresql_server import PostgresServer
from index.chunking import chunk
from index.embedding import HashEmbedder, PartVectors
from index.errors import HomeError, IndexMismatch, NotFound
from index.reading import read_text
from index.store.ledger import Result
from index.store.opening import open_store
from index.store.store import DocumentStore
from index.types import Article, Filters, Turn, stated
from index.vectors.exact import ExactIndex
from tests.stores import Stores

EMBEDDER = HashEmbedder()


def add(store: DocumentStore, article: Article) -> int:
    version = store.articles.next_version(article)
    assert version is not None
    chunks = chunk(article, version, EMBEDDER)
    store.add(
        article,
        version,
        chunks,
        EMBEDDER.embed_parts([c.span.of(article.text) for c in chunks], [() for _ in chunks]),
        "",
    )
    return version


def story(text: str = "The harbour was closed because of the storm.") -> Article:
    return read_text("harbour", text)


def test_an_article_is_read_back_unchanged(store: DocumentStore) -> None:
    add(store, story())
    assert store.articles.get("harbour").article == story()


def test_the_same_text_is_no_new_version(store: DocumentStore) -> None:
    add(store, story())
    assert store.articles.next_version(story()) is None


def test_an_old_version_stays_readable_and_is_no_longer_searched(store: DocumentStore) -> None:
    add(store, story())
    assert add(store, story("The harbour was opened again after the flood.")) == 2
    assert "storm" in store.articles.get("harbour", 1).article.text
    assert store.lexical.search(["storm"], 5, None) == []
    assert [c for c, _ in store.lexical.search(["flood"], 5, None)] == ["harbour@2#0"]


def test_a_removed_article_is_found_in_no_part(store: DocumentStore, stores: Stores) -> None:
    add(store, story())
    empty = stores.open("other").revision()
    assert store.remove("harbour") == ["harbour@1#0"]
    assert store.chunks.ids() == []
    assert store.lexical.search(["storm"], 5, None) == []
    assert store.revision() == empty
    with pytest.raises(NotFound, match="harbour"):
        store.articles.get("harbour")


def test_required_articles_are_there_or_one_that_went_is_named(store: DocumentStore) -> None:
    add(store, story())
    store.articles.require(["harbour"])
    store.articles.require([])
    with pytest.raises(NotFound, match="no article 'other' any more"):
        store.articles.require(["harbour", "other"])


NUL, STANDS_FOR_NUL, ESCAPE = "\0", "\U0010fffe", "\U0010ffff"


@pytest.mark.parametrize("odd", [NUL, STANDS_FOR_NUL, ESCAPE, ESCAPE + NUL, ESCAPE + STANDS_FOR_NUL + NUL + ESCAPE])
def test_any_character_of_a_text_comes_back(store: DocumentStore, odd: str) -> None:
    article = story(f"The harbour{odd} was closed because of the storm.")
    add(store, article)
    assert store.articles.get("harbour").article == article
    assert store.articles.find("harbour") == article
    assert store.articles.next_version(article) is None
    assert store.articles.unmentioned(["harbour", "storm", "volcano"]) in (("volcano",), ("storm", "volcano"))


@pytest.mark.parametrize("title", ["The\0 flood", "A \\\0 flood", "A flood \\u0000", "A \\\\u0000\0 flood"])
def test_a_nul_in_a_fact_breaks_no_search_of_the_facts(store: DocumentStore, title: str) -> None:
    article = story()
    source = article.source.model_copy(update={"title": stated(title, "heading"), "place": stated("Norwick", "line")})
    article = article.model_copy(update={"source": source})
    add(store, article)
    assert store.articles.get("harbour").article == article
    assert store.articles.unmentioned(["norwick", "storm", "volcano"]) == ("volcano",)
    if store.identity is not None:  # SQLite reads a text up to its first NUL
        assert store.articles.unmentioned(["flood"]) == ()


def test_the_articles_of_one_location_are_sorted(store: DocumentStore) -> None:
    for name in ("b", "c", "a"):
        add(store, read_text(name, f"The harbour {name} was closed.").model_copy(update={"location": "news.txt"}))
    assert store.articles.at_location("news.txt") == ["a", "b", "c"]


def test_a_turn_that_comes_during_a_deletion_keeps_its_answer(
    postgresql: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = postgresql.new_database()
    one, other = (open_store(address, tmp_path, fingerprint="s") for _ in range(2))

    def keep(store: DocumentStore, name: str) -> None:
        store.history.keep_answer(name, "{}", "c", Turn(question=name, asked=name, receipt=name, created_at="now"))

    def interleaved(sql: str, values: Sequence[object] = ()) -> Result:
        done = execute(sql, values)
        if not came:
            came.append(sql)
            keep(other, "second")
        return done

    with closing(one), closing(other):
        keep(one, "first")
        came: list[str] = []
        execute = one.ledger.execute
        monkeypatch.setattr(one.ledger, "execute", interleaved)
        one.history.delete_conversation("c")
        assert [turn.receipt for turn in other.history.turns("c", 9)] == ["second"]
        assert other.history.receipt("second") == "{}"
        with pytest.raises(NotFound):
            other.history.receipt("first")


def test_a_failed_write_is_rolled_back(store: DocumentStore) -> None:
    add(store, story())
    before = store.revision()
    other = story("Another text about the same harbour and its ships.")
    with pytest.raises(ValueError, match="zip"):
        store.add(other, 2, chunk(other, 2, EMBEDDER), PartVectors(np.zeros((0, 256), dtype=np.float32), []), "")
    assert store.revision() == before
    assert [c for c, _ in store.lexical.search(["storm"], 5, None)] == ["harbour@1#0"]


def test_the_revision_depends_on_the_texts_alone(stores: Stores) -> None:
    first, second = stores.open("a"), stores.open("b")
    for store in (first, second):
        add(store, story())
    add(second, read_text("extra", "Something else happened in the town that day."))
    assert first.revision() != second.revision()
    second.remove("extra")
    assert first.revision() == second.revision()


def test_another_fingerprint_is_refused(store: DocumentStore, stores: Stores) -> None:
    add(store, story())
    with pytest.raises(IndexMismatch, match="built with 's'"):
        stores.open(fingerprint="other")


def test_a_file_that_is_no_ledger_is_named(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(HomeError, match="cannot be used"):
        DocumentStore.open(path, fingerprint="s")


def test_vectors_come_back_in_half_precision(store: DocumentStore) -> None:
    add(store, story())
    ids, _, vectors = store.chunks.vectors(store.chunks.ids())
    wanted = EMBEDDER.embed(["The harbour was closed because of the storm."])
    assert ids == ["harbour@1#0"]
    assert np.allclose(vectors, wanted, atol=1e-3)


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (Filters(), None),
        (Filters(as_of="2025-01-01"), {"old"}),
        (Filters(as_of="2100-01-01"), None),
        (Filters(since="2025-01-01"), {"new"}),
        (Filters(since="2025-01-01", undated=True), {"new", "undated"}),
        (Filters(until="2024-12-31", outlet="gazette"), set()),
        (Filters(outlet="AFP"), {"old"}),
        (Filters(article_ids=("new",)), {"new"}),
    ],
)
def test_date_filters_leave_undated_articles_out(
    store: DocumentStore, filters: Filters, found: set[str] | None
) -> None:
    add(store, read_text("old", "Paris, May 2, 2024 (AFP) The court ruled that the law stands and must be kept."))
    add(store, read_text("new", "Paris, May 2, 2025 (ANI) The court ruled that the law stands and must be kept."))
    add(store, read_text("undated", "The court ruled that the law stands and that it must be kept by all."))
    assert store.articles.matching_ids(filters) == found


def test_exact_search_breaks_ties_by_id(store: DocumentStore) -> None:
    for name in ("b", "c", "a"):
        add(store, read_text(name, "The harbour was closed because of the storm."))
    found = ExactIndex(store).search(EMBEDDER.embed_query("storm"), 3, None)
    assert [chunk_id for chunk_id, _ in found] == ["a@1#0", "b@1#0", "c@1#0"]
