"""The document store: articles, chunks, full text and history in one ledger. The source of truth."""

from collections.abc import Sequence
from pathlib import Path
from typing import Self

from index.embedding import PartVectors
from index.store.articles import Articles
from index.store.chunks import Chunks
from index.store.history import History
from index.store.ledger import Ledger
from index.store.lexical import LexicalIndex
from index.types import Article, Chunk


class DocumentStore:
    """Facade over the parts of one ledger, shared between threads; a write over several parts is one transaction.

    Each part is asked by itself: `articles`, `chunks`, `lexical` and `history`.
    """

    def __init__(self, ledger: Ledger, chunks: Chunks | None = None) -> None:
        """Open the ledger for the parts; raises what `Ledger.open` raises."""
        self._ledger = ledger
        self.articles = Articles(ledger)
        self.chunks = chunks or Chunks(ledger)
        self.lexical = LexicalIndex(ledger)
        self.history = History(ledger)
        ledger.open()

    @classmethod
    def open(cls, path: Path, *, fingerprint: str) -> Self:
        """Open or create a store that may be written; articles of an older home folder get their origins.

        Args:
            stamp: names what made its chunks and vectors (embedder, heading and chunking).

        Raises:
            HomeError: the file is no ledger, cannot be written, or comes from another version of Footnote.
            IndexMismatch: the ledger was filled under another stamp.
        """
        store = cls(Ledger(path, fingerprint=fingerprint))
        store.articles.update_origins()
        return store

    @property
    def fingerprint(self) -> str:
        """What made the chunks and vectors."""
        return self._ledger.fingerprint

    def add(
        self, article: Article, version: int, chunks: Sequence[Chunk], vectors: PartVectors, heading: str
    ) -> list[str]:
        """Make this version the current one, whole or not at all; returns the chunk ids it replaces.

        Args:
            vectors: of the chunks and of the sentences in each; stored in half precision.
            heading: words about the article that are searched together with each chunk.
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
        """Give the current version of an article, which has none, its chunks."""
        with self._ledger.transaction():
            self._index(article, version, chunks, vectors, heading)

    def _index(
        self, article: Article, version: int, chunks: Sequence[Chunk], vectors: PartVectors, heading: str
    ) -> None:
        rows = self.chunks.insert(article.id, version, chunks, vectors)
        self.lexical.insert(rows, heading, [chunk.span.of(article.text) for chunk in chunks])

    def remove(self, article_id: str) -> list[str]:
        """Forget every version of an article; returns the chunk ids that went with it.

        Raises:
            NotFound: there is no such article.
        """
        with self._ledger.transaction():
            removed = self._withdraw(article_id)
            self.articles.delete(article_id)
            self.chunks.delete_word_vectors()
            self.lexical.purge()
            self._ledger.execute("INSERT OR REPLACE INTO meta VALUES ('traces', 'dense index')")
        self._ledger.checkpoint()
        return removed

    def _withdraw(self, article_id: str) -> list[str]:
        rows, chunk_ids = self.chunks.delete(article_id)
        self.lexical.delete(rows)
        self.articles.retire(article_id)
        return chunk_ids

    @property
    def dense_purge_due(self) -> bool:
        """Whether the dense index's own log may still name articles that were removed."""
        return self._ledger.meta("traces") is not None

    def mark_dense_purged(self) -> None:
        """Note that the dense index was filled anew since the last removal."""
        with self._ledger.transaction(searched=False):
            self._ledger.execute("DELETE FROM meta WHERE key = 'traces'")

    def revision(self) -> str:
        """A digest of what is searched: the same texts under the same stamp give the same revision anywhere."""
        return self._ledger.revision()

    def faults(self) -> list[str]:
        """What is wrong with the file itself, a line each."""
        return self._ledger.faults()

    def close(self) -> None:
        """Fold the write-ahead log into the file and let it go."""
        self._ledger.close()
