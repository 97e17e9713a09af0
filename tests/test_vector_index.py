"""Vector index: Chroma, always synchronised with the ledger."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.chunking import chunk
from index.embedding import HashEmbedder
from index.reading import read_text
from index.store.store import DocumentStore
from index.vectors.chroma import opens_safely
from index.vectors.exact import ExactIndex
from index.vectors.vector_index import VectorIndex

EMBEDDER = HashEmbedder()
WORDS = ("harbour", "budget", "football", "vaccine", "election", "volcano")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DocumentStore]:
    found = DocumentStore.open(tmp_path / "ledger.db", fingerprint="s")
    for word in WORDS:
        article = read_text(word, f"The {word} was in the news again, and everybody spoke of the {word}.")
        chunks = chunk(article, 1, EMBEDDER)
        found.add(
            article,
            1,
            chunks,
            EMBEDDER.embed_parts([c.span.of(article.text) for c in chunks], [() for _ in chunks]),
            "",
        )
    yield found
    found.close()


def best(index: VectorIndex | ExactIndex, word: str) -> str:
    return index.search(EMBEDDER.embed_query(word), 1, None)[0][0]


def test_a_new_index_is_filled_from_the_ledger(tmp_path: Path, store: DocumentStore) -> None:
    index = VectorIndex(tmp_path / "chroma", store, fingerprint="s")
    assert index.count() == len(WORDS)
    assert {best(index, word) for word in WORDS} == {f"{word}@1#0" for word in WORDS}
    index.close()


def test_scores_agree_with_exact_search(tmp_path: Path, store: DocumentStore) -> None:
    index = VectorIndex(tmp_path / "chroma", store, fingerprint="s")
    query = EMBEDDER.embed_query("volcano news")
    approximate, exact = dict(index.search(query, 6, None)), dict(ExactIndex(store).search(query, 6, None))
    assert approximate == pytest.approx(exact, abs=1e-3)
    index.close()


def test_filters_reach_the_index(tmp_path: Path, store: DocumentStore) -> None:
    index = VectorIndex(tmp_path / "chroma", store, fingerprint="s")
    assert [c for c, _ in index.search(EMBEDDER.embed_query("volcano"), 5, frozenset({"budget"}))] == ["budget@1#0"]
    assert index.search(EMBEDDER.embed_query("volcano"), 5, frozenset()) == []
    index.close()


def test_missing_chunks_are_added_at_the_next_start(tmp_path: Path, store: DocumentStore) -> None:
    VectorIndex(tmp_path / "chroma", store, fingerprint="s").close()
    late = read_text("late", "A strike closed the airport late on Friday, the union said in the evening.")
    chunks = chunk(late, 1, EMBEDDER)
    store.add(late, 1, chunks, EMBEDDER.embed_parts([c.span.of(late.text) for c in chunks], [() for _ in chunks]), "")
    store.remove("budget")
    index = VectorIndex(tmp_path / "chroma", store, fingerprint="s")
    assert index.rebuilt
    assert index.count() == len(WORDS)
    assert best(index, "airport strike") == "late@1#0"
    index.close()


def test_an_empty_filter_finds_nothing(tmp_path: Path, store: DocumentStore) -> None:
    index = VectorIndex(tmp_path / "chroma", store, fingerprint="s")
    assert index.search(EMBEDDER.embed_query("volcano"), 5, frozenset()) == []
    assert not index.rebuilding
    index.close()


@pytest.mark.parametrize("few", [True, False])
def test_only_allowed_articles_are_found(tmp_path: Path, store: DocumentStore, few: bool) -> None:
    index = VectorIndex(tmp_path / "chroma", store, fingerprint="s")
    allowed = frozenset(WORDS[:1] if few else WORDS[:-1])
    for limit in (1, 2, 6):
        query = EMBEDDER.embed_query(WORDS[-1])
        found = index.search(query, limit, allowed)
        exact = ExactIndex(store).search(query, limit, allowed)
        assert [score for _, score in found] == pytest.approx([score for _, score in exact], abs=1e-3)
        assert {chunk_id.partition("@")[0] for chunk_id, _ in found} <= allowed
    index.close()


@pytest.mark.parametrize("damage", ["garbage", "gone"])
def test_a_broken_index_is_rebuilt_at_start(tmp_path: Path, store: DocumentStore, damage: str) -> None:
    folder = tmp_path / "chroma"
    VectorIndex(folder, store, fingerprint="s").close()
    if damage == "gone":
        shutil.rmtree(folder)
    else:
        (folder / "chroma.sqlite3").write_bytes(b"garbage" * 1000)
        assert not opens_safely(folder)
    index = VectorIndex(folder, store, fingerprint="s")
    assert index.rebuilt
    assert best(index, "football") == "football@1#0"
    index.close()


def test_an_index_of_another_embedder_is_rebuilt(tmp_path: Path, store: DocumentStore) -> None:
    VectorIndex(tmp_path / "chroma", store, fingerprint="other").close()
    index = VectorIndex(tmp_path / "chroma", store, fingerprint="s")
    assert index.rebuilt
    assert index.count() == len(WORDS)
    index.close()
