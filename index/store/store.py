"""The ledger: articles, their versions, chunks, vectors and full text in one SQLite file. The source of truth."""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.embedding import PartVectors
from index.errors import NotFound
from index.near_duplicates import RULES
from index.store import syndication
from index.store.history import Notebook
from index.store.ledger import Connection, Row
from index.store.lexical import FullText
from index.types import Article, Chunk, Filters, Indexed, Origin, Passage, Source, Span, StoredArticle, utc_now

Vectors = NDArray[np.float32]


def text_digest(text: str) -> str:
    """SHA-256 of the text's UTF-8 bytes."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class DocumentStore(Notebook, FullText):
    """The collection in one ledger, safe to share between threads; every write is one transaction."""

    def __init__(self, path: Path, *, stamp: str) -> None:
        """Open or create the ledger, as `Ledger` does; articles of an older home folder get their origins."""
        self._sketches = syndication.Sketches()
        self._outlets: tuple[str, frozenset[str]] = ("", frozenset())
        super().__init__(path, stamp=stamp)
        self._find_origins()

    def _find_origins(self) -> None:
        stale = self._meta("origins") != RULES
        current = "SELECT id FROM article WHERE current = 1"
        missing = self._rows(current if stale else f"{current} AND id NOT IN (SELECT article_id FROM origin)")
        if stale or missing:
            with self._transaction() as db:
                if stale:
                    db.execute("DELETE FROM origin")
                    db.execute("DELETE FROM copy")
                db.execute("INSERT OR REPLACE INTO meta VALUES ('origins', ?)", (RULES,))
                syndication.place(db, self._sketches, [row[0] for row in missing])

    def _rollback(self) -> None:
        super()._rollback()
        self._sketches.forget()

    # Writing

    def next_version(self, article: Article) -> int | None:
        """The version this article would get, or None when the current one says exactly the same."""
        rows = self._rows("SELECT version, digest, source, current FROM article WHERE id = ?", article.id)
        same = (text_digest(article.text), article.source.model_dump_json(), 1)
        if any((digest, source, current) == same for _, digest, source, current in rows):
            return None
        return max((version for version, *_ in rows), default=0) + 1

    def add(
        self, article: Article, version: int, chunks: Sequence[Chunk], vectors: PartVectors, heading: str
    ) -> list[str]:
        """Make this version the current one, whole or not at all; returns the chunk ids it replaces.

        Args:
            vectors: of the chunks and of the sentences in each; stored in half precision.
            heading: words about the article that are searched together with each chunk.
        """
        with self._transaction() as db:
            replaced = self._withdraw(db, article.id)
            self._put(db, article, version)
            self._cut(db, article, version, chunks, vectors, heading)
            syndication.place(db, self._sketches, [article.id])
        return replaced

    def _put(self, db: Connection, article: Article, version: int) -> None:
        db.execute(
            "INSERT INTO article VALUES (?, ?, 1, ?, ?, ?, ?, ?, ?, ?)",
            (
                article.id,
                version,
                text_digest(article.text),
                article.text,
                _dump_spans(article.body),
                article.source.model_dump_json(),
                article.source.published.value,
                article.source.outlet.value,
                utc_now(),
            ),
        )

    def fill_in(
        self, article: Article, version: int, chunks: Sequence[Chunk], vectors: PartVectors, heading: str
    ) -> None:
        """Give the current version of an article, which has none, its chunks."""
        with self._transaction() as db:
            self._cut(db, article, version, chunks, vectors, heading)

    def _cut(
        self,
        db: Connection,
        article: Article,
        version: int,
        chunks: Sequence[Chunk],
        vectors: PartVectors,
        heading: str,
    ) -> None:
        for chunk, vector, parts in zip(chunks, vectors.texts, vectors.parts, strict=True):
            number = db.execute(
                'INSERT INTO chunk (id, article_id, version, start, "end", sentences, vector, parts)'
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    chunk.id,
                    article.id,
                    version,
                    chunk.span.start,
                    chunk.span.end,
                    _dump_spans(chunk.sentences),
                    vector.astype(np.float16).tobytes(),
                    parts.astype(np.float16).tobytes(),
                ),
            ).lastrowid
            db.execute(
                "INSERT INTO chunk_words (rowid, heading, words) VALUES (?, ?, ?)",
                (number, heading, chunk.span.of(article.text)),
            )

    def remove(self, article_id: str) -> list[str]:
        """Forget every version of an article; returns the chunk ids that went with it."""
        with self._transaction() as db:
            removed = self._withdraw(db, article_id)
            if not db.execute("DELETE FROM article WHERE id = ?", (article_id,)).rowcount:
                raise NotFound(f"no article {article_id!r}; `footnote articles list` names them all")
            syndication.withdraw(db, self._sketches, article_id)
            db.execute("DELETE FROM word")
            # The full text only notes what is deleted, and drops the words when it is merged into one.
            db.execute("INSERT INTO chunk_words (chunk_words) VALUES ('optimize')")
            db.execute("INSERT OR REPLACE INTO meta VALUES ('traces', 'dense index')")
        self._fold()
        return removed

    @property
    def leaves_traces(self) -> bool:
        """Whether the dense index's own log may still name articles that were removed."""
        with self._lock:
            return self._meta("traces") is not None

    def traces_gone(self) -> None:
        """The dense index was filled anew since the last removal."""
        with self._transaction(searched=False) as db:
            db.execute("DELETE FROM meta WHERE key = 'traces'")

    def _withdraw(self, db: Connection, article_id: str) -> list[str]:
        rows = db.execute("SELECT number, id FROM chunk WHERE article_id = ?", (article_id,)).fetchall()
        if rows:
            self._forget_words()
        for number, _ in rows:
            db.execute("DELETE FROM chunk_words WHERE rowid = ?", (number,))
        db.execute("DELETE FROM chunk WHERE article_id = ?", (article_id,))
        db.execute("UPDATE article SET current = 0 WHERE id = ?", (article_id,))
        return [chunk_id for _, chunk_id in rows]

    # Reading

    def article(self, article_id: str, version: int | None = None) -> StoredArticle:
        """One version of an article, the current one unless told.

        Raises:
            NotFound: no article, or no version of it, goes by that name.
        """
        wanted = "version = ?" if version is not None else "current = ?"
        rows = self._rows(
            f"SELECT version, digest, text, body, source, ingested_at FROM article WHERE id = ? AND {wanted}",
            article_id,
            version if version is not None else 1,
        )
        if not rows:
            what = f"version {version} of article {article_id!r}" if version is not None else f"article {article_id!r}"
            raise NotFound(f"no {what}; `footnote articles list` names them all")
        number, digest, text, body, source, ingested_at = rows[0]
        return StoredArticle(
            article=Article(
                id=article_id,
                text=text,
                source=Source.model_validate_json(source),
                body=_load_spans(body),
            ),
            version=number,
            digest=digest,
            ingested_at=ingested_at,
        )

    def articles(self, limit: int = 100, offset: int = 0) -> list[Indexed]:
        """Current versions in the order of their ids."""
        with self._lock:  # no article may go between the two
            rows = self._rows(
                "SELECT a.id, a.version, a.source, length(a.text), a.digest, a.ingested_at,"
                " (SELECT count(*) FROM chunk c WHERE c.article_id = a.id)"
                " FROM article a WHERE a.current = 1 ORDER BY a.id LIMIT ? OFFSET ?",
                limit,
                offset,
            )
            origins = self.origins([row[0] for row in rows])
        return [
            Indexed(
                id=row[0],
                version=row[1],
                source=Source.model_validate_json(row[2]),
                origin=origins[row[0]],
                characters=row[3],
                digest=row[4],
                ingested_at=row[5],
                chunks=row[6],
            )
            for row in rows
        ]

    def origins(self, article_ids: Sequence[str]) -> dict[str, Origin]:
        """What each of these articles goes back to; raises NotFound for one that was removed."""
        wanted = json.dumps(list(article_ids))
        found = syndication.read(
            self._rows(f"{syndication.COLUMNS} WHERE article_id IN (SELECT value FROM json_each(?))", wanted)
        )
        if gone := {*article_ids} - found.keys():
            raise NotFound(f"no article {min(gone)!r} any more")
        return found

    def count(self) -> int:
        """How many articles are current."""
        return int(self._rows("SELECT count(*) FROM article WHERE current = 1")[0][0])

    def chunk_count(self) -> int:
        """How many chunks are searched."""
        return int(self._rows("SELECT count(*) FROM chunk")[0][0])

    def allowed(self, filters: Filters) -> frozenset[str] | None:
        """Ids of the articles that pass, or None when all do."""
        conditions = (
            ("published IS NULL OR published <= ?", filters.as_of),
            ("published IS NULL OR published >= ?", filters.since),
            ("published IS NULL OR published <= ?", filters.until),
            ("outlet = ? COLLATE NOCASE", filters.outlet),
        )
        active = [(f"({sql})", value) for sql, value in conditions if value]
        clause = " AND ".join(["current = 1", *(sql for sql, _ in active)])
        passing = {row[0] for row in self._rows(f"SELECT id FROM article WHERE {clause}", *(v for _, v in active))}
        if filters.article_ids is not None:
            return frozenset(passing & set(filters.article_ids))
        return None if len(passing) == self.count() else frozenset(passing)

    def passages(self, scored: Sequence[tuple[str, float]]) -> list[Passage]:
        """The chunks of these ids as passages with these scores, in the same order."""
        wanted = json.dumps([chunk_id for chunk_id, _ in scored])
        rows = {
            row[0]: row
            for row in self._rows(
                'SELECT id, article_id, version, start, "end", sentences FROM chunk'
                " WHERE id IN (SELECT value FROM json_each(?))",
                wanted,
            )
        }
        return [_passage(rows[chunk_id], score) for chunk_id, score in scored if chunk_id in rows]

    def published(self, article_ids: Collection[str]) -> dict[str, str | None]:
        """When each of these articles, as it stands, was published, as far as that is known."""
        return self._known_of("published", article_ids)

    def outlets(self) -> frozenset[str]:
        """The outlets of all current articles, as far as they are known."""
        revision = self.revision()
        if self._outlets[0] != revision:
            rows = self._rows("SELECT DISTINCT outlet FROM article WHERE current = 1 AND outlet IS NOT NULL")
            self._outlets = (revision, frozenset(row[0] for row in rows))
        return self._outlets[1]

    def outlets_of(self, article_ids: Collection[str]) -> dict[str, str | None]:
        """Who published each of these articles, as far as that is known."""
        return self._known_of("outlet", article_ids)

    def _known_of(self, column: str, article_ids: Collection[str]) -> dict[str, str | None]:
        sql = f"SELECT id, {column} FROM article WHERE current = 1 AND id IN (SELECT value FROM json_each(?))"
        return dict(self._rows(sql, json.dumps(list(article_ids))))

    def chunk_ids(self) -> list[str]:
        """Every current chunk, in a stable order."""
        return [row[0] for row in self._rows("SELECT id FROM chunk ORDER BY id")]

    def vectors(self, chunk_ids: Sequence[str] | None = None) -> tuple[list[str], list[str], Vectors]:
        """For these chunks, or all, in the order of their ids: ids, article ids, vectors (n, dimension)."""
        sql = "SELECT id, article_id, vector FROM chunk {} ORDER BY id"
        if chunk_ids is None:
            rows = self._rows(sql.format(""))
        else:
            rows = self._rows(sql.format("WHERE id IN (SELECT value FROM json_each(?))"), json.dumps(list(chunk_ids)))
        joined = np.frombuffer(b"".join(row[2] for row in rows), dtype=np.float16)
        found = joined.astype(np.float32).reshape(len(rows), -1) if rows else np.zeros((0, 0), dtype=np.float32)
        return [row[0] for row in rows], [row[1] for row in rows], found

    def sentence_vectors(self, chunk_id: str) -> Vectors:
        """Unit vectors of a chunk's sentences, in order; shape (sentences, dimension); NotFound where it is gone."""
        rows = self._rows("SELECT parts, length(vector) / 2 FROM chunk WHERE id = ?", chunk_id)
        if not rows:
            raise NotFound(f"no chunk {chunk_id!r} any more")
        parts, dimension = rows[0]
        return np.frombuffer(parts, dtype=np.float16).reshape(-1, dimension).astype(np.float32)

    def word_vectors(self, words: Sequence[str]) -> dict[str, NDArray[np.float16]]:
        """The unit vectors of those of the words that were kept."""
        rows = self._rows(
            "SELECT word, vector FROM word WHERE length(vector) AND word IN (SELECT value FROM json_each(?))",
            json.dumps(list(words)),
        )
        return {word: np.frombuffer(vector, dtype=np.float16) for word, vector in rows}

    def words_met(self, words: Sequence[str]) -> set[str]:
        """Those of the words that some article has said, with a vector or without."""
        wanted = json.dumps(list(words))
        return {
            row[0] for row in self._rows("SELECT word FROM word WHERE word IN (SELECT value FROM json_each(?))", wanted)
        }

    def word_count(self) -> int:
        """How many words were met."""
        return int(self._rows("SELECT count(*) FROM word")[0][0])

    def keep_words(self, vectors: Mapping[str, NDArray[np.float16]]) -> None:
        """Keep the vectors of single words; they go when an article is forgotten, and come again when needed."""
        with self._transaction(searched=False) as db:
            db.executemany(
                "INSERT OR REPLACE INTO word VALUES (?, ?)",
                [(word, vector.tobytes()) for word, vector in vectors.items()],
            )


def _dump_spans(spans: Sequence[Span]) -> str:
    return json.dumps([[span.start, span.end] for span in spans])


def _load_spans(value: str) -> tuple[Span, ...]:
    return tuple(Span(start=start, end=end) for start, end in json.loads(value))


def _passage(row: Row, score: float) -> Passage:
    chunk_id, article_id, version, start, end, sentences = row
    return Passage(
        chunk_id=chunk_id,
        article_id=str(article_id),
        version=version,
        span=Span(start=start, end=end),
        sentences=_load_spans(sentences),
        score=score,
    )
