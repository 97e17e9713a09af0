"""A collection that another process owns: read from the same files, and never written."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.errors import FootnoteError, HomeError
from index.near_duplicate_articles import VERSION
from index.store.chunks import Chunks
from index.store.sqlite_ledger import Connection, Ledger, Row, State, connect_read_only, refuse_writes
from index.store.store import DocumentStore
from index.vectors.chroma import CHROMA_ERRORS, ChromaAddress, RemoteChroma
from index.vectors.vector_index import VectorIndex

MOST_WORDS = 20_000
"""Single words of questions that are kept in memory: 15 MB."""


class ReadOnlyLedger(Ledger):
    """The ledger of a home folder whose owner is another process; what that one commits is seen at the next look."""

    def __init__(self, path: Path, *, fingerprint: str) -> None:
        super().__init__(path, fingerprint=fingerprint)
        self._file, self._opened = 0, 0

    def _connected(self) -> Connection:
        self._file, self._opened = self._present(), self._opened + 1
        return connect_read_only(self.path)

    def _present(self) -> int:
        """Which file goes by the ledger's name now."""
        try:
            return self.path.stat().st_ino
        except OSError as error:
            raise HomeError(f"there is no ledger {str(self.path)!r}; start the owner of this home folder") from error

    def _prepare(self) -> None:
        super()._prepare()
        refuse_writes(self._db)

    def _set_up(self) -> None:
        self._check_schema()
        self._check_fingerprint()

    def rows(self, sql: str, *values: object) -> list[Row]:
        """Everything that a query finds in the file that goes by the ledger's name now."""
        with self.lock:
            if self._present() != self._file:
                self._reopen()
            return super().rows(sql, *values)

    def _reopen(self) -> None:
        """Another file has taken its place: made anew by the owner, or put back from a backup."""
        self._db.close()
        try:
            self.open()
        except FootnoteError:
            self._file = 0  # no file has this number: the next look tries again
            raise

    def state(self) -> State:
        """As the owner counts its changes; it may also have taken rows out, and given their numbers to others."""
        # Other processes also commit what is not searched, an answer each: only what they count is a change.
        changes = self.rows("SELECT value FROM meta WHERE key = 'changes'")
        return State(others=(self._opened, int(changes[0][0])), own=0) if changes else super().state()


class BorrowedChunks(Chunks):
    """Chunks of a read-only ledger; the vectors of new single words stay in the memory of this process."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__(ledger)
        self._words: dict[str, NDArray[np.float16]] = {}

    def word_vectors(self, words: Sequence[str]) -> dict[str, NDArray[np.float16]]:
        """The unit vectors of those of the words that the ledger or this process has kept."""
        known = super().word_vectors(words)
        with self._ledger.lock:
            return known | {word: self._words[word] for word in words if word not in known and word in self._words}

    def keep_word_vectors(self, vectors: Mapping[str, NDArray[np.float16]]) -> None:
        """Keep them in the memory of this process."""
        with self._ledger.lock:
            if len(self._words) + len(vectors) > MOST_WORDS:
                self._words.clear()
            self._words.update(vectors)


def open_read_only(path: Path, *, fingerprint: str) -> DocumentStore:
    """Open the document store of another process for reading.

    Raises:
        HomeError: there is none, or another version of Footnote made it.
        IndexMismatch: it was filled under another fingerprint.
    """
    ledger = ReadOnlyLedger(path, fingerprint=fingerprint)
    store = DocumentStore(ledger, BorrowedChunks(ledger))
    if ledger.meta("origins") != VERSION:
        raise HomeError(f"another version of Footnote keeps the ledger {str(path)!r}; run the same one")
    return store


class BorrowedIndex(VectorIndex):
    """The dense index that the owner keeps on a Chroma server: searched here, filled and emptied by the owner alone.

    Chroma embedded in a folder is no index to borrow: a second process loses what the first one writes.
    """

    def __init__(
        self, folder: Path, store: DocumentStore, *, fingerprint: str, server: ChromaAddress, wait: float
    ) -> None:
        """Reach it; after `wait` seconds every vector is compared instead, until it can be reached."""
        super().__init__(folder, store, fingerprint=fingerprint, server=server, wait=wait)

    def _synchronise(self, *, anew: bool) -> None:
        assert isinstance(self._chroma, RemoteChroma)
        try:
            self._chroma.open_read_only()
        except CHROMA_ERRORS as error:
            raise HomeError(f"the dense index {self._chroma.name!r} cannot be read: {error}") from error

    def _reconcile(self) -> bool:
        return False

    def _count(self) -> int:
        return self._chroma.collection.count()  # the owner adds and removes, and no write of ours tells when

    def _add(self, chunk_ids: Sequence[str]) -> None:
        raise HomeError("the dense index is borrowed; only the owner of the home folder fills it")

    def _delete(self, chunk_ids: Sequence[str]) -> None:
        raise HomeError("the dense index is borrowed; only the owner of the home folder empties it")
