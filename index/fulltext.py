"""Lexical search: SQLite's full text (FTS5) over the chunks of a ledger."""

import json
from collections.abc import Sequence

from index.ledger import Ledger

WIDER = 4
"""How many times as many chunks are looked at when only some articles are allowed, before only those are searched."""


class FullText(Ledger):
    """The part of a ledger in which words are looked up."""

    def lexical(self, expression: str, limit: int, allowed: frozenset[str] | None) -> list[tuple[str, float]]:
        """Chunk ids with their BM25 score (higher is better) for an FTS5 expression, best first."""
        # The best are chosen before anything is joined to them: a question's words stand in thousands of chunks.
        wide = limit if allowed is None else WIDER * limit
        rows = self._rows(
            "SELECT c.id, -f.bm25 AS score, c.article_id FROM (SELECT rowid AS number, rank AS bm25 FROM chunk_words"
            " WHERE chunk_words MATCH ? ORDER BY rank LIMIT ?) f JOIN chunk c USING (number) ORDER BY score DESC, c.id",
            expression,
            wide,
        )
        found = [(chunk_id, score) for chunk_id, score, article in rows if allowed is None or article in allowed]
        if allowed is None or len(found) >= limit or len(rows) < wide:
            return found[:limit]
        rows = self._rows(
            "SELECT c.id, -bm25(chunk_words, 1.0, 1.0) AS score FROM chunk_words JOIN chunk c"
            " ON c.number = chunk_words.rowid WHERE chunk_words MATCH ?"
            " AND c.article_id IN (SELECT value FROM json_each(?)) ORDER BY score DESC, c.id LIMIT ?",
            expression,
            json.dumps(sorted(allowed)),
            limit,
        )
        return [(chunk_id, score) for chunk_id, score in rows]

    def document_frequency(self, words: Sequence[str]) -> dict[str, int]:
        """In how many chunks each word, or another form of it, stands."""
        with self._lock:
            return {
                word: int(
                    self._db.execute(
                        "SELECT count(*) FROM chunk_words WHERE chunk_words MATCH ?", (f'"{word}"',)
                    ).fetchone()[0]
                )
                for word in words
            }
