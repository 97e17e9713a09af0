"""Dense search without an index: slower in a large collection, and the same every time."""

from collections import OrderedDict

import numpy as np
from numpy.typing import NDArray

from index.bm25 import top_k
from index.store.store import DocumentStore

CHOICES = 8
"""How many choices of articles are remembered: everybody asks with the same few."""


class Held:
    """All vectors of one revision; another thread may go on searching these while the next ones are read."""

    def __init__(self, ids: list[str], articles: list[str], matrix: NDArray[np.float32]) -> None:
        self._ids = ids
        self._articles = articles
        self._matrix = matrix
        self._choices: OrderedDict[frozenset[str], NDArray[np.int64]] = OrderedDict()

    def search(
        self, vector: NDArray[np.float32], limit: int, allowed: frozenset[str] | None
    ) -> list[tuple[str, float]]:
        """As `ExactIndex.search` says."""
        if not self._ids:
            return []
        scores = self._matrix @ vector
        ranked = scores.astype(np.float64)
        np.round(ranked, 6, out=ranked)
        # The ids are in order already, so ties that stay as they stand are in theirs.
        if allowed is None:
            chosen = top_k(ranked, limit)
        else:
            among = self._among(allowed)
            chosen = among[top_k(ranked[among], limit)]
        return [(self._ids[i], float(scores[i])) for i in chosen.tolist()]

    def _among(self, allowed: frozenset[str]) -> NDArray[np.int64]:
        found = self._choices.get(allowed)
        if found is None:
            found = np.flatnonzero([article in allowed for article in self._articles])
            self._choices[allowed] = found
            if len(self._choices) > CHOICES:
                self._choices.popitem(last=False)
        return found


NOTHING = Held([], [], np.zeros((0, 0), dtype=np.float32))


class ExactIndex:
    """What Chroma answers approximately: every vector compared, ties in the order of chunk ids, the same each time."""

    def __init__(self, store: DocumentStore) -> None:
        self._store = store
        self._revision = ""
        self._held = NOTHING

    def search(
        self, vector: NDArray[np.float32], limit: int, allowed: frozenset[str] | None
    ) -> list[tuple[str, float]]:
        """Chunk ids with their cosine to `vector`, top_k first."""
        revision = self._store.revision()
        if revision != self._revision:
            self._held = Held(*self._store.chunks.vectors())
            self._revision = revision
        return self._held.search(vector, limit, allowed)

    def forget(self) -> None:
        """Give the memory back; the next search reads the vectors anew."""
        self._revision, self._held = "", NOTHING
