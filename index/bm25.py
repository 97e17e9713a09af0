"""BM25 over posting lists in memory, number for number as SQLite's FTS5 has it.

FTS5 ranks row by row, and looks up the length of each row a question's words stand in: at 200,000 chunks that takes
ten times as long as reading the same lists whole and doing the arithmetic on all of them at once.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

K1, B = 1.2, 0.75
"""As FTS5 has them fixed."""
LEAST_IDF = 1e-6
"""FTS5's, for a word that stands in more than half of the rows."""
PLACES = 21
"""Bits of a position that say where in its row a token stands; the bits above are the row's number."""


class Posting(NamedTuple):
    """Where a word stands: rows in rising order, and how often in each."""

    rows: NDArray[np.int32]
    counts: NDArray[np.int32]


class Weighed(NamedTuple):
    """Rows in rising order, and what a word is worth in each."""

    rows: NDArray[np.int32]
    scores: NDArray[np.float64]


def posting(tokens: Sequence[NDArray[np.int64]]) -> Posting:
    """The rows in which these tokens stand one behind the other, from the positions of each."""
    starts = tokens[0] if tokens else np.zeros(0, dtype=np.int64)
    for behind, positions in enumerate(tokens[1:], start=1):
        starts = np.intersect1d(starts, positions - behind, assume_unique=True)
    rows = starts >> PLACES
    firsts = np.flatnonzero(np.diff(rows, prepend=-1))  # in rising order, so that equal ones stand together
    return Posting(rows[firsts].astype(np.int32), np.diff(firsts, append=len(rows)).astype(np.int32))


class Lengths:
    """How many tokens each row has; rows may be added, and all go together."""

    def __init__(self) -> None:
        self.last = 0
        """The highest row that is known."""
        self._of = np.zeros(1024, dtype=np.int64)
        self._total = 0
        self.rows = 0

    def add(self, rows: Sequence[int], tokens: Sequence[int]) -> None:
        """Rows that come behind all others, in rising order."""
        if not rows:
            return
        self.last = rows[-1]
        if self.last >= len(self._of):
            self._of = np.concatenate([self._of, np.zeros(2 * self.last, dtype=np.int64)])
        self._of[list(rows)] = tokens
        self._total += sum(tokens)
        self.rows += len(rows)

    def weigh(self, word: Posting) -> Weighed:
        """What a word adds to the BM25 score of each row it stands in; the same until a row is added."""
        if not len(word.rows):
            return Weighed(word.rows, np.zeros(0))
        # Operation by operation as in FTS5, so that even the last digit is its own.
        idf = math.log((self.rows - len(word.rows) + 0.5) / (len(word.rows) + 0.5))
        counts = word.counts.astype(np.float64)
        lengths = self._of[word.rows].astype(np.float64)
        norm = K1 * (1 - B + B * lengths / (self._total / self.rows))
        return Weighed(word.rows, (idf if idf > 0 else LEAST_IDF) * ((counts * (K1 + 1.0)) / (counts + norm)))

    def scores(self, words: Sequence[Weighed]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Every row that holds any of the words, in rising order, with its score."""
        found = np.zeros(self.last + 1)
        for word in words:
            found[word.rows] += word.scores
        rows = np.flatnonzero(found)
        return rows, found[rows]


def best(scores: NDArray[np.float64], limit: int) -> NDArray[np.int64]:
    """Places of the highest scores, highest first, ties in the order in which they stand.

    Only what can be among them is sorted: the rest of a large collection is passed over in one sweep.
    """
    if limit <= 0 or not len(scores):
        return np.zeros(0, dtype=np.int64)
    keys = -scores
    bar = np.partition(keys, limit - 1)[limit - 1] if limit < len(keys) else np.inf
    near = np.flatnonzero(keys <= bar)
    return near[np.argsort(keys[near], kind="stable")][:limit]
