"""Exact dense search: compares every vector, so results are deterministic and time is linear in the collection."""

from collections import OrderedDict

import numpy as np
from numpy.typing import NDArray

from index.bm25 import top_k
from index.store.store import DocumentStore

MAX_CACHED_FILTERS = 8
"""Number of filters whose rows are cached, because most questions use the same few."""


class VectorMatrix:
    """Vector matrix: all chunk vectors of one revision; never changed, so threads may search while the next is read."""

    def __init__(self, ids: list[str], articles: list[str], matrix: NDArray[np.float32]) -> None:
        self._ids = ids
        self._articles = articles
        self._matrix = matrix
        self._filter_rows: OrderedDict[frozenset[str], NDArray[np.int64]] = OrderedDict()

    def search(
        self, vector: NDArray[np.float32], limit: int, allowed: frozenset[str] | None
    ) -> list[tuple[str, float]]:
        """Return chunk ids with their cosine to `vector`, best first, ties by chunk id."""
        if not self._ids:
            return []
        scores = self._matrix @ vector
        ranked = scores.astype(np.float64)
        np.round(ranked, 6, out=ranked)
        # Rows are sorted by id, so a stable sort breaks ties by id.
        if allowed is None:
            best = top_k(ranked, limit)
        else:
            rows = self._rows(allowed)
            best = rows[top_k(ranked[rows], limit)]
        return [(self._ids[i], float(scores[i])) for i in best.tolist()]

    def _rows(self, allowed: frozenset[str]) -> NDArray[np.int64]:
        found = self._filter_rows.get(allowed)
        if found is None:
            found = np.flatnonzero([article in allowed for article in self._articles])
            self._filter_rows[allowed] = found
            if len(self._filter_rows) > MAX_CACHED_FILTERS:
                self._filter_rows.popitem(last=False)
        return found


EMPTY = VectorMatrix([], [], np.zeros((0, 0), dtype=np.float32))


class ExactIndex:
    """Exact index: brute-force cosine search in memory, the exact counterpart of `VectorIndex`."""

    def __init__(self, store: DocumentStore) -> None:
        self._store = store
        self._revision = ""
        self._matrix = EMPTY

    def search(
        self, vector: NDArray[np.float32], limit: int, allowed: frozenset[str] | None
    ) -> list[tuple[str, float]]:
        """Return chunk ids with their cosine to `vector`, best first, ties by chunk id."""
        revision = self._store.revision()
        if revision != self._revision:
            self._matrix = VectorMatrix(*self._store.chunks.vectors())
            self._revision = revision
        return self._matrix.search(vector, limit, allowed)

    def clear(self) -> None:
        """Release the memory; the next search reads the vectors again."""
        self._revision, self._matrix = "", EMPTY
