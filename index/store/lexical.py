"""Lexical search: SQLite's full text (FTS5) keeps where each word stands, and the ranking is done on whole lists."""

import json
import re
from collections import OrderedDict
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from index.bm25 import PLACES, Lengths, Weighed, best, posting
from index.store.ledger import Connection, Ledger, State, connect
from index.types import article_of

WIDER = 4
"""How many times as many chunks are looked at when only some articles are allowed, before only those are searched."""
MOST_POSTINGS = 2_000_000
"""Rows of posting lists that are kept in memory, at 12 bytes each."""
MOST_WORDS = 50_000
"""Words whose tokens are kept in memory."""
POSITIONS = (
    "SELECT group_concat((doc << ?) + offset + CASE col WHEN 'heading' THEN 0 ELSE ? END)"
    " FROM temp.word_places WHERE term = ?"
)
"""One long string, because a Python object for each of a million places takes ten times as long."""


class LexicalIndex:
    """BM25 over the full text of the chunks, for the words of a question."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        ledger.on_open.append(self._reset)
        ledger.on_rollback.append(self._forget)

    def _reset(self, db: Connection) -> None:
        """Nothing is known of the full text of a new connection yet."""
        self._lengths = Lengths()
        self._postings: OrderedDict[str, Weighed] = OrderedDict()
        self._kept = 0
        self._tokens: dict[str, tuple[str, ...]] = {}
        self._read_at: State | None = None
        """The state of the file that these are of; None when rows have gone, which leaves nothing of them to keep."""
        self._tokenizer = self._view(db)

    def _view(self, db: Connection) -> Connection:
        """Open the view of the full text; returns the table that cuts words, in a database of its own in memory.

        Of its own, because what only reads the ledger may not even write to a table that is nowhere but in memory.
        """
        sql = str(self._ledger.rows("SELECT sql FROM sqlite_master WHERE name = 'chunk_words'")[0][0])
        made = re.search(r"tokenize\s*=\s*'[^']+'", sql)
        db.execute("PRAGMA temp_store = MEMORY")
        db.execute("CREATE VIRTUAL TABLE temp.word_places USING fts5vocab(main, chunk_words, 'instance')")
        tokenizer = connect(":memory:")
        tokenizer.execute(f"CREATE VIRTUAL TABLE said USING fts5(word, content = '', {made.group() if made else ''})")
        tokenizer.execute("CREATE VIRTUAL TABLE said_tokens USING fts5vocab(said, 'instance')")
        return tokenizer

    def insert(self, rows: Sequence[int], heading: str, texts: Sequence[str]) -> None:
        """Index the texts of these rows, each with the heading, in the caller's transaction."""
        sql = "INSERT INTO chunk_words (rowid, heading, words) VALUES (?, ?, ?)"
        self._ledger.executemany(sql, [(row, heading, text) for row, text in zip(rows, texts, strict=True)])

    def delete(self, rows: Sequence[int]) -> None:
        """Take these rows out, in the caller's transaction; their numbers may be given to others."""
        if rows:
            self._forget()
        self._ledger.executemany("DELETE FROM chunk_words WHERE rowid = ?", [(row,) for row in rows])

    def purge(self) -> None:
        """Have the words of deleted rows out of the file too, in the caller's transaction."""
        # The full text only notes what is deleted, and drops the words when it is merged into one.
        self._ledger.execute("INSERT INTO chunk_words (chunk_words) VALUES ('optimize')")

    def search(self, words: Sequence[str], limit: int, allowed: frozenset[str] | None) -> list[tuple[str, float]]:
        """Chunk ids with their BM25 score (higher is better) for any of these words, best first."""
        with self._ledger.lock:
            rows, scores = self._scored(words)
            wide = best(scores, limit if allowed is None else WIDER * limit)
            found = self._named(rows[wide], scores[wide])
            kept = [each for each in found if allowed is None or article_of(each[0]) in allowed]
            if allowed is not None and len(kept) < limit and len(wide) < len(rows):
                inside = np.isin(rows, self._numbers(allowed))
                rows, scores = rows[inside], scores[inside]
                # All that tie with the last one, because they are put in the order of their ids.
                worst = scores[best(scores, limit)[-1]] if len(scores) else 0.0
                kept = self._named(rows[scores >= worst], scores[scores >= worst])
        return kept[:limit]

    def _scored(self, words: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        found = self._found(words)
        return self._lengths.scores([found[word] for word in words])

    def _named(self, rows: NDArray[np.int64], scores: NDArray[np.float64]) -> list[tuple[str, float]]:
        """The chunks of these rows with their scores, best first and then by id."""
        score_of = dict(zip(rows.tolist(), scores.tolist(), strict=True))
        # SQLite would take the table by itself, where each chunk fills a page with its vectors.
        named = self._ledger.rows(
            "SELECT number, id FROM chunk INDEXED BY chunk_named WHERE number IN (SELECT value FROM json_each(?))",
            json.dumps(list(score_of)),
        )
        return sorted(
            ((chunk_id, score_of[number]) for number, chunk_id in named), key=lambda each: (-each[1], each[0])
        )

    def _numbers(self, articles: frozenset[str]) -> NDArray[np.int64]:
        wanted = json.dumps(sorted(articles))
        sql = "SELECT number FROM chunk WHERE article_id IN (SELECT value FROM json_each(?))"
        return np.array([row[0] for row in self._ledger.rows(sql, wanted)], dtype=np.int64)

    def document_frequency(self, words: Sequence[str]) -> dict[str, int]:
        """In how many chunks each word, or another form of it, stands."""
        with self._ledger.lock:
            return {word: len(found.rows) for word, found in self._found(words).items()}

    def _forget(self) -> None:
        """After rows were taken out, or a transaction failed: their numbers may be given to others."""
        self._read_at = None

    def _refresh(self) -> None:
        """Read the lengths of new rows, or of all when something else than adding was done."""
        state = self._ledger.state()
        if self._read_at == state:
            return
        self._postings.clear()
        self._kept = 0
        if self._read_at is None or self._read_at.others != state.others:
            self._lengths = Lengths()
        sql = "SELECT id, sz FROM chunk_words_docsize WHERE id > ? ORDER BY id"
        rows = self._ledger.rows(sql, self._lengths.last)
        self._lengths.add([row[0] for row in rows], [_numbers_in(row[1]) for row in rows])
        self._read_at = state

    def _found(self, words: Sequence[str]) -> dict[str, Weighed]:
        """Where each word stands, or another form of it."""
        self._refresh()
        if len(self._tokens) > MOST_WORDS:
            self._tokens.clear()
        self._cut_up([word for word in dict.fromkeys(words) if word not in self._tokens])
        found: dict[str, Weighed] = {}
        for word in words:
            if word not in self._postings:
                places = [self._places(token) for token in self._tokens[word]]
                self._postings[word] = self._lengths.weigh(posting(places))
                self._kept += len(self._postings[word].rows)
            self._postings.move_to_end(word)
            found[word] = self._postings[word]
        while self._kept > MOST_POSTINGS:
            self._kept -= len(self._postings.popitem(last=False)[1].rows)
        return found

    def _places(self, token: str) -> NDArray[np.int64]:
        text = self._ledger.rows(POSITIONS, PLACES, 1 << (PLACES - 1), token)[0][0]
        return np.fromstring(text or "", dtype=np.int64, sep=",")

    def _cut_up(self, words: Sequence[str]) -> None:
        """Learn the tokens of these words, as the full text has them."""
        if not words:
            return
        self._tokenizer.execute(
            "INSERT INTO said (rowid, word) SELECT key, value FROM json_each(?)", (json.dumps(words),)
        )
        rows = self._tokenizer.execute("SELECT doc, term FROM said_tokens ORDER BY doc, offset").fetchall()
        self._tokenizer.execute("INSERT INTO said (said) VALUES ('delete-all')")
        self._tokens.update((word, ()) for word in words)
        for place, token in rows:
            self._tokens[words[place]] += (token,)


@lru_cache(maxsize=4096)
def _numbers_in(sizes: bytes) -> int:
    """The sum of what FTS5 keeps of a row: a count of tokens for each column, seven bits a byte."""
    total = number = 0
    for byte in sizes:
        number = (number << 7) | (byte & 127)
        if byte < 128:
            total, number = total + number, 0
    return total
