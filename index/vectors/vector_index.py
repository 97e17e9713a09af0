"""Vector index: approximate dense search with Chroma; it can be rebuilt from the ledger at any time, also in use."""

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Lock, RLock, Thread

import numpy as np
from numpy.typing import NDArray

from index.errors import HomeError, IndexUnavailable
from index.store.lexical import OVERFETCH
from index.store.store import DocumentStore
from index.types import article_of
from index.vectors.chroma import CHROMA_ERRORS, Chroma, ChromaAddress, EmbeddedChroma, RemoteChroma
from index.vectors.exact import ExactIndex

WRITE_BATCH_CHUNKS = 250
MAX_EXACT_CHUNKS = 50_000
"""Largest collection that is searched exactly during a rebuild, which takes about 10 ms and 80 MB."""
CHUNKS_PER_ARTICLE = 10
"""Rough mean, to estimate how many chunks pass a filter."""
FIRST_RETRY_SECONDS = 0.2
"""Wait before the second attempt to rebuild a broken index; doubled after each attempt."""
MAX_RETRY_SECONDS = 30.0
MAX_SERVER_RETRY_SECONDS = 1.0
"""The same for a server, which is only asked whether it is back."""
MAX_LAG_SECONDS = 2.0
"""Seconds for which a shared index may differ from a ledger that does not change."""
_log = logging.getLogger("footnote.index")


