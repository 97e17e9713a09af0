"""BM25 over posting lists in memory; the scores are bit-identical to those of SQLite's FTS5.

FTS5 scores row by row and looks up the length of each matching row: at 200,000 chunks that takes ten times as long as
reading the same posting lists whole and computing all scores at once. A row is the row number of a chunk.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

K1 = 1.2
"""Term-frequency saturation, as in FTS5."""
B = 0.75
"""Length normalisation, as in FTS5."""
MIN_IDF = 1e-6
"""Lower bound of the idf, as in FTS5; it applies to a word in more than half of the rows."""
OFFSET_BITS = 21
"""Number of low bits of a position that store the token's offset in its row; the higher bits store the row number."""


class PostingList(NamedTuple):
    """Posting list of a word: its rows in ascending order, and its term frequency in each."""

    rows: NDArray[np.int32]
    counts: NDArray[np.int32]


class ScoredPostings(NamedTuple):
    """Scored posting list of a word: its rows in ascending order, and its BM25 score in each."""

    rows: NDArray[np.int32]
    scores: NDArray[np.float64]


def phrase_postings(tokens: Sequence[NDArray[np.int64]]) -> PostingList:
    """Return the posting list of the phrase that these tokens form.

    Args:
        tokens: for each token its ascending positions (row number << OFFSET_BITS | offset), shape (n,).
    """
    starts = tokens[0] if tokens else np.zeros(0, dtype=np.int64)
    for behind, positions in enumerate(tokens[1:], start=1):
        starts = np.intersect1d(starts, positions - behind, assume_unique=True)
    return posting_list(starts >> OFFSET_BITS)


def posting_list(rows: NDArray[np.int64]) -> PostingList:
    """Return the posting list of a word, given the row of each of its occurrences in ascending order, shape (n,)."""
    firsts = np.flatnonzero(np.diff(rows, prepend=-1))  # rows are sorted, so equal ones are adjacent
    return PostingList(rows[firsts].astype(np.int32), np.diff(firsts, append=len(rows)).astype(np.int32))


class DocumentLengths:
    """Document lengths: the number of tokens of each row and the totals that BM25 needs; append-only."""

    def __init__(self) -> None:
        self.last_row = 0
        """Highest row number so far."""
        self._tokens = np.zeros(1024, dtype=np.int64)
        """Number of tokens, indexed by row number."""
        self._total_tokens = 0
        self.rows = 0

    def add(self, rows: Sequence[int], tokens: Sequence[int]) -> None:
        """Append rows with the number of tokens of each; rows must ascend and be higher than all rows added before."""
        if not rows:
            return
        self.last_row = rows[-1]
        if self.last_row >= len(self._tokens):
            self._tokens = np.concatenate([self._tokens, np.zeros(2 * self.last_row, dtype=np.int64)])
        self._tokens[list(rows)] = tokens
        self._total_tokens += sum(tokens)
        self.rows += len(rows)

    def score(self, word: PostingList) -> ScoredPostings:
        """Return the BM25 scores of one word (Robertson and Zaragoza 2009); they are valid until a row is added."""
        if not len(word.rows):
            return ScoredPostings(word.rows, np.zeros(0))
        # Same order of operations as FTS5, so that even the last bit is equal.
        idf = math.log((self.rows - len(word.rows) + 0.5) / (len(word.rows) + 0.5))
        counts = word.counts.astype(np.float64)
        lengths = self._tokens[word.rows].astype(np.float64)
        norm = K1 * (1 - B + B * lengths / (self._total_tokens / self.rows))
        return ScoredPostings(word.rows, (idf if idf > 0 else MIN_IDF) * ((counts * (K1 + 1.0)) / (counts + norm)))

    def total(self, words: Sequence[ScoredPostings]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the rows that contain any of the words, ascending, and their summed BM25 scores; both shape (n,)."""
        totals = np.zeros(self.last_row + 1)
        for word in words:
            totals[word.rows] += word.scores
        rows = np.flatnonzero(totals)
        return rows, totals[rows]


def top_k(scores: NDArray[np.float64], k: int) -> NDArray[np.int64]:
    """Return the indices of the `k` highest scores, highest first, ties by index; shape (at most k,).

    It partitions first and sorts only candidates for the top k, so the cost is linear in the collection.
    """
    if k <= 0 or not len(scores):
        return np.zeros(0, dtype=np.int64)
    keys = -scores
    threshold = np.partition(keys, k - 1)[k - 1] if k < len(keys) else np.inf
    candidates = np.flatnonzero(keys <= threshold)
    return candidates[np.argsort(keys[candidates], kind="stable")][:k]
