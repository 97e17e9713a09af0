"""First-stage retrieval: finds passages by dense and lexical search and fuses the scores."""

from collections.abc import Sequence
from datetime import date
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.dates.periods import date_proximity, periods, recent_period
from index.embedding import Embedder
from index.search.article_cache import ArticleCache
from index.search.named_outlets import named_outlets, reserve_places
from index.sentence_deduplication import normalised_tokens
from index.store.store import DocumentStore
from index.types import Filters, Passage, article_of
from index.words import content_words, words

SEARCH_DEPTH = 100
"""Number of chunks that each of the two searches contributes."""
MAX_FILTERS_CACHED = 32
MAX_QUERY_TERMS = 64
LEXICAL_WEIGHT = 0.65
"""Weight of the lexical score, chosen on 500 training questions by evals/studies/fitting/fusion_weight.py."""

TIME_WEIGHT = 0.3
"""Largest bonus for publication in the period that a query names; chosen on `multihop_rag` (evals/LOG.md)."""
RECENCY_WEIGHT = 0.1
"""Largest bonus for recent articles when a query names no period: questions about a running story ask for news."""

RankedChunks = list[tuple[str, float]]
"""Chunk ids with their scores, best first."""


class DenseSearch(Protocol):
    """Dense search protocol: returns chunk ids with cosines, best first. Chroma serves; exact search is repeatable."""

    def search(
        self, vector: NDArray[np.float32], limit: int, allowed: frozenset[str] | None
    ) -> list[tuple[str, float]]: ...


class Retriever(Protocol):
    """Retriever protocol: finds the passages that are relevant to a query."""

    def vector(self, query: str) -> NDArray[np.float32]:
        """Embed the query; returns a unit vector, shape (dimension,)."""
        ...

    def deduplicated_passages(
        self,
        query: str,
        vector: NDArray[np.float32],
        limit: int,
        filters: Filters | None = None,
        articles: ArticleCache | None = None,
    ) -> list[Passage]:
        """Return the best passages, best first: `limit` new ones, plus near-duplicates ranked between them."""
        ...


class HybridRetriever:
    """Hybrid retriever: finds passages by dense and lexical search and fuses the scores."""

    def __init__(self, store: DocumentStore, dense: DenseSearch, embedder: Embedder) -> None:
        self._store = store
        self._dense = dense
        self._embedder = embedder
        self._passing: tuple[str, dict[Filters, frozenset[str] | None]] = ("", {})
        """Cache for one revision of the collection: the articles that pass each recent filter."""

    def vector(self, query: str) -> NDArray[np.float32]:
        """Embed the query; returns a unit vector, shape (dimension,)."""
        return self._embedder.embed_query(query)

    def passages(
        self, query: str, vector: NDArray[np.float32], limit: int, filters: Filters | None = None
    ) -> list[Passage]:
        """Return the best `limit` passages, best first; ties in the order of chunk ids."""
        return self._store.chunks.passages(self._reserved(query, vector, limit, filters)[:limit])

    def deduplicated_passages(
        self,
        query: str,
        vector: NDArray[np.float32],
        limit: int,
        filters: Filters | None = None,
        articles: ArticleCache | None = None,
    ) -> list[Passage]:
        """Return the best passages: `limit` new ones, plus near-duplicates ranked between them.

        Otherwise copies of one text would take all places with the same sentences.

        Args:
            articles: article cache of this request; by default a new one.
        """
        articles = articles or ArticleCache(self._store)
        ranked = self._reserved(query, vector, limit, filters)
        found: list[Passage] = []
        seen: dict[str, set[tuple[str, ...]]] = {}
        wanted = limit
        while ranked and wanted:
            some, ranked = self._store.chunks.passages(ranked[:wanted]), ranked[wanted:]
            wanted -= self._count_new(some, seen, articles)
            found += some
        return found

    def _count_new(
        self, passages: Sequence[Passage], seen: dict[str, set[tuple[str, ...]]], articles: ArticleCache
    ) -> int:
        """Count the passages with a sentence that no earlier copy has; adds the sentences of each to `seen`."""
        origins = self._store.articles.origins([passage.article_id for passage in passages])
        new = 0
        for passage in passages:
            origin = origins[passage.article_id]
            sentences = _normalised_sentences(passage, articles) if origin.copies > 1 else set()
            earlier = seen.setdefault(origin.first, set())
            new += not sentences or not sentences <= earlier
            earlier |= sentences
        return new

    def _reserved(self, query: str, vector: NDArray[np.float32], limit: int, filters: Filters | None) -> RankedChunks:
        """Return all chunks found, best first, except that outlets named in the query have reserved places."""
        ranked = self._ranked(query, vector, filters)
        named = named_outlets(query, self._store.articles.outlets())
        if not named:
            return ranked
        articles = {chunk_id: article_of(chunk_id) for chunk_id, _ in ranked}
        published_by = self._store.articles.outlets_of(set(articles.values()))
        return reserve_places(ranked, {c: published_by.get(article) for c, article in articles.items()}, named, limit)

    def _ranked(self, query: str, vector: NDArray[np.float32], filters: Filters | None) -> RankedChunks:
        """Fuse both searches; articles published in the period that the query asks about get a bonus."""
        fused = fused_scores(*self.dense_and_lexical(query, vector, filters))
        today = date.fromisoformat(filters.as_of) if filters and filters.as_of else date.today()
        asked = periods(query, today)
        wanted, weight = (asked, TIME_WEIGHT) if asked else (recent_period(today), RECENCY_WEIGHT)
        articles = {chunk_id: article_of(chunk_id) for chunk_id in fused}
        published = self._store.articles.publication_dates(set(articles.values()))
        near = date_proximity({None, *published.values()}, wanted)
        return _sorted({c: score + weight * near[published.get(articles[c])] for c, score in fused.items()})

    def dense_and_lexical(
        self, query: str, vector: NDArray[np.float32], filters: Filters | None = None
    ) -> tuple[RankedChunks, RankedChunks]:
        """Return the results of dense and lexical search separately."""
        allowed = self._allowed(filters) if filters is not None else None
        dense = self._dense.search(vector, SEARCH_DEPTH, allowed)
        return dense, self._store.lexical.search(query_terms(query), SEARCH_DEPTH, allowed)

    def _allowed(self, filters: Filters) -> frozenset[str] | None:
        """Return the ids of articles that pass the filters; cached, because most requests use the same few filters."""
        revision = self._store.revision()
        if revision != self._passing[0] or len(self._passing[1]) >= MAX_FILTERS_CACHED:
            self._passing = (revision, {})
        known = self._passing[1]
        if filters not in known:
            known[filters] = self._store.articles.matching_ids(filters)
        return known[filters]


