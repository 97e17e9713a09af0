"""Lexical index: BM25 over posting lists ranks exactly as SQLite's FTS5."""

import json
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from index.chunking import chunk
from index.embedding import HashEmbedder
from index.reading import read_text
from index.store.sqlite_ledger import SqliteLedger
from index.store.store import DocumentStore
from index.types import Article
from index.vectors.exact import ExactIndex
from tests.stores import Stores

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
def filled(stores: Stores) -> DocumentStore:
    found = stores.open()
    for number in range(15):
        put(found, number)
    return found


@pytest.fixture
def fts5(filled: DocumentStore, tmp_path: Path) -> Callable[[], DocumentStore]:
    """Return the same collection in SQLite, whose FTS5 says what every ranking must be."""

    def same() -> DocumentStore:
        if isinstance(filled._ledger, SqliteLedger):
            return filled
        (tmp_path / "fts5.db").unlink(missing_ok=True)
        made = DocumentStore.open(tmp_path / "fts5.db", fingerprint="s")
        for each in filled.articles.list_current():
            put_article(made, filled.articles.get(each.id).article, each.version)
        return made

    return same


def put(store: DocumentStore, number: int, seed: int | None = None) -> None:
    """Return an article of a few chunks; every fifth repeats the one before it, so that scores tie."""
    chance = random.Random(seed if seed is not None else number - (number % 5 == 4))
    lines = [" ".join(chance.choices(WORDS, k=9)).capitalize() + "." for _ in range(24)]
    article = read_text(f"a{number:02}", " ".join(lines))
    version = store.articles.next_version(article)
    if version is not None:
        put_article(store, article, version)


def put_article(store: DocumentStore, article: Article, version: int) -> None:
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


def assert_ranks_as_fts5(store: DocumentStore, sqlite: DocumentStore) -> None:
    for words in ASKED:
        for allowed in (None, frozenset({"a03", "a04", "a11"}), frozenset[str]()):
            wanted = fts5_ranking(sqlite, words, 500, allowed)
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
def test_bm25_ranks_as_fts5_also_after_changes(
    change: str, filled: DocumentStore, fts5: Callable[[], DocumentStore]
) -> None:
    assert_ranks_as_fts5(filled, fts5())  # and remembers what it read
    removed, added = CHANGES[change]
    for article_id in removed:
        filled.remove(article_id)
    for number in added:
        put(filled, number, seed=77)
    assert_ranks_as_fts5(filled, fts5())


def test_changes_of_another_process_are_seen(
    filled: DocumentStore, stores: Stores, fts5: Callable[[], DocumentStore]
) -> None:
    assert filled.lexical.search(["storm"], 500, None)
    with_other = stores.open()
    for number in range(15):
        with_other.remove(f"a{number:02}")
    put(with_other, 60)
    assert_ranks_as_fts5(filled, fts5())


def test_a_limit_gives_the_top_of_the_whole_ranking(filled: DocumentStore) -> None:
    scores = [score for _, score in filled.lexical.search(["storm", "ferry"], 500, None)]
    assert [score for _, score in filled.lexical.search(["storm", "ferry"], 7, None)] == scores[:7]
    few = frozenset({"a03", "a04"})
    assert filled.lexical.search(["storm", "ferry"], 3, few) == filled.lexical.search(["storm", "ferry"], 500, few)[:3]


def test_document_frequency_counts_all_inflections(filled: DocumentStore, fts5: Callable[[], DocumentStore]) -> None:
    counted = filled.lexical.document_frequency(["storm", "storms", "1,000", "zzz"])
    assert counted["storm"] == counted["storms"] == len(fts5_ranking(fts5(), ["storm"], 500, None))
    assert counted["1,000"] == len(fts5_ranking(fts5(), ["1,000"], 500, None)) > 0
    assert counted["zzz"] == 0


def test_exact_search_equals_a_full_sort(filled: DocumentStore) -> None:
    ids, articles, matrix = filled.chunks.vectors()
    vector = EMBEDDER.embed_query("storm ferry")
    for allowed in (None, frozenset(articles[:9])):
        order = np.argsort(-np.round((matrix @ vector).astype(np.float64), 6), kind="stable").tolist()
        wanted = [ids[i] for i in order if allowed is None or articles[i] in allowed]
        for limit in (1, 9, 10_000):
            assert [found for found, _ in ExactIndex(filled).search(vector, limit, allowed)] == wanted[:limit]
