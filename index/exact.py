"""Dense search without an index: slower in a large collection, and the same every time."""

import numpy as np
from numpy.typing import NDArray

from index.catalogue import Catalogue


class ExactIndex:
    """What Chroma answers approximately: every vector compared, ties in the order of chunk ids, the same each time."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._revision = ""
        # One name for all three: another thread may search while they are read anew.
        self._held: tuple[list[str], list[str], NDArray[np.float32]] = ([], [], np.zeros((0, 0), dtype=np.float32))

    def search(
        self, vector: NDArray[np.float32], limit: int, allowed: frozenset[str] | None
    ) -> list[tuple[str, float]]:
        """Chunk ids with their cosine to `vector`, best first."""
        self._refresh()
        if not self._held[0]:
            return []
        ids, articles, matrix = self._held
        scores = matrix @ vector
        # The ids are in order already, so a stable sort leaves ties in theirs.
        order = np.argsort(-np.round(scores.astype(np.float64), 6), kind="stable")
        kept = (i for i in order.tolist() if allowed is None or articles[i] in allowed)
        return [(ids[i], float(scores[i])) for i, _ in zip(kept, range(limit), strict=False)]

    def _refresh(self) -> None:
        revision = self._catalogue.revision()
        if revision != self._revision:
            self._held = self._catalogue.vectors(self._catalogue.chunk_ids())
            self._revision = revision

    def forget(self) -> None:
        """Give the memory back; the next search reads the vectors anew."""
        self._revision, self._held = "", ([], [], np.zeros((0, 0), dtype=np.float32))
