"""Passages for a question: dense and lexical search, their scores fused."""

from collections.abc import Sequence
from datetime import date
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.dates.periods import date_proximity, periods, recent_period
from index.deduplication import folded
from index.embedding import Embedder
from index.search.outlets import keep_places, named_outlets
from index.store.store import DocumentStore
from index.types import Filters, Passage, article_of
from index.words import content_words, words

DEPTH = 100
"""How many chunks each of the two searches contributes."""
FILTERS_KEPT = 32
LEXICAL_WEIGHT = 0.65
"""Chosen on 500 training questions, from the grid that evals/studies/fitting/fusion_weight.py prints."""

TIME_WEIGHT, LATELY_WEIGHT = 0.3, 0.1
"""What it is worth to be published when the question asks about, and lately when it names no time at all: a running
story is asked about for what is new in it. From `multihop_rag` (evals/LOG.md)."""

Ranked = list[tuple[str, float]]
"""Chunk ids with their score, best first."""


class DenseSearch(Protocol):
    """Chunk ids with their cosine, best first: Chroma when serving, exact when results must repeat."""

    def search(
        self, vector: NDArray[np.float32], limit: int, allowed: frozenset[str] | None
    ) -> list[tuple[str, float]]: ...


class Retriever:
    """Finds the passages that bear on a question."""

    def __init__(self, store: DocumentStore, dense: DenseSearch, embedder: Embedder) -> None:
        self._store = store
        self._dense = dense
        self._embedder = embedder
        self._passing: tuple[str, dict[Filters, frozenset[str] | None]] = ("", {})

    def vector(self, question: str) -> NDArray[np.float32]:
        """The question as the dense index sees it; shape (dimension,), unit length."""
        return self._embedder.embed_query(question)

    def passages(
        self, question: str, vector: NDArray[np.float32], limit: int, filters: Filters | None = None
    ) -> list[Passage]:
        """The best `limit` passages, best first; ties in the order of chunk ids."""
        return self._store.chunks.passages(self._placed(question, vector, limit, filters)[:limit])

    def distinct(
        self, question: str, vector: NDArray[np.float32], limit: int, filters: Filters | None = None
    ) -> list[Passage]:
        """The best passages of which `limit` say something of their own, with the repeats that stand between them.

        Copies of one text would otherwise fill all places with the same sentences.
        """
        ranked = self._placed(question, vector, limit, filters)
        found: list[Passage] = []
        printed: dict[str, set[tuple[str, ...]]] = {}
        wanted = limit
        while ranked and wanted:
            some, ranked = self._store.chunks.passages(ranked[:wanted]), ranked[wanted:]
            wanted -= self._of_their_own(some, printed)
            found += some
        return found

    def _of_their_own(self, passages: Sequence[Passage], printed: dict[str, set[tuple[str, ...]]]) -> int:
        """How many say what no copy said before them; what each says is added to `printed`."""
        origins = self._store.articles.origins([passage.article_id for passage in passages])
        own = 0
        for passage in passages:
            origin = origins[passage.article_id]
            sentences = self._folded(passage) if origin.copies > 1 else set()
            seen = printed.setdefault(origin.first, set())
            own += not sentences or not sentences <= seen
            seen |= sentences
        return own

    def _folded(self, passage: Passage) -> set[tuple[str, ...]]:
        text = self._store.articles.get(passage.article_id, passage.version).article.text
        return {folded(sentence.of(text)) for sentence in passage.sentences}

    def _placed(self, question: str, vector: NDArray[np.float32], limit: int, filters: Filters | None) -> Ranked:
        """All that was found, best first, but for the places that are kept for outlets that the question names."""
        ranked = self._ranked(question, vector, filters)
        named = named_outlets(question, self._store.articles.outlets())
        if not named:
            return ranked
        articles = {chunk_id: article_of(chunk_id) for chunk_id, _ in ranked}
        published_by = self._store.articles.outlets_of(set(articles.values()))
        return keep_places(ranked, {c: published_by.get(article) for c, article in articles.items()}, named, limit)

    def _ranked(self, question: str, vector: NDArray[np.float32], filters: Filters | None) -> Ranked:
        """Both searches fused, and what was published when the question asks about put before what was not."""
        ranked = fuse(*self.searches(question, vector, filters))
        today = date.fromisoformat(filters.as_of) if filters and filters.as_of else date.today()
        asked = periods(question, today)
        wanted, weight = (asked, TIME_WEIGHT) if asked else (recent_period(today), LATELY_WEIGHT)
        articles = {chunk_id: article_of(chunk_id) for chunk_id, _ in ranked}
        published = self._store.articles.publication_dates(set(articles.values()))
        near = date_proximity({None, *published.values()}, wanted)
        return _sorted({c: score + weight * near[published.get(articles[c])] for c, score in ranked})

    def searches(
        self, question: str, vector: NDArray[np.float32], filters: Filters | None = None
    ) -> tuple[Ranked, Ranked]:
        """What the dense and the lexical search find, each by itself."""
        allowed = self._allowed(filters) if filters is not None else None
        dense = self._dense.search(vector, DEPTH, allowed)
        return dense, self._store.lexical.search(terms(question), DEPTH, allowed)

    def _allowed(self, filters: Filters) -> frozenset[str] | None:
        """As the catalogue says; remembered, because everybody asks with the same few filters."""
        revision = self._store.revision()
        if revision != self._passing[0] or len(self._passing[1]) >= FILTERS_KEPT:
            self._passing = (revision, {})
        known = self._passing[1]
        if filters not in known:
            known[filters] = self._store.articles.matching_ids(filters)
        return known[filters]


def fuse(
    dense: Sequence[tuple[str, float]], lexical: Sequence[tuple[str, float]], weight: float = LEXICAL_WEIGHT
) -> Ranked:
    """Convex combination of the two normalised scores, best first, each in [0, 1].

    Bruch, Gai and Ingber, ACM TOIS 2023. On every set we have it beats reciprocal rank fusion, which forgets by how
    much one passage is better than the next (evals/LOG.md). A chunk that one search did not find gets that
    search's lowest score.
    """
    scores: dict[str, float] = {}
    for share, ranked in ((1.0 - weight, _spread(dense)), (weight, _share(lexical))):
        for chunk_id, score in ranked:
            scores[chunk_id] = scores.get(chunk_id, 0.0) + share * score
    return _sorted(scores)


def _sorted(scores: dict[str, float]) -> Ranked:
    return sorted(scores.items(), key=lambda item: (-round(item[1], 6), item[0]))


def _spread(ranked: Sequence[tuple[str, float]]) -> list[tuple[str, float]]:
    """Cosines from 0 for the lowest found to 1 for the highest: their absolute level says little."""
    low, high = min((s for _, s in ranked), default=0.0), max((s for _, s in ranked), default=1.0)
    return [(chunk_id, (score - low) / (high - low) if high > low else 1.0) for chunk_id, score in ranked]


def _share(ranked: Sequence[tuple[str, float]]) -> list[tuple[str, float]]:
    """BM25 scores as shares of the best: 0 means no word in common, so the scale starts there."""
    high = max((s for _, s in ranked), default=1.0)
    return [(chunk_id, score / high if high > 0 else 0.0) for chunk_id, score in ranked]


def terms(question: str) -> Sequence[str]:
    """The words of a question that are looked up, any of which may stand in a passage."""
    return (content_words(question) or words(question))[:64]
