"""interim"""

from collections.abc import Sequence

from index.embedding import Embedder
from index.evidence import Candidate, overlap_relevance


class SimilarityRelevance:
    """Cosine and shared words."""

    stamp = "similarity-1"

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    def __call__(self, question: str, candidates: Sequence[Candidate]) -> list[float]:
        """Log-odds."""
        query = self._embedder.embed_query(question)
        rows = self._embedder.embed([c.text for c in candidates])
        shared = overlap_relevance(question, candidates)
        return [4.0 * float(row @ query) + 0.4 * o for row, o in zip(rows, shared, strict=True)]
