"""Lexical index: BM25 search over the posting lists of a ledger, with the scores of SQLite's FTS5."""

from collections import OrderedDict
from collections.abc import Sequence
from threading import RLock
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from index.bm25 import DocumentLengths, PostingList, ScoredPostings, top_k
from index.store.fts5_tokenizer import Fts5Tokenizer
from index.store.ledger import Ledger, State
from index.types import article_of

OVERFETCH = 4
"""With a filter, OVERFETCH * limit chunks are ranked, then filtered; if too few remain, the filter is applied first."""
MAX_CACHED_POSTINGS = 2_000_000
"""Most rows of posting lists in memory, at 12 bytes each."""
MAX_CACHED_WORDS = 50_000
"""Most words whose tokens are cached in memory."""


class Lengths(NamedTuple):
    """Document lengths of some rows: row numbers, ascending, and the number of tokens of each."""

    rows: Sequence[int]
    tokens: Sequence[int]


class PostingStore(Protocol):
    """Posting store protocol: full text of the chunks in a ledger, in FTS5 for SQLite and in a table for PostgreSQL."""

    @property
    def tokenizer(self) -> Fts5Tokenizer: ...
    def insert(self, rows: Sequence[int], heading: str, texts: Sequence[str]) -> None: ...
    def delete(self, rows: Sequence[int]) -> None: ...
    def purge(self) -> None: ...
    def lengths(self, after: int) -> Lengths: ...
    def posting_lists(self, phrases: Sequence[tuple[str, ...]]) -> list[PostingList]: ...
    def chunk_ids(self, rows: Sequence[int]) -> list[tuple[int, str]]: ...
    def headings(self, rows: Sequence[int]) -> dict[int, str]: ...