class VectorIndex:
    """Vector index: dense index of a home folder, kept equal to the ledger; rebuilt in the background when it fails."""

    def __init__(
        self,
        folder: Path,
        store: DocumentStore,
        *,
        fingerprint: str,
        server: ChromaAddress | None = None,
        wait: float | None = None,
    ) -> None:
        """Open the index; rebuild it from the ledger when it is missing, broken or made with another fingerprint.

        Args:
            server: Chroma server that stores the index instead of `folder`.
            wait: seconds to wait for a rebuild when the collection is too large for exact search meanwhile; then the
                rebuild continues in the background. None means rebuild in this call and raise its errors.
        """
        collection = store.identity or str(folder.resolve())
        self._chroma: Chroma = (
            RemoteChroma(*server, collection, fingerprint) if server else EmbeddedChroma(folder, fingerprint)
        )
        self._store = store
        self.rebuilt = False
        """Whether this start had to rebuild the index."""
        self.fault = ""
        """Reason of the current rebuild in one line; empty when there is none."""
        self._complete = True
        self._closed = Event()
        self._write_lock = RLock()
        """Acquired by every write; searches need no lock."""
        self._exact = ExactIndex(store)
        self._rebuilder = Thread()
        self._writes = 0
        self._cached_count = (-1, 0)
        """Number of writes and of chunks after them; cached, because Chroma counts as slowly as it searches."""
        self._catching_up = Thread()
        self._lag = (0, 0, 0.0)
        """Numbers of chunks indexed and wanted at the last look, and since when they are so; of a shared index only."""
        self._stale = False
        """Whether chunks were added or deleted during the rebuild."""
        self._outdated: set[str] = set()
        """Chunks that the index has yet to lose, also where the ledger has a corrected one of the same id."""
        self._state_lock = Lock()
        """Guards the change between the states rebuilding and complete."""
        if wait is None:
            with self._locked():
                self._synchronise(anew=False)
        else:
            self._start_rebuild("", anew=False)
            if not self.exact_fallback:
                self._rebuilder.join(wait)

    @property
    def rebuilding(self) -> bool:
        """Whether a rebuild runs in the background."""
        return not self._complete

    def _synchronise(self, *, anew: bool) -> None:
        """Open Chroma, empty it if it is broken, outdated or due for a purge, and make it equal to the ledger."""
        try:
            # Other processes search a shared collection: only `rebuild` takes removed articles out of its log.
            anew |= self._store.dense_purge_due and not self._store.identity
            with self._writing():
                self._open(anew)
            self.rebuilt |= self._reconcile()
            if anew and self._store.dense_purge_due:
                self._store.mark_dense_purged()
        except HomeError:
            self._chroma.close()
            raise

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Keep writers of this process and of others away; always in this order, so that no two wait for each other."""
        with self._store.exclusive(), self._write_lock:
            yield

    def _open(self, anew: bool) -> None:
        if self._chroma.embedded and (anew or not self._chroma.can_open()):
            self._chroma.discard()
            self.rebuilt = True
        self.rebuilt |= not self._chroma.open()
        if anew and not self._chroma.embedded:
            self._chroma.discard()
            self.rebuilt = True
            self._chroma.open()

    def rebuild(self) -> int:
        """Rebuild the index from the ledger; returns its number of chunks."""
        with self._locked():
            self._chroma.close()
            self._synchronise(anew=True)
            return self.count()

    def _start_rebuild(self, fault: str, *, anew: bool) -> None:
        """Rebuild in a background thread, with retries until it succeeds."""
        with self._state_lock:
            if self._closed.is_set() or not self._complete:
                return
            self.fault, self._complete = fault, False
            if fault:
                _log.warning("the dense index failed and is being rebuilt", extra={"fault": fault})
            self._rebuilder = Thread(target=self._rebuild_with_retries, args=(anew,), daemon=True)
            self._rebuilder.start()

    def _rebuild_with_retries(self, anew: bool) -> None:
        pause = FIRST_RETRY_SECONDS
        while not self._closed.is_set():
            try:
                with self._locked():
                    self._chroma.close()
                    self._synchronise(anew=anew)
                    while not self._completed():
                        self._reconcile()
            except HomeError as error:
                self.fault = str(error)
                self._closed.wait(pause)
                pause = min(2 * pause, MAX_RETRY_SECONDS if self._chroma.embedded else MAX_SERVER_RETRY_SECONDS)
            else:
                return

    def _completed(self) -> bool:
        with self._state_lock:
            stale, self._stale = self._stale, False
            if not stale:
                self.fault, self._complete = "", True
                self._exact.clear()
            return not stale

    def _skip_during_rebuild(self) -> bool:
        """Whether a rebuild is running: it takes the change from the ledger, so the caller need not write or wait."""
        with self._state_lock:
            self._stale = not self._complete
            return self._stale

    def _reconcile(self) -> bool:
        """Add chunks that only the ledger has, delete those that only the index has; returns whether any were added."""
        outdated = self._outdated.copy()
        with self._writing():
            indexed = set(self.ids())
        wanted = set(self._store.chunks.ids())
        self._delete(sorted(indexed - (wanted - outdated)))
        missing = sorted(wanted - (indexed - outdated))
        self._add(missing)
        self._outdated -= outdated
        return bool(missing)

    def add(self, chunk_ids: Sequence[str]) -> None:
        """Index these chunks, with their vectors from the ledger; when a server is away, as soon as it is back."""
        if not self._skip_during_rebuild():
            with self._or_when_back():
                self._add(chunk_ids)

    @contextmanager
    def _or_when_back(self) -> Iterator[None]:
        """Let no other thread write; when a server is away, a rebuild takes the change from the ledger."""
        try:
            with self._write_lock:
                yield
        except IndexUnavailable as error:
            self._start_rebuild(str(error), anew=False)

    def _add(self, chunk_ids: Sequence[str]) -> None:
        for start in range(0, len(chunk_ids), WRITE_BATCH_CHUNKS):
            ids, articles, vectors = self._store.chunks.vectors(chunk_ids[start : start + WRITE_BATCH_CHUNKS])
            if ids and not self._closed.is_set():
                metadatas: list[dict[str, str]] = [{"article": article} for article in articles]
                with self._writing():
                    self._chroma.collection.upsert(ids=ids, embeddings=vectors, metadatas=metadatas)  # type: ignore[arg-type]

    def delete(self, chunk_ids: Sequence[str]) -> None:
        """Delete these chunks, when a server is away as soon as it is back; unknown ids are ignored."""
        self._outdated.update(chunk_ids)
        if not self._skip_during_rebuild():
            with self._or_when_back():
                self._delete(chunk_ids)
                self._outdated.difference_update(chunk_ids)

    def _delete(self, chunk_ids: Sequence[str]) -> None:
        for start in range(0, len(chunk_ids), WRITE_BATCH_CHUNKS):
            with self._writing():
                self._chroma.collection.delete(ids=list(chunk_ids[start : start + WRITE_BATCH_CHUNKS]))

    @contextmanager
    def _writing(self) -> Iterator[None]:
        self._writes += 1
        try:
            yield
        except CHROMA_ERRORS as error:
            reason = " ".join(str(error).split())
            name = self._chroma.name
            if not self._chroma.embedded:
                raise IndexUnavailable(f"the dense index {name!r} does not answer ({reason}); try again") from error
            raise HomeError(
                f"the dense index {name!r} cannot be written ({reason}); no stored article is lost: "
                "free disk space or mend its permissions, and the next start fills the index again"
            ) from error
        finally:
            self._writes += 1  # again, so that a count cached in between is outdated

    def search(
        self, vector: NDArray[np.float32], limit: int, allowed: frozenset[str] | None
    ) -> list[tuple[str, float]]:
        """Return chunk ids with their cosine to `vector`, best first; approximate, and the order of ties is undefined.

        During a rebuild the search is exact; in a collection too large for that it returns nothing, and only lexical
        results remain.
        """
        if allowed == frozenset():  # Chroma rejects an empty list
            return []
        if self._complete:
            try:
                found = self._search(vector, limit, allowed)
            except CHROMA_ERRORS as error:
                self._start_rebuild(" ".join(str(error).split()), anew=self._chroma.embedded)
            else:
                if self._store.identity:
                    self._note_unknown([chunk_id for chunk_id, _ in found])
                return found
        return self._exact.search(vector, limit, allowed) if self.exact_fallback else []

    @property
    def exact_fallback(self) -> bool:
        """Whether the collection is small enough for exact search during a rebuild."""
        return self._store.chunks.count() <= MAX_EXACT_CHUNKS

    def _search(
        self, vector: NDArray[np.float32], limit: int, allowed: frozenset[str] | None
    ) -> list[tuple[str, float]]:
        count = self._count()
        if not count or (allowed is not None and not allowed):  # Chroma rejects an empty list
            return []
        if allowed is None:
            return self._nearest(vector, min(limit, count), None)
        # A list of allowed articles takes Chroma ten times as long as the search, so only selective filters are sent.
        wide = min(OVERFETCH * limit, count)
        if len(allowed) * CHUNKS_PER_ARTICLE * OVERFETCH > count:
            near = self._nearest(vector, wide, None)
            found = [(chunk_id, score) for chunk_id, score in near if article_of(chunk_id) in allowed]
            if len(found) >= limit or wide == count:
                return found[:limit]
        return self._nearest(vector, min(limit, count), sorted(allowed))

    def _count(self) -> int:
        if self._store.identity:  # other processes write, too
            count = self._chroma.collection.count()
            self._note_lag(count)
            return count
        if self._cached_count[0] != (writes := self._writes):
            self._cached_count = (writes, self._chroma.collection.count())
        return self._cached_count[1]

    def _note_lag(self, indexed: int) -> None:
        """Reconcile in the background what another process has not indexed because it was killed within an ingest."""
        try:
            wanted, now = self._store.chunks.count(), time.monotonic()
        except HomeError:  # the ledger is away, which is no fault of the index
            return
        if self._lag[:2] != (indexed, wanted):
            self._lag = (indexed, wanted, now)
        if indexed != wanted and now - self._lag[2] >= MAX_LAG_SECONDS:
            self._start_catching_up()

    def _note_unknown(self, found: Sequence[str]) -> None:
        """Reconcile in the background when the index has chunks that the ledger lacks: numbers may be equal then."""
        with suppress(HomeError):  # the ledger is away, as above
            if not self._store.chunks.known(found).issuperset(found):
                self._start_catching_up()

    def _start_catching_up(self) -> None:
        with self._state_lock:
            if not self._closed.is_set() and not self._catching_up.is_alive():
                self._catching_up = Thread(target=self._catch_up, name="catch-up", daemon=True)
                self._catching_up.start()

    def _catch_up(self) -> None:
        with suppress(HomeError), self._locked():  # the next search looks again
            if self._complete and not self._closed.is_set():
                self._reconcile()

    def _nearest(
        self, vector: NDArray[np.float32], number: int, allowed: Sequence[str] | None
    ) -> list[tuple[str, float]]:
        found = self._chroma.collection.query(
            query_embeddings=vector[np.newaxis],
            n_results=number,
            where=None if allowed is None else {"article": {"$in": list(allowed)}},  # type: ignore[dict-item]
            include=["distances"],
        )
        distances = found["distances"] or [[]]
        return [(chunk_id, 1.0 - distance) for chunk_id, distance in zip(found["ids"][0], distances[0], strict=True)]

    def ids(self) -> list[str]:
        """Return the ids of the indexed chunks, in no particular order."""
        return list(self._chroma.collection.get(include=[])["ids"])

    def count(self) -> int:
        """Return the number of indexed chunks; 0 when Chroma fails, which starts a rebuild."""
        try:
            count = self._chroma.collection.count()
            if self._store.identity:
                self._note_lag(count)
            return count
        except CHROMA_ERRORS as error:
            self._start_rebuild(" ".join(str(error).split()), anew=self._chroma.embedded)
            return 0

    def discard(self) -> None:
        """Delete the index, also from a server; only `close` may follow. Raises HomeError when a server is away."""
        with self._locked(), self._writing():
            self._chroma.open()
            self._chroma.discard()

    def close(self) -> None:
        """Close Chroma; after a removal, delete its folder, because Chroma's log keeps deleted records.

        The next process rebuilds it: Chroma writes uninitialised memory to its files, and the memory of this process
        may contain the removed text.
        """
        self._closed.set()
        if self._rebuilder.is_alive():
            self._rebuilder.join()
        self._chroma.close()
        if self._store.dense_purge_due and self._chroma.embedded:
            self._chroma.discard()
