"""Dense search without an index: slower in a large collection, and the same every time."""

import numpy as np
from numpy.typing import NDArray

from index.catalogue import Catalogue


class ExactIndex:
    """What Chroma answers approximately: every vector compared, ties in the order of chunk ids, the same each time."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._revision = ""
        self._ids: list[str] = []
        self._articles: list[str] = []
        self._matrix = np.zeros((0, 0), dtype=np.float32)

    def search(
        self, vector: NDArray[np.float32], limit: int, allowed: frozenset[str] | None
    ) -> list[tuple[str, float]]:
        """Chunk ids with their cosine to `vector`, best first."""
        self._refresh()
        if not self._ids:
            return []
        scores = self._matrix @ vector
        order = sorted(range(len(self._ids)), key=lambda i: (-round(float(scores[i]), 6), self._ids[i]))
        kept = (i for i in order if allowed is None or self._articles[i] in allowed)
        return [(self._ids[i], float(scores[i])) for i, _ in zip(kept, range(limit), strict=False)]

    def _refresh(self) -> None:
        revision = self._catalogue.revision()
        if revision != self._revision:
            self._ids, self._articles, self._matrix = self._catalogue.vectors(self._catalogue.chunk_ids())
            self._revision = revision
