"""Chunks: the passages that are searched, with the vectors of each, of its sentences and of single words."""

import json
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from index.embedding import PartVectors
from index.errors import NotFound
from index.store.ledger import Ledger, Row
from index.store.spans import dump_spans, load_spans
from index.types import Chunk, Passage, Span

Vectors = NDArray[np.float32]


class Chunks:
    """The chunks of all current articles."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    # Writing, in the caller's transaction

    def insert(self, article_id: str, version: int, chunks: Sequence[Chunk], vectors: PartVectors) -> list[int]:
        """Store chunks with their vectors, in half precision; returns the row number of each."""
        return [
            self._insert(article_id, version, chunk, vector, parts)
            for chunk, vector, parts in zip(chunks, vectors.texts, vectors.parts, strict=True)
        ]

    def _insert(self, article_id: str, version: int, chunk: Chunk, vector: Vectors, parts: Vectors) -> int:
        number = self._ledger.execute(
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
        ).lastrowid
        assert number is not None
        return number

    def delete(self, article_id: str) -> tuple[list[int], list[str]]:
        """Delete the chunks of an article; returns their row numbers and their ids."""
        sql = "SELECT number, id FROM chunk WHERE article_id = ?"
        rows = self._ledger.execute(sql, (article_id,)).fetchall()
        self._ledger.execute("DELETE FROM chunk WHERE article_id = ?", (article_id,))
        return [number for number, _ in rows], [chunk_id for _, chunk_id in rows]

    def delete_word_vectors(self) -> None:
        """Forget every single word; which article said it is not kept."""
        self._ledger.execute("DELETE FROM word")

    # Reading

    def count(self) -> int:
        """How many chunks are searched."""
        return int(self._ledger.rows("SELECT count(*) FROM chunk")[0][0])

    def passages(self, scored: Sequence[tuple[str, float]]) -> list[Passage]:
        """The chunks of these ids as passages with these scores, in the same order."""
        wanted = json.dumps([chunk_id for chunk_id, _ in scored])
        rows = {
            row[0]: row
            for row in self._ledger.rows(
                'SELECT id, article_id, version, start, "end", sentences FROM chunk'
                " WHERE id IN (SELECT value FROM json_each(?))",
                wanted,
            )
        }
        return [_passage(rows[chunk_id], score) for chunk_id, score in scored if chunk_id in rows]

    def ids(self) -> list[str]:
        """Every current chunk, in a stable order."""
        return [row[0] for row in self._ledger.rows("SELECT id FROM chunk ORDER BY id")]

    def vectors(self, chunk_ids: Sequence[str] | None = None) -> tuple[list[str], list[str], Vectors]:
        """For these chunks, or all, in the order of their ids: ids, article ids, vectors (n, dimension)."""
        sql = "SELECT id, article_id, vector FROM chunk {} ORDER BY id"
        if chunk_ids is None:
            rows = self._ledger.rows(sql.format(""))
        else:
            rows = self._ledger.rows(
                sql.format("WHERE id IN (SELECT value FROM json_each(?))"), json.dumps(list(chunk_ids))
            )
        joined = np.frombuffer(b"".join(row[2] for row in rows), dtype=np.float16)
        found = joined.astype(np.float32).reshape(len(rows), -1) if rows else np.zeros((0, 0), dtype=np.float32)
        return [row[0] for row in rows], [row[1] for row in rows], found

    def sentence_vectors(self, chunk_id: str) -> Vectors:
        """Unit vectors of a chunk's sentences, in order; shape (sentences, dimension); NotFound where it is gone."""
        rows = self._ledger.rows("SELECT parts, length(vector) / 2 FROM chunk WHERE id = ?", chunk_id)
        if not rows:
            raise NotFound(f"no chunk {chunk_id!r} any more")
        parts, dimension = rows[0]
        return np.frombuffer(parts, dtype=np.float16).reshape(-1, dimension).astype(np.float32)

    def word_vectors(self, words: Sequence[str]) -> dict[str, NDArray[np.float16]]:
        """The unit vectors of those of the words that were kept."""
        rows = self._ledger.rows(
            "SELECT word, vector FROM word WHERE length(vector) AND word IN (SELECT value FROM json_each(?))",
            json.dumps(list(words)),
        )
        return {word: np.frombuffer(vector, dtype=np.float16) for word, vector in rows}

    def known_words(self, words: Sequence[str]) -> set[str]:
        """Those of the words that some article has said, with a vector or without."""
        wanted = json.dumps(list(words))
        return {
            row[0]
            for row in self._ledger.rows("SELECT word FROM word WHERE word IN (SELECT value FROM json_each(?))", wanted)
        }

    def word_count(self) -> int:
        """How many words were met."""
        return int(self._ledger.rows("SELECT count(*) FROM word")[0][0])

    def keep_word_vectors(self, vectors: Mapping[str, NDArray[np.float16]]) -> None:
        """Keep the vectors of single words; they go when an article is forgotten, and come again when needed."""
        with self._ledger.transaction(searched=False):
            self._ledger.executemany(
                "INSERT OR REPLACE INTO word VALUES (?, ?)",
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
