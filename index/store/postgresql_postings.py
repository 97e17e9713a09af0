"""PostgreSQL postings: one row for each word of each chunk, read as whole posting lists."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from index.bm25 import OFFSET_BITS, PostingList, phrase_postings
from index.store.fts5_tokenizer import Fts5Tokenizer, indexed
from index.store.lexical import Lengths
from index.store.postgresql_ledger import PostgresLedger

TEXT_OFFSET = 1 << 15
"""Position of a chunk's first token: those of the heading come before, so no phrase runs from one into the other."""
MAX_POSITION = (1 << 16) - 1
EMPTY = PostingList(np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.int32))
# One value of bytes for a whole list: a Python object for each of a million rows would take ten times as long. With
# all columns in the index, PostgreSQL reads nothing else.
LISTS = (
    "SELECT word, string_agg(int4send(chunk), ''::bytea), string_agg(int4send(length(positions)), ''::bytea)"
    " FROM posting WHERE word = ANY(?) GROUP BY word"
)
POSITIONS = (
    "SELECT word, chunk, positions FROM posting WHERE word = ANY(?) AND chunk IN"
    " (SELECT chunk FROM posting WHERE word = ANY(?) GROUP BY chunk HAVING count(*) = ?) ORDER BY chunk"
)


class PostgresPostings:
    """PostgreSQL postings: the tokens that FTS5 would store, so that BM25 gives the same scores."""

    def __init__(self, ledger: PostgresLedger) -> None:
        self._ledger = ledger
        self.tokenizer = Fts5Tokenizer()

    def insert(self, rows: Sequence[int], heading: str, texts: Sequence[str]) -> None:
        """Index the text of each row together with the heading, in the caller's transaction."""
        heads, *bodies = self.tokenizer.tokens([indexed(heading), *map(indexed, texts)])
        known = indexed(heading).replace("\0", " ")
        sizes = [(row, len(heads) + len(body), known) for row, body in zip(rows, bodies, strict=True)]
        self._ledger.copy_in("chunk_words", sizes)
        self._ledger.copy_in("posting", _postings(rows, heads, bodies))

    def delete(self, rows: Sequence[int]) -> None:
        """Delete these rows, in the caller's transaction."""
        if rows:
            self._ledger.execute("DELETE FROM posting WHERE chunk = ANY(?)", (list(rows),))
            self._ledger.execute("DELETE FROM chunk_words WHERE number = ANY(?)", (list(rows),))
            self._ledger.count_deletion()

    def purge(self) -> None:
        """Do nothing: deleted rows leave the files when PostgreSQL vacuums them."""

    def lengths(self, after: int) -> Lengths:
        """Return the rows after this one, ascending, with the number of tokens of each."""
        sql = (
            "SELECT string_agg(int4send(number), ''::bytea ORDER BY number),"
            " string_agg(int4send(tokens), ''::bytea ORDER BY number) FROM chunk_words WHERE number > ?"
        )
        numbers, tokens = self._ledger.rows(sql, after)[0]
        return Lengths(_integers(numbers).tolist(), _integers(tokens).tolist())

    def posting_lists(self, phrases: Sequence[tuple[str, ...]]) -> list[PostingList]:
        """Return the posting list of each phrase, given by its tokens."""
        words = sorted({phrase[0] for phrase in phrases if len(phrase) == 1})
        rows = self._ledger.rows(LISTS, words) if words else []
        lists = {word: _posting_list(chunks, sizes) for word, chunks, sizes in rows}
        return [
            lists.get(phrase[0], EMPTY) if len(phrase) == 1 else phrase_postings(self._positions(phrase))
            for phrase in phrases
        ]

    def _positions(self, phrase: tuple[str, ...]) -> list[NDArray[np.int64]]:
        """Return the positions of each token in the chunks that have them all."""
        words = sorted(set(phrase))
        found: dict[str, list[NDArray[np.int64]]] = {word: [np.zeros(0, dtype=np.int64)] for word in words}
        for word, chunk, positions in self._ledger.rows(POSITIONS, words, words, len(words)) if words else []:
            found[word].append((chunk << OFFSET_BITS) + np.frombuffer(positions, dtype="<u2").astype(np.int64))
        return [np.concatenate(found[token]) for token in phrase]

    def chunk_ids(self, rows: Sequence[int]) -> list[tuple[int, str]]:
        """Return the row numbers with the chunk ids of these rows."""
        found = self._ledger.rows("SELECT number, id FROM chunk WHERE number = ANY(?)", list(rows))
        return [(number, chunk_id) for number, chunk_id in found]

    def headings(self, rows: Sequence[int]) -> dict[int, str]:
        """Return the normalised heading of each of these rows."""
        return dict(self._ledger.rows("SELECT number, heading FROM chunk_words WHERE number = ANY(?)", list(rows)))


def _postings(
    rows: Sequence[int], heads: Sequence[str], bodies: Sequence[Sequence[str]]
) -> Iterator[tuple[str, int, bytes]]:
    for row, body in zip(rows, bodies, strict=True):
        positions: dict[str, list[int]] = {}
        for start, tokens in ((0, heads), (TEXT_OFFSET, body)):
            for offset, token in enumerate(tokens, start=start):
                positions.setdefault(token, []).append(min(offset, MAX_POSITION))
        for word, found in positions.items():
            yield word, row, np.array(found, dtype="<u2").tobytes()


def _posting_list(chunks: bytes, sizes: bytes) -> PostingList:
    rows, counts = _integers(chunks), _integers(sizes) // 2
    if len(rows) > 1 and np.any(rows[1:] < rows[:-1]):  # PostgreSQL need not read them in order
        order = np.argsort(rows)
        rows, counts = rows[order], counts[order]
    return PostingList(rows, counts)


def _integers(packed: bytes | None) -> NDArray[np.int32]:
    return np.frombuffer(packed or b"", dtype=">i4").astype(np.int32)
