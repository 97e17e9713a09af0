"""Passages for a question: dense and lexical search, fused by rank."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.catalogue import Catalogue
from index.embedding import Embedder
from index.types import Filters, Passage
from index.words import content_words, words

DEPTH = 50
"""How many chunks each of the two searches contributes."""
RANK_CONSTANT = 60
"""Reciprocal rank fusion, Cormack, Clarke and Buettcher, SIGIR 2009."""
LEXICAL_WEIGHT = 0.5


class DenseSearch(Protocol):
    """Chunk ids with their cosine, best first: Chroma when serving, exact when results must repeat."""

    def search(
        self, vector: NDArray[np.float32], limit: int, allowed: frozenset[str] | None
    ) -> list[tuple[str, float]]: ...


class Retriever:
    """Finds the passages that bear on a question."""

    def __init__(self, catalogue: Catalogue, dense: DenseSearch, embedder: Embedder) -> None:
        self._catalogue = catalogue
        self._dense = dense
        self._embedder = embedder

    def passages(self, question: str, limit: int, filters: Filters | None = None) -> list[Passage]:
        """The best `limit` passages, best first; ties in the order of chunk ids."""
        allowed = self._catalogue.allowed(filters) if filters is not None else None
        dense = self._dense.search(self._embedder.embed_query(question), DEPTH, allowed)
        lexical = self._catalogue.lexical(_expression(question), DEPTH, allowed)
        return self._catalogue.passages(fuse(dense, lexical)[:limit])


def fuse(dense: Sequence[tuple[str, float]], lexical: Sequence[tuple[str, float]]) -> list[tuple[str, float]]:
    """Weighted reciprocal rank fusion of two ranked lists; scores lie in (0, 1]."""
    scores: dict[str, float] = {}
    for weight, ranked in ((1.0 - LEXICAL_WEIGHT, dense), (LEXICAL_WEIGHT, lexical)):
        for rank, (chunk_id, _) in enumerate(ranked, start=1):
            share = weight * (RANK_CONSTANT + 1) / (RANK_CONSTANT + rank)
            scores[chunk_id] = scores.get(chunk_id, 0.0) + share
    return sorted(scores.items(), key=lambda item: (-round(item[1], 9), item[0]))


def _expression(question: str) -> str:
    """The question as an FTS5 expression: any of its words, each quoted so that none is an operator."""
    found = content_words(question) or words(question) or ["-"]
    return " OR ".join(f'"{word}"' for word in found[:64])
