"""Document store: articles, chunks, lexical index and history in one ledger, the system of record."""

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Self

from index.embedding import PartVectors
from index.store.articles import Articles
from index.store.chunks import Chunks
from index.store.corrections import Corrected
from index.store.history import History
from index.store.jobs import Jobs
from index.store.ledger import Ledger
from index.store.lexical import LexicalIndex, PostingStore
from index.store.sqlite_ledger import SqliteLedger
from index.store.sqlite_postings import SqlitePostings
from index.types import Article, Chunk


class DocumentStore:
    """Document store: facade over the parts of one ledger; thread-safe; a write to several parts is one transaction.

    All other calls go to the parts: `articles`, `chunks`, `lexical`, `history` and `jobs`. What differs between SQLite
    and PostgreSQL is behind two protocols, `Ledger` and `PostingStore`.
    """

    def __init__(self, ledger: Ledger, postings: PostingStore) -> None:
        """Create the parts over an open ledger, and cluster articles that have no origin yet."""
        self._ledger = ledger
        self.articles = Articles(ledger)
        self.chunks = Chunks(ledger)
        self.lexical = LexicalIndex(ledger, postings)
        self.history = History(ledger)
        self.jobs = Jobs(ledger)
        self.articles.update_origins()

    @classmethod
    def open(cls, path: Path, *, fingerprint: str) -> Self:
        """Open or create a store in a SQLite file.

        Args:
            fingerprint: identifies embedder, heading and chunking that its chunks and vectors were made with.

        Raises:
            HomeError: the file is not a ledger, cannot be written, or has the schema of another version of Footnote.
            IndexMismatch: the ledger was filled with another fingerprint.
        """
        ledger = SqliteLedger(path, fingerprint=fingerprint)
        return cls(ledger, SqlitePostings(ledger))

    @property
    def ledger(self) -> Ledger:
        """Ledger below the parts, for what goes over all of them."""
        return self._ledger

    @property
    def name(self) -> str:
        """Path or address of the ledger, without a password."""
        return self._ledger.name

    @property
    def identity(self) -> str | None:
        """Identity of a collection that several processes share, wherever they run; None for one in a home folder."""
        return self._ledger.identity

    @property
    def fingerprint(self) -> str:
        """Index fingerprint: identifies embedder, heading and chunking of the stored chunks and vectors."""
        return self._ledger.fingerprint

    def add(
        self, article: Article, version: int, chunks: Sequence[Chunk], vectors: PartVectors, heading: str
    ) -> list[str]:
        """Store this version as the current one, atomically; returns the ids of the chunks it replaces.

        Args:
            vectors: vectors of the chunks and of their sentences; stored in half precision.
            heading: heading of the article; indexed together with each chunk.
        """
        with self._ledger.transaction():
            replaced = self._withdraw(article.id)
            self.articles.insert(article, version)
            self._index(article, version, chunks, vectors, heading)
            self.articles.update_origin(article.id)
        return replaced

    def fill_in(
        self, article: Article, version: int, chunks: Sequence[Chunk], vectors: PartVectors, heading: str
    ) -> None:
        """Add the chunks of a current version that has no chunks yet."""
        with self._ledger.transaction():
            self._index(article, version, chunks, vectors, heading)

    def correct(
        self,
        article: Article,
        version: int,
        chunks: Sequence[Chunk],
        vectors: PartVectors,
        heading: str,
        changes: Corrected,
        undone: Collection[str] = (),
    ) -> list[str]:
        """Keep a reader's corrections, atomically, and index the current version under its corrected heading.

        Returns the ids of the chunks that it replaces.
        """
        with self._ledger.transaction():
            rows, replaced = self.chunks.delete(article.id)
            self.lexical.delete(rows)
            self.articles.correct(article.id, changes, undone)
            self._index(article, version, chunks, vectors, heading)
            self.articles.update_origin(article.id)
        return replaced

    def _index(
        self, article: Article, version: int, chunks: Sequence[Chunk], vectors: PartVectors, heading: str
    ) -> None:
        rows = self.chunks.insert(article.id, version, chunks, vectors)
        self.lexical.insert(rows, heading, [chunk.span.of(article.text) for chunk in chunks])

    def remove(self, *article_ids: str) -> list[str]:
        """Delete all versions of these articles, all or none; returns the ids of the chunks they had.

        Raises:
            NotFound: one of them does not exist.
        """
        with self._ledger.transaction():
            removed: list[str] = []
            for article_id in article_ids:
                removed += self._withdraw(article_id)
                self.articles.delete(article_id)
            self.chunks.delete_word_vectors()
            self.lexical.purge()
            self._ledger.set_meta("traces", "dense index")
        self._ledger.checkpoint()
        return removed

    def _withdraw(self, article_id: str) -> list[str]:
        rows, chunk_ids = self.chunks.delete(article_id)
        self.lexical.delete(rows)
        self.articles.retire(article_id)
        return chunk_ids

    @property
    def dense_purge_due(self) -> bool:
        """Whether removed articles may still be in the log of the dense index, so that it must be rebuilt."""
        return self._ledger.meta("traces") is not None

    def mark_dense_purged(self) -> None:
        """Record that the dense index was rebuilt since the last removal."""
        with self._ledger.transaction(searched=False):
            self._ledger.set_meta("traces", None)

    def exclusive(self) -> AbstractContextManager[None]:
        """Keep other processes from ingesting, removing and filling the dense index; not from searching."""
        return self._ledger.exclusive()

    def revision(self) -> str:
        """Return the digest of the searched data; equal for equal texts and fingerprints, in any home folder."""
        return self._ledger.revision()

    def faults(self) -> list[str]:
        """Return the integrity faults of the ledger, one line each."""
        return self._ledger.faults()

    def close(self) -> None:
        """Close the ledger."""
        self._ledger.close()
