"""Chunk store: keeps chunks with their vectors, sentence vectors, and the vectors of single words."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from index.embedding import PartVectors
from index.errors import NotFound
from index.store.ledger import Ledger, Row, State
from index.store.span_json import dump_spans, load_spans
from index.types import Chunk, Passage, Span

Vectors = NDArray[np.float32]


class Chunks:
    """Chunk store: the chunks of all current articles; vectors are stored in half precision."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._counted: tuple[State, int] | None = None

    # Writes, in the caller's transaction

    def insert(self, article_id: str, version: int, chunks: Sequence[Chunk], vectors: PartVectors) -> list[int]:
        """Store an article's chunks with the vectors of each chunk and its sentences; returns their row numbers."""
        return [
            self._insert(article_id, version, chunk, vector, parts)
            for chunk, vector, parts in zip(chunks, vectors.texts, vectors.parts, strict=True)
        ]

    def _insert(self, article_id: str, version: int, chunk: Chunk, vector: Vectors, parts: Vectors) -> int:
        return self._ledger.insert(
            'INSERT INTO chunk (id, article_id, version, start, "end", sentences, vector, parts)'
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                chunk.id,
                article_id,
                version,
                chunk.span.start,
                chunk.span.end,
                dump_spans(chunk.sentences),
                vector.astype(np.float16).tobytes(),
                parts.astype(np.float16).tobytes(),
            ),
        )

    def delete(self, article_id: str) -> tuple[list[int], list[str]]:
        """Delete the chunks of an article; returns their row numbers and their ids."""
        sql = "SELECT number, id FROM chunk WHERE article_id = ?"
        rows = self._ledger.execute(sql, (article_id,)).fetchall()
        self._ledger.execute("DELETE FROM chunk WHERE article_id = ?", (article_id,))
        return [number for number, _ in rows], [chunk_id for _, chunk_id in rows]

    def delete_word_vectors(self) -> None:
        """Delete all word vectors, because it is not recorded which article a word came from."""
        self._ledger.execute("DELETE FROM word")

    # Reads

    def count(self) -> int:
        """Return the number of chunks; cached until the ledger changes."""
        state = self._ledger.state()
        if self._counted is None or self._counted[0] != state:
            self._counted = (state, int(self._ledger.rows("SELECT count(*) FROM chunk")[0][0]))
        return self._counted[1]

    def passages(self, scored: Sequence[tuple[str, float]]) -> list[Passage]:
        """Return the passages of these (chunk id, score) pairs, in the same order; removed chunks are left out."""
        sql = f'SELECT id, article_id, version, start, "end", sentences FROM chunk WHERE id {self._ledger.among}'
        wanted = self._ledger.listed([chunk_id for chunk_id, _ in scored])
        rows = {row[0]: row for row in self._ledger.rows(sql, wanted)}
        return [_passage(rows[chunk_id], score) for chunk_id, score in scored if chunk_id in rows]

    def ids(self) -> list[str]:
        """Return the ids of all chunks, sorted."""
        return [row[0] for row in self._ledger.rows("SELECT id FROM chunk ORDER BY id")]

    def known(self, chunk_ids: Sequence[str]) -> set[str]:
        """Return the ids among these that are of chunks."""
        sql = f"SELECT id FROM chunk WHERE id {self._ledger.among}"
        return {row[0] for row in self._ledger.rows(sql, self._ledger.listed(chunk_ids))}

    def vectors(self, chunk_ids: Sequence[str] | None = None) -> tuple[list[str], list[str], Vectors]:
        """Return ids, article ids and vectors (n, dimension) of these chunks, or of all, sorted by id."""
        sql = "SELECT id, article_id, vector FROM chunk {} ORDER BY id"
        if chunk_ids is None:
            rows = self._ledger.rows(sql.format(""))
        else:
            among = f"WHERE id {self._ledger.among}"
            rows = self._ledger.rows(sql.format(among), self._ledger.listed(chunk_ids))
        flat = np.frombuffer(b"".join(row[2] for row in rows), dtype=np.float16)
        found = flat.astype(np.float32).reshape(len(rows), -1) if rows else np.zeros((0, 0), dtype=np.float32)
        return [row[0] for row in rows], [row[1] for row in rows], found

    def sentence_vectors(self, chunk_id: str) -> Vectors:
        """Return the unit vectors of a chunk's sentences, shape (sentences, dimension); raises NotFound."""
        rows = self._ledger.rows("SELECT parts, length(vector) / 2 FROM chunk WHERE id = ?", chunk_id)
        if not rows:
            raise NotFound(f"no chunk {chunk_id!r} any more")
        parts, dimension = rows[0]
        return np.frombuffer(parts, dtype=np.float16).reshape(-1, dimension).astype(np.float32)

    def word_vectors(self, words: Sequence[str]) -> dict[str, NDArray[np.float16]]:
        """Return the stored unit vectors by word; words without one are left out."""
        sql = f"SELECT word, vector FROM word WHERE length(vector) > 0 AND word {self._ledger.among}"
        rows = self._ledger.rows(sql, self._ledger.listed(words))
        return {word: np.frombuffer(vector, dtype=np.float16) for word, vector in rows}

    def known_words(self, words: Sequence[str]) -> set[str]:
        """Return the words that are in the stored vocabulary, with or without a vector."""
        sql = f"SELECT word FROM word WHERE word {self._ledger.among}"
        return {row[0] for row in self._ledger.rows(sql, self._ledger.listed(words))}

    def word_count(self) -> int:
        """Return the size of the stored vocabulary."""
        return int(self._ledger.rows("SELECT count(*) FROM word")[0][0])

    def keep_word_vectors(self, vectors: Mapping[str, NDArray[np.float16]]) -> None:
        """Store vectors of single words; removing any article deletes them all, and they are recomputed when needed."""
        if not vectors:
            return
        with self._ledger.transaction(searched=False, serial=True):
            self._ledger.executemany(
                "INSERT INTO word VALUES (?, ?) ON CONFLICT (word) DO UPDATE SET vector = excluded.vector",
                [(word, vector.tobytes()) for word, vector in vectors.items()],
            )


def _passage(row: Row, score: float) -> Passage:
    chunk_id, article_id, version, start, end, sentences = row
    return Passage(
        chunk_id=chunk_id,
        article_id=str(article_id),
        version=version,
        span=Span(start=start, end=end),
        sentences=load_spans(sentences),
        score=score,
    )
