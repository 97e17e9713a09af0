"""Lexical index: BM25 search over the token positions that SQLite's full-text index (FTS5) stores."""

import json
import re
from collections import OrderedDict
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from index.bm25 import OFFSET_BITS, DocumentLengths, ScoredPostings, phrase_postings, top_k
from index.normalisation import bigrams, normalise
from index.store.sqlite_ledger import Connection, Ledger, State, connect
from index.types import article_of

OVERFETCH = 4
"""With a filter, OVERFETCH * limit chunks are ranked, then filtered; if too few remain, the filter is applied first."""
MAX_CACHED_POSTINGS = 2_000_000
"""Most rows of posting lists in memory, at 12 bytes each."""
MAX_CACHED_WORDS = 50_000
"""Most words whose tokens are cached in memory."""
TOKEN_POSITIONS = (
    "SELECT group_concat((doc << ?) + offset + CASE col WHEN 'heading' THEN 0 ELSE ? END)"
    " FROM temp.token_positions WHERE term = ?"
)
"""Returns one long string, because a Python object for each of a million positions takes ten times as long."""


class LexicalIndex:
    """Lexical index: BM25 search over chunks and their headings; posting lists and tokens are cached in memory."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        ledger.on_open.append(self._reset)
        ledger.on_rollback.append(self._invalidate)

    def _reset(self, db: Connection) -> None:
        """Start with empty caches on a new connection."""
        self._lengths = DocumentLengths()
        self._postings: OrderedDict[str, ScoredPostings] = OrderedDict()
        self._cached_postings = 0
        self._tokens: dict[str, tuple[str, ...]] = {}
        self._cached_at: State | None = None
        """State of the ledger when the caches were filled; None when a deletion or rollback invalidated them."""
        self._tokenizer = self._open_tokenizer(db)

    def _open_tokenizer(self, db: Connection) -> Connection:
        """Open the view of the token positions; returns an in-memory database with the same tokenizer.

        It is a separate database, because a read-only connection may not write to temporary tables either.
        """
        sql = str(self._ledger.rows("SELECT sql FROM sqlite_master WHERE name = 'chunk_words'")[0][0])
        tokenize = re.search(r"tokenize\s*=\s*'[^']+'", sql)
        db.execute("PRAGMA temp_store = MEMORY")
        db.execute("CREATE VIRTUAL TABLE temp.token_positions USING fts5vocab(main, chunk_words, 'instance')")
        tokenizer = connect(":memory:")
        tokenizer.execute(
            f"CREATE VIRTUAL TABLE words USING fts5(word, content = '', {tokenize.group() if tokenize else ''})"
        )
        tokenizer.execute("CREATE VIRTUAL TABLE word_tokens USING fts5vocab(words, 'instance')")
        return tokenizer

    def insert(self, rows: Sequence[int], heading: str, texts: Sequence[str]) -> None:
        """Index the text of each row together with the heading, in the caller's transaction."""
        sql = "INSERT INTO chunk_words (rowid, heading, words) VALUES (?, ?, ?)"
        self._ledger.executemany(
            sql, [(row, indexed(heading), indexed(text)) for row, text in zip(rows, texts, strict=True)]
        )

    def delete(self, rows: Sequence[int]) -> None:
        """Delete these rows, in the caller's transaction; their numbers may be reused."""
        if rows:
            self._invalidate()
        self._ledger.executemany("DELETE FROM chunk_words WHERE rowid = ?", [(row,) for row in rows])

    def purge(self) -> None:
        """Erase the words of deleted rows from the file, in the caller's transaction."""
        # FTS5 only marks rows as deleted; their words stay until its segments are merged.
        self._ledger.execute("INSERT INTO chunk_words (chunk_words) VALUES ('optimize')")

    def search(self, words: Sequence[str], limit: int, allowed: frozenset[str] | None) -> list[tuple[str, float]]:
        """Return the `limit` best chunks for any of these words: ids with BM25 scores, best first, ties by id.

        Args:
            allowed: ids of the articles that may be found; None means all.
        """
        with self._ledger.lock:
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
        # Without INDEXED BY, SQLite reads the table, where the vectors of each chunk fill a page.
        ids = self._ledger.rows(
            "SELECT number, id FROM chunk INDEXED BY chunk_named WHERE number IN (SELECT value FROM json_each(?))",
            json.dumps(list(score_of)),
        )
        return sorted(((chunk_id, score_of[number]) for number, chunk_id in ids), key=lambda each: (-each[1], each[0]))

    def _rows_of(self, articles: frozenset[str]) -> NDArray[np.int64]:
        wanted = json.dumps(sorted(articles))
        sql = "SELECT number FROM chunk WHERE article_id IN (SELECT value FROM json_each(?))"
        return np.array([row[0] for row in self._ledger.rows(sql, wanted)], dtype=np.int64)

    def document_frequency(self, words: Sequence[str]) -> dict[str, int]:
        """Return for each word the number of chunks that contain it or another word with the same stem."""
        with self._ledger.lock:
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
        sql = "SELECT id, sz FROM chunk_words_docsize WHERE id > ? ORDER BY id"
        rows = self._ledger.rows(sql, self._lengths.last_row)
        self._lengths.add([row[0] for row in rows], [_token_count(row[1]) for row in rows])
        self._cached_at = state

    def _scored_postings(self, words: Sequence[str]) -> dict[str, ScoredPostings]:
        """Return the scored posting list of each word, stemmed as in the full-text index."""
        self._refresh()
        if len(self._tokens) > MAX_CACHED_WORDS:
            self._tokens.clear()
        self._tokenize([word for word in dict.fromkeys(words) if word not in self._tokens])
        found: dict[str, ScoredPostings] = {}
        for word in words:
            if word not in self._postings:
                positions = [self._positions(token) for token in self._tokens[word]]
                self._postings[word] = self._lengths.score(phrase_postings(positions))
                self._cached_postings += len(self._postings[word].rows)
            self._postings.move_to_end(word)
            found[word] = self._postings[word]
        while self._cached_postings > MAX_CACHED_POSTINGS:
            self._cached_postings -= len(self._postings.popitem(last=False)[1].rows)
        return found

    def _positions(self, token: str) -> NDArray[np.int64]:
        text = self._ledger.rows(TOKEN_POSITIONS, OFFSET_BITS, 1 << (OFFSET_BITS - 1), token)[0][0]
        return np.fromstring(text or "", dtype=np.int64, sep=",")

    def _tokenize(self, words: Sequence[str]) -> None:
        """Cache the tokens of these words, as the full-text index tokenizes them."""
        if not words:
            return
        self._tokenizer.execute(
            "INSERT INTO words (rowid, word) SELECT key, value FROM json_each(?)", (json.dumps(words),)
        )
        rows = self._tokenizer.execute("SELECT doc, term FROM word_tokens ORDER BY doc, offset").fetchall()
        self._tokenizer.execute("INSERT INTO words (words) VALUES ('delete-all')")
        self._tokens.update((word, ()) for word in words)
        for index, token in rows:
            self._tokens[words[index]] += (token,)


def indexed(text: str) -> str:
    """Return the text as the full-text index tokenizes it: normalised, unspaced scripts as pairs of characters."""
    return bigrams(normalise(text).text)


@lru_cache(maxsize=4096)
def _token_count(sizes: bytes) -> int:
    """Return the number of tokens of a row: the sum of the counts that FTS5 stores per column, as varints."""
    total = number = 0
    for byte in sizes:
        number = (number << 7) | (byte & 127)
        if byte < 128:
            total, number = total + number, 0
    return total
