"""SQLite postings: the token positions that SQLite's full-text index (FTS5) stores."""

import json
import re
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from index.bm25 import OFFSET_BITS, PostingList, phrase_postings, posting_list
from index.store.fts5_tokenizer import Fts5Tokenizer, indexed
from index.store.lexical import Lengths
from index.store.sqlite_ledger import SqliteLedger

TOKEN_POSITIONS = (
    "SELECT group_concat((doc << ?) + offset + CASE col WHEN 'heading' THEN 0 ELSE ? END)"
    " FROM temp.token_positions WHERE term = ?"
)
"""Returns one long string, because a Python object for each of a million positions takes ten times as long."""
TOKEN_ROWS = "SELECT group_concat(doc) FROM temp.token_positions WHERE term = ?"
"""Returns the row of each occurrence alone, in half the time: positions are needed for phrases only."""


class SqlitePostings:
    """SQLite postings: reads whole posting lists out of the FTS5 table `chunk_words`."""

    def __init__(self, ledger: SqliteLedger) -> None:
        self._ledger = ledger
        sql = str(ledger.rows("SELECT sql FROM sqlite_master WHERE name = 'chunk_words'")[0][0])
        tokenize = re.search(r"tokenize\s*=\s*'[^']+'", sql)
        self.tokenizer = Fts5Tokenizer(tokenize.group()) if tokenize else Fts5Tokenizer()
        ledger.rows("PRAGMA temp_store = MEMORY")
        ledger.rows("CREATE VIRTUAL TABLE temp.token_positions USING fts5vocab(main, chunk_words, 'instance')")

    def insert(self, rows: Sequence[int], heading: str, texts: Sequence[str]) -> None:
        """Index the text of each row together with the heading, in the caller's transaction."""
        sql = "INSERT INTO chunk_words (rowid, heading, words) VALUES (?, ?, ?)"
        self._ledger.executemany(
            sql, [(row, indexed(heading), indexed(text)) for row, text in zip(rows, texts, strict=True)]
        )

    def delete(self, rows: Sequence[int]) -> None:
        """Delete these rows, in the caller's transaction; their numbers may be reused."""
        self._ledger.executemany("DELETE FROM chunk_words WHERE rowid = ?", [(row,) for row in rows])

    def purge(self) -> None:
        """Erase the words of deleted rows from the file, in the caller's transaction."""
        # FTS5 only marks rows as deleted; their words stay until its segments are merged.
        self._ledger.execute("INSERT INTO chunk_words (chunk_words) VALUES ('optimize')")

    def lengths(self, after: int) -> Lengths:
        """Return the rows after this one, ascending, with the number of tokens of each."""
        rows = self._ledger.rows("SELECT id, sz FROM chunk_words_docsize WHERE id > ? ORDER BY id", after)
        return Lengths([row[0] for row in rows], [_token_count(row[1]) for row in rows])

    def posting_lists(self, phrases: Sequence[tuple[str, ...]]) -> list[PostingList]:
        """Return the posting list of each phrase, given by its tokens."""
        return [
            posting_list(self._integers(TOKEN_ROWS, phrase[0])) if len(phrase) == 1 else self._phrase(phrase)
            for phrase in phrases
        ]

    def _phrase(self, phrase: tuple[str, ...]) -> PostingList:
        offsets = OFFSET_BITS, 1 << (OFFSET_BITS - 1)
        return phrase_postings([self._integers(TOKEN_POSITIONS, *offsets, token) for token in phrase])

    def _integers(self, sql: str, *values: object) -> NDArray[np.int64]:
        """Return the ascending integers that the query joins by commas."""
        return np.fromstring(self._ledger.rows(sql, *values)[0][0] or "", dtype=np.int64, sep=",")

    def chunk_ids(self, rows: Sequence[int]) -> list[tuple[int, str]]:
        """Return the row numbers with the chunk ids of these rows."""
        # Without INDEXED BY, SQLite reads the table, where the vectors of each chunk fill a page.
        sql = "SELECT number, id FROM chunk INDEXED BY chunk_named WHERE number IN (SELECT value FROM json_each(?))"
        return [(number, chunk_id) for number, chunk_id in self._ledger.rows(sql, json.dumps(list(rows)))]

    def headings(self, rows: Sequence[int]) -> dict[int, str]:
        """Return the normalised heading of each of these rows."""
        sql = "SELECT rowid, heading FROM chunk_words WHERE rowid IN (SELECT value FROM json_each(?))"
        return dict(self._ledger.rows(sql, json.dumps(list(rows))))


@lru_cache(maxsize=4096)
def _token_count(sizes: bytes) -> int:
    """Return the number of tokens of a row: the sum of the counts that FTS5 stores per column, as varints."""
    total = number = 0
    for byte in sizes:
        number = (number << 7) | (byte & 127)
        if byte < 128:
            total, number = total + number, 0
    return total
