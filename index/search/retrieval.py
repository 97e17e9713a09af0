"""First-stage retrieval: passages by dense and lexical search, their scores fused."""

from collections.abc import Sequence
from datetime import date
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.dates.periods import date_proximity, periods, recent_period
from index.embedding import Embedder
from index.search.article_cache import ArticleCache
from index.search.outlet_quota import named_outlets, reserve_places
from index.sentence_deduplication import normalised_tokens
from index.store.store import DocumentStore
from index.types import Filters, Passage, article_of
from index.words import content_words, words

SEARCH_DEPTH = 100
"""Chunks that each of the two searches contributes."""
MAX_FILTERS_CACHED = 32
MAX_QUERY_TERMS = 64
LEXICAL_WEIGHT = 0.65
"""Chosen on 500 training questions, from the grid that evals/studies/fitting/fusion_weight.py prints."""

TIME_WEIGHT = 0.3
"""Added to the score of what was published in the time that a query asks about. From `multihop_rag` (evals/LOG.md)."""
RECENCY_WEIGHT = 0.1
"""Added to the score of recent articles when a query names no time: a running story is asked about for its news."""

RankedChunks = list[tuple[str, float]]
"""Chunk ids with their score, best first."""


class DenseSearch(Protocol):
    """Chunk ids with their cosine, best first: Chroma when serving, exact when results must repeat."""

    def search(
        self, vector: NDArray[np.float32], limit: int, allowed: frozenset[str] | None
    ) -> list[tuple[str, float]]: ...


class Retriever(Protocol):
    """First-stage retrieval: the passages that bear on a query."""

    def vector(self, query: str) -> NDArray[np.float32]:
        """The query's embedding; shape (dimension,), unit length."""
        ...

    def deduplicated_passages(
        self,
        query: str,
        vector: NDArray[np.float32],
        limit: int,
        filters: Filters | None = None,
        articles: ArticleCache | None = None,
    ) -> list[Passage]:
        """The best passages, best first, of which `limit` are no near-duplicates."""
        ...


class HybridRetriever:
    """First-stage retrieval by dense and lexical search, their scores fused."""

    def __init__(self, store: DocumentStore, dense: DenseSearch, embedder: Embedder) -> None:
        self._store = store
        self._dense = dense
        self._embedder = embedder
        self._passing: tuple[str, dict[Filters, frozenset[str] | None]] = ("", {})
        """For one revision of the collection: the articles that pass each of the last filters."""

    def vector(self, query: str) -> NDArray[np.float32]:
        """The query's embedding; shape (dimension,), unit length."""
        return self._embedder.embed_query(query)

    def passages(
        self, query: str, vector: NDArray[np.float32], limit: int, filters: Filters | None = None
    ) -> list[Passage]:
        """The best `limit` passages, best first; ties in the order of chunk ids."""
        return self._store.chunks.passages(self._reserved(query, vector, limit, filters)[:limit])

    def deduplicated_passages(
        self,
        query: str,
        vector: NDArray[np.float32],
        limit: int,
        filters: Filters | None = None,
        articles: ArticleCache | None = None,
    ) -> list[Passage]:
        """The best passages of which `limit` are no near-duplicates, with the near-duplicates ranked between them.

        Copies of one text would otherwise take all places with the same sentences.

        Args:
            articles: where the articles of this request are read; a cache of its own unless handed in.
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
        """How many have a sentence that no copy had before them; the sentences of each are added to `seen`."""
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
        """All that was found, best first, but for the places that are reserved for outlets that the query names."""
        ranked = self._ranked(query, vector, filters)
        named = named_outlets(query, self._store.articles.outlets())
        if not named:
            return ranked
        articles = {chunk_id: article_of(chunk_id) for chunk_id, _ in ranked}
        published_by = self._store.articles.outlets_of(set(articles.values()))
        return reserve_places(ranked, {c: published_by.get(article) for c, article in articles.items()}, named, limit)

    def _ranked(self, query: str, vector: NDArray[np.float32], filters: Filters | None) -> RankedChunks:
        """Both searches fused; what was published in the time that the query asks about gains."""
        ranked = fuse(*self.dense_and_lexical(query, vector, filters))
        today = date.fromisoformat(filters.as_of) if filters and filters.as_of else date.today()
        asked = periods(query, today)
        wanted, weight = (asked, TIME_WEIGHT) if asked else (recent_period(today), RECENCY_WEIGHT)
        articles = {chunk_id: article_of(chunk_id) for chunk_id, _ in ranked}
        published = self._store.articles.publication_dates(set(articles.values()))
        near = date_proximity({None, *published.values()}, wanted)
        return _sorted({c: score + weight * near[published.get(articles[c])] for c, score in ranked})

    def dense_and_lexical(
        self, query: str, vector: NDArray[np.float32], filters: Filters | None = None
    ) -> tuple[RankedChunks, RankedChunks]:
        """What the dense and the lexical search find, each by itself."""
        allowed = self._allowed(filters) if filters is not None else None
        dense = self._dense.search(vector, SEARCH_DEPTH, allowed)
        return dense, self._store.lexical.search(query_terms(query), SEARCH_DEPTH, allowed)

    def _allowed(self, filters: Filters) -> frozenset[str] | None:
        """As the document store says; cached, because most requests have the same few filters."""
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
    """Convex combination of the two normalised scores, best first, each in [0, 1].

    Bruch, Gai and Ingber, ACM TOIS 2023. On every set we have it beats reciprocal rank fusion, which forgets by how
    much one passage is better than the next (evals/LOG.md). A chunk that one search did not find gets that
    search's lowest score.
    """
    scores: dict[str, float] = {}
    for share, ranked in ((1.0 - weight, _min_max_normalised(dense)), (weight, _normalised_by_best(lexical))):
        for chunk_id, score in ranked:
            scores[chunk_id] = scores.get(chunk_id, 0.0) + share * score
    return _sorted(scores)


def _sorted(scores: dict[str, float]) -> RankedChunks:
    return sorted(scores.items(), key=lambda item: (-round(item[1], 6), item[0]))


def _min_max_normalised(ranked: Sequence[tuple[str, float]]) -> list[tuple[str, float]]:
    """Cosines from 0 for the lowest found to 1 for the highest: their absolute level says little."""
    low, high = min((s for _, s in ranked), default=0.0), max((s for _, s in ranked), default=1.0)
    return [(chunk_id, (score - low) / (high - low) if high > low else 1.0) for chunk_id, score in ranked]


def _normalised_by_best(ranked: Sequence[tuple[str, float]]) -> list[tuple[str, float]]:
    """BM25 scores as shares of the best: 0 means no word in common, so the scale starts there."""
    high = max((s for _, s in ranked), default=1.0)
    return [(chunk_id, score / high if high > 0 else 0.0) for chunk_id, score in ranked]


def query_terms(query: str) -> Sequence[str]:
    """The words of a query that lexical search looks up, any of which may stand in a passage."""
    return (content_words(query) or words(query))[:MAX_QUERY_TERMS]


def _normalised_sentences(passage: Passage, articles: ArticleCache) -> set[tuple[str, ...]]:
    text = articles.article(passage.article_id, passage.version).text
    return {normalised_tokens(sentence.of(text)) for sentence in passage.sentences}
