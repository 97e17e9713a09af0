"""Lexical index: BM25 over posting lists ranks exactly as SQLite's FTS5."""

import json
import random
from pathlib import Path

import numpy as np
import pytest

from index.chunking import chunk
from index.embedding import HashEmbedder
from index.reading import read_text
from index.store.store import DocumentStore
from index.vectors.exact import ExactIndex

EMBEDDER = HashEmbedder(16)
WORDS = "storm storms harbour ferry 1,000 tonnes o'brien mayor closed closing café strike dock dockers port the".split()
ASKED = [
    ["storm"],
    ["harbour", "closing"],
    ["1,000", "tonnes"],
    ["o'brien", "cafe", "strikes"],
    ["the"],
    ["-"],
    ["zzz"],
]


@pytest.fixture
def store(tmp_path: Path) -> DocumentStore:
    found = DocumentStore.open(tmp_path / "ledger.db", fingerprint="s")
    for number in range(15):
        put(found, number)
    return found


def put(store: DocumentStore, number: int, seed: int | None = None) -> None:
    """Return an article of a few chunks; every fifth repeats the one before it, so that scores tie."""
    chance = random.Random(seed if seed is not None else number - (number % 5 == 4))
    lines = [" ".join(chance.choices(WORDS, k=9)).capitalize() + "." for _ in range(24)]
    article = read_text(f"a{number:02}", " ".join(lines))
    version = store.articles.next_version(article)
    if version is not None:
        chunks = chunk(article, version, EMBEDDER)
        vectors = EMBEDDER.embed_parts([c.span.of(article.text) for c in chunks], [() for _ in chunks])
        store.add(article, version, chunks, vectors, "Harbour news")


def fts5_ranking(
    store: DocumentStore, words: list[str], limit: int, allowed: frozenset[str] | None
) -> list[tuple[str, float]]:
    """Return the result of SQLite for the same query, row by row."""
    rows = store._ledger.rows(
        "SELECT c.id, -bm25(chunk_words) AS score FROM chunk_words JOIN chunk c ON c.number = chunk_words.rowid"
        " WHERE chunk_words MATCH ? AND (? IS NULL OR c.article_id IN (SELECT value FROM json_each(?)))"
        " ORDER BY score DESC, c.id LIMIT ?",
        " OR ".join(f'"{word}"' for word in words),
        chosen := None if allowed is None else json.dumps(sorted(allowed)),
        chosen,
        limit,
    )
    return [(chunk_id, score) for chunk_id, score in rows]


def assert_ranks_as_fts5(store: DocumentStore) -> None:
    for words in ASKED:
        for allowed in (None, frozenset({"a03", "a04", "a11"}), frozenset[str]()):
            wanted = fts5_ranking(store, words, 500, allowed)
            found = store.lexical.search(words, 500, allowed)
            assert [chunk_id for chunk_id, _ in found] == [chunk_id for chunk_id, _ in wanted]
            assert [score for _, score in found] == pytest.approx([score for _, score in wanted], rel=1e-12)


CHANGES: dict[str, tuple[list[str], list[int]]] = {
    "nothing": ([], []),
    "articles added": ([], [15, 16]),
    "an article replaced": ([], [14]),
    "the last removed, its numbers given to another": (["a14"], [50]),
    "the first removed": (["a00"], []),
}


@pytest.mark.parametrize("change", CHANGES)
def test_bm25_ranks_as_fts5_also_after_changes(change: str, store: DocumentStore) -> None:
    assert_ranks_as_fts5(store)  # and remembers what it read
    removed, added = CHANGES[change]
    for article_id in removed:
        store.remove(article_id)
    for number in added:
        put(store, number, seed=77)
    assert_ranks_as_fts5(store)


def test_changes_of_another_process_are_seen(store: DocumentStore, tmp_path: Path) -> None:
    assert store.lexical.search(["storm"], 500, None)
    with_other = DocumentStore.open(tmp_path / "ledger.db", fingerprint="s")
    for number in range(15):
        with_other.remove(f"a{number:02}")
    put(with_other, 60)
    with_other.close()
    assert_ranks_as_fts5(store)


def test_a_limit_gives_the_top_of_the_whole_ranking(store: DocumentStore) -> None:
    scores = [score for _, score in store.lexical.search(["storm", "ferry"], 500, None)]
    assert [score for _, score in store.lexical.search(["storm", "ferry"], 7, None)] == scores[:7]
    few = frozenset({"a03", "a04"})
    assert store.lexical.search(["storm", "ferry"], 3, few) == store.lexical.search(["storm", "ferry"], 500, few)[:3]


def test_document_frequency_counts_all_inflections(store: DocumentStore) -> None:
    counted = store.lexical.document_frequency(["storm", "storms", "1,000", "zzz"])
    assert counted["storm"] == counted["storms"] == len(fts5_ranking(store, ["storm"], 500, None))
    assert counted["1,000"] == len(fts5_ranking(store, ["1,000"], 500, None)) > 0
    assert counted["zzz"] == 0


def test_exact_search_equals_a_full_sort(store: DocumentStore) -> None:
    ids, articles, matrix = store.chunks.vectors()
    vector = EMBEDDER.embed_query("storm ferry")
    for allowed in (None, frozenset(articles[:9])):
        order = np.argsort(-np.round((matrix @ vector).astype(np.float64), 6), kind="stable").tolist()
        wanted = [ids[i] for i in order if allowed is None or articles[i] in allowed]
        for limit in (1, 9, 10_000):
            assert [found for found, _ in ExactIndex(store).search(vector, limit, allowed)] == wanted[:limit]