def fuse(
    dense: Sequence[tuple[str, float]], lexical: Sequence[tuple[str, float]], weight: float = LEXICAL_WEIGHT
) -> RankedChunks:
    """Fuse two rankings by `fused_scores`; best first."""
    return _sorted(fused_scores(dense, lexical, weight))


def fused_scores(
    dense: Sequence[tuple[str, float]], lexical: Sequence[tuple[str, float]], weight: float = LEXICAL_WEIGHT
) -> dict[str, float]:
    """Fuse two rankings by a convex combination of their normalised scores; scores in [0, 1] by chunk id.

    Bruch, Gai and Ingber, ACM TOIS 2023. On all our data sets it beats reciprocal rank fusion, which ignores score
    differences between passages (evals/LOG.md). A chunk that one search did not find gets 0 for that search.
    """
    scores: dict[str, float] = {}
    for share, ranked in ((1.0 - weight, _min_max_normalised(dense)), (weight, _normalised_by_best(lexical))):
        for chunk_id, score in ranked:
            scores[chunk_id] = scores.get(chunk_id, 0.0) + share * score
    return scores


def _sorted(scores: dict[str, float]) -> RankedChunks:
    return sorted(scores.items(), key=lambda item: (-round(item[1], 6), item[0]))


def _min_max_normalised(ranked: Sequence[tuple[str, float]]) -> list[tuple[str, float]]:
    """Scale cosines from 0 (lowest found) to 1 (highest), because their absolute level says little."""
    low, high = min((s for _, s in ranked), default=0.0), max((s for _, s in ranked), default=1.0)
    return [(chunk_id, (score - low) / (high - low) if high > low else 1.0) for chunk_id, score in ranked]


def _normalised_by_best(ranked: Sequence[tuple[str, float]]) -> list[tuple[str, float]]:
    """Scale BM25 scores to shares of the best; the scale starts at 0, which means no word in common."""
    high = max((s for _, s in ranked), default=1.0)
    return [(chunk_id, score / high if high > 0 else 0.0) for chunk_id, score in ranked]


def query_terms(query: str) -> Sequence[str]:
    """Return the words of a query for lexical search; a passage needs any one of them."""
    return (content_words(query) or words(query))[:MAX_QUERY_TERMS]


def _normalised_sentences(passage: Passage, articles: ArticleCache) -> set[tuple[str, ...]]:
    text = articles.article(passage.article_id, passage.version).text
    return {normalised_tokens(sentence.of(text)) for sentence in passage.sentences}