class LexicalIndex:
    """Lexical index: BM25 search over chunks and their headings; posting lists and tokens are cached in memory."""

    def __init__(self, ledger: Ledger, postings: PostingStore) -> None:
        self._ledger = ledger
        self._store = postings
        self._lock = RLock()
        """Guards the caches; acquired before the ledger's snapshot, so that they never go back to an older state."""
        self._lengths = DocumentLengths()
        self._postings: OrderedDict[str, ScoredPostings] = OrderedDict()
        self._cached_postings = 0
        self._tokens: dict[str, tuple[str, ...]] = {}
        self._cached_at: State | None = None
        """State of the ledger when the caches were filled; None when a deletion or rollback invalidated them."""
        ledger.on_rollback.append(self._invalidate)

    def insert(self, rows: Sequence[int], heading: str, texts: Sequence[str]) -> None:
        """Index the text of each row together with the heading, in the caller's transaction."""
        self._store.insert(rows, heading, texts)

    def delete(self, rows: Sequence[int]) -> None:
        """Delete these rows, in the caller's transaction; their numbers may be reused."""
        if rows:
            self._invalidate()
        self._store.delete(rows)

    def purge(self) -> None:
        """Erase the words of deleted rows from the file, in the caller's transaction."""
        self._store.purge()

    def search(self, words: Sequence[str], limit: int, allowed: frozenset[str] | None) -> list[tuple[str, float]]:
        """Return the `limit` best chunks for any of these words: ids with BM25 scores, best first, ties by id.

        Args:
            allowed: ids of the articles that may be found; None means all.
        """
        with self._lock, self._ledger.snapshot():
            rows, scores = self._scored(words)
            top = top_k(scores, limit if allowed is None else OVERFETCH * limit)
            found = self._ranked(rows[top], scores[top])
            passing = [each for each in found if allowed is None or article_of(each[0]) in allowed]
            if allowed is not None and len(passing) < limit and len(top) < len(rows):
                inside = np.isin(rows, self._rows_of(allowed))
                rows, scores = rows[inside], scores[inside]
                # Include all that tie with the last one, because ties are ordered by id.
                worst = scores[top_k(scores, limit)[-1]] if len(scores) else 0.0
                passing = self._ranked(rows[scores >= worst], scores[scores >= worst])
        return passing[:limit]

    def _scored(self, words: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        found = self._scored_postings(words)
        return self._lengths.total([found[word] for word in words])

    def _ranked(self, rows: NDArray[np.int64], scores: NDArray[np.float64]) -> list[tuple[str, float]]:
        """Return the chunk ids of these rows with their scores, best first, ties by id."""
        score_of = dict(zip(rows.tolist(), scores.tolist(), strict=True))
        ids = self._store.chunk_ids(list(score_of))
        return sorted(((chunk_id, score_of[number]) for number, chunk_id in ids), key=lambda each: (-each[1], each[0]))

    def _rows_of(self, articles: frozenset[str]) -> NDArray[np.int64]:
        sql = f"SELECT number FROM chunk WHERE article_id {self._ledger.among}"
        rows = self._ledger.rows(sql, self._ledger.listed(sorted(articles)))
        return np.array([row[0] for row in rows], dtype=np.int64)

    def articles_with(self, phrase: str) -> frozenset[str]:
        """Return the ids of the articles that have a word or phrase in a chunk or its heading, in any inflection."""
        with self._lock, self._ledger.snapshot():
            rows = self._scored_postings([phrase])[phrase].rows
            return frozenset(article_of(chunk_id) for _, chunk_id in self._store.chunk_ids(rows.tolist()))

    def headings(self, chunk_ids: Sequence[str]) -> dict[str, str]:
        """Return the heading that each of these chunks is indexed with, as it was normalised."""
        sql = f"SELECT number, id FROM chunk WHERE id {self._ledger.among}"
        numbers: dict[int, str] = dict(self._ledger.rows(sql, self._ledger.listed(chunk_ids)))
        return {numbers[number]: heading for number, heading in self._store.headings(list(numbers)).items()}

    def document_frequency(self, words: Sequence[str]) -> dict[str, int]:
        """Return for each word the number of chunks that contain it or another word with the same stem."""
        with self._lock, self._ledger.snapshot():
            return {word: len(found.rows) for word, found in self._scored_postings(words).items()}

    def _invalidate(self) -> None:
        """Invalidate the caches, after rows were deleted or a transaction failed."""
        self._cached_at = None

    def _refresh(self) -> None:
        """Update the caches: read the lengths of new rows, or of all rows when some may have been deleted."""
        state = self._ledger.state()
        if self._cached_at == state:
            return
        self._postings.clear()
        self._cached_postings = 0
        if self._cached_at is None or self._cached_at.others != state.others:
            self._lengths = DocumentLengths()
        self._lengths.add(*self._store.lengths(self._lengths.last_row))
        self._cached_at = state

    def _scored_postings(self, words: Sequence[str]) -> dict[str, ScoredPostings]:
        """Return the scored posting list of each word, stemmed as in the full-text index."""
        self._refresh()
        if len(self._tokens) > MAX_CACHED_WORDS:
            self._tokens.clear()
        self._tokenize([word for word in dict.fromkeys(words) if word not in self._tokens])
        self._read([word for word in dict.fromkeys(words) if word not in self._postings])
        found: dict[str, ScoredPostings] = {}
        for word in words:
            self._postings.move_to_end(word)
            found[word] = self._postings[word]
        while self._cached_postings > MAX_CACHED_POSTINGS:
            self._cached_postings -= len(self._postings.popitem(last=False)[1].rows)
        return found

    def _read(self, words: Sequence[str]) -> None:
        """Cache the scored posting lists of these words."""
        if not words:
            return
        for word, found in zip(words, self._store.posting_lists([self._tokens[word] for word in words]), strict=True):
            self._postings[word] = self._lengths.score(found)
            self._cached_postings += len(found.rows)

    def _tokenize(self, words: Sequence[str]) -> None:
        """Cache the tokens of these words, as the full-text index tokenizes them."""
        if words:
            self._tokens |= zip(words, self._store.tokenizer.tokens(words), strict=True)
