"""Vector index: Chroma, always synchronised with the ledger."""

import os
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
LATE = "A strike closed the airport late on Friday, the union said in the evening."
WORDS = ("harbour", "budget", "football", "vaccine", "election", "volcano")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DocumentStore]:
    found = DocumentStore.open(tmp_path / "ledger.db", fingerprint="s")
    for word in WORDS:
        add(found, word, f"The {word} was in the news again, and everybody spoke of the {word}.")
    yield found
    found.close()


def add(store: DocumentStore, article_id: str, text: str) -> None:
    article = read_text(article_id, text)
    chunks = chunk(article, 1, EMBEDDER)
    vectors = EMBEDDER.embed_parts([c.span.of(text) for c in chunks], [() for _ in chunks])
    store.add(article, 1, chunks, vectors, "")


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
    add(store, "late", LATE)
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


def test_a_long_log_is_stored_as_a_graph_once(tmp_path: Path, store: DocumentStore) -> None:
    folder = tmp_path / "chroma"
    VectorIndex(folder, store, fingerprint="s").close()
    assert not list(folder.glob("*/index_metadata.pickle"))
    assert opens_safely(folder, max_replay=60.0)
    assert not list(folder.glob("*/index_metadata.pickle")), "a short log is replayed"
    assert opens_safely(folder, max_replay=0.0)
    stored = {file.name: file.stat().st_mtime_ns for file in folder.glob("*/*")}
    assert "index_metadata.pickle" in stored
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith("chroma")] == ["chroma"]
    index = VectorIndex(folder, store, fingerprint="s")
    assert not index.rebuilt
    assert {best(index, word) for word in WORDS} == {f"{word}@1#0" for word in WORDS}
    index.close()
    add(store, "late", LATE)
    index = VectorIndex(folder, store, fingerprint="s")
    assert index.count() == len(WORDS) + 1
    assert best(index, "airport strike") == "late@1#0"
    index.close()
    assert {file.name: file.stat().st_mtime_ns for file in folder.glob("*/*")} == stored, "no file is written in place"


@pytest.mark.parametrize("is_gone", [False, True])
def test_what_is_left_of_a_killed_check_is_removed(tmp_path: Path, store: DocumentStore, is_gone: bool) -> None:
    folder = tmp_path / "chroma"
    VectorIndex(folder, store, fingerprint="s").close()
    for name in ("chroma.stored-17.half", "chroma.stored-17", "chroma.stored-17.old"):
        shutil.copytree(folder, tmp_path / name)
    if is_gone:
        shutil.rmtree(folder)
    VectorIndex(folder, store, fingerprint="s").close()
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith("chroma")] == ["chroma"]


def test_a_sound_folder_is_kept_where_its_graph_cannot_be_stored(tmp_path: Path, store: DocumentStore) -> None:
    folder = tmp_path / "chroma"
    VectorIndex(folder, store, fingerprint="s").close()
    (tmp_path / f"chroma.stored-{os.getpid()}.half").write_text("in the way")
    assert opens_safely(folder, max_replay=0.0)
    index = VectorIndex(folder, store, fingerprint="s")
    assert not index.rebuilt
    assert index.count() == len(WORDS)
    index.close()


def test_an_index_of_another_embedder_is_rebuilt(tmp_path: Path, store: DocumentStore) -> None:
    VectorIndex(tmp_path / "chroma", store, fingerprint="other").close()
    index = VectorIndex(tmp_path / "chroma", store, fingerprint="s")
    assert index.rebuilt
    assert index.count() == len(WORDS)
    index.close()
