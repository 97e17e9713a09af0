"""Dense search: an index over the ledger that may be thrown away and filled again at any time, also while in use."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Lock, RLock, Thread

import numpy as np
from numpy.typing import NDArray

from index.errors import HomeError
from index.store.lexical import OVERFETCH
from index.store.store import DocumentStore
from index.types import article_of
from index.vectors.chroma import FAILURES, FolderStore, Server, ServerStore, Store
from index.vectors.exact import ExactIndex

BATCH = 250
MOST_EXACT = 50_000
"""Chunks: comparing so many vectors takes some 10 ms, and 80 MB."""
CHUNKS_EACH = 10
"""Of an article, about."""
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 30.0
"""Seconds between two tries to bring a broken index up again."""
_log = logging.getLogger("footnote.index")


class VectorIndex:
    """The dense index of one home folder, kept equal to the ledger."""

    def __init__(
        self,
        folder: Path,
        store: DocumentStore,
        *,
        fingerprint: str,
        server: Server | None = None,
        wait: float | None = None,
    ) -> None:
        """Open the index, rebuilding it from the ledger when it is missing, broken or stamped otherwise.

        Args:
            server: keeps it instead of `folder`.
            wait: seconds to wait for it to be whole, where there is too much for another search to stand in; after
                them it is filled behind the questions, see `search`. None: as long as it takes, and what goes wrong
                is raised.
        """
        self._chroma: Store = ServerStore(*server, folder, fingerprint) if server else FolderStore(folder, fingerprint)
        self._store = store
        self.rebuilt = False
        """Whether this start had to fill the index anew."""
        self.fault = ""
        """Why it is being rebuilt while questions are asked, in a line."""
        self._whole = True
        self._closed = Event()
        self._changing = RLock()
        """Held by whatever writes; searching needs no lock."""
        self._exact = ExactIndex(store)
        self._healer = Thread()
        self._writes = 0
        self._counted = (-1, 0)
        """How many chunks were held after so many writes: counting takes Chroma as long as a search."""
        self._missed = False
        """Whether something was added or withdrawn while it was not whole."""
        self._turning = Lock()
        """Held for a moment, when it becomes whole or something is missed."""
        if wait is None:
            self._bring_up(anew=False)
        else:
            self._mend("", anew=False)
            if not self.stands_in:
                self._healer.join(wait)

    @property
    def rebuilding(self) -> bool:
        """Whether it is being filled, and something else must do meanwhile."""
        return not self._whole

    def _bring_up(self, *, anew: bool) -> None:
        """Open the store, empty where it cannot be trusted, and make it equal to the ledger."""
        with self._changing:
            try:
                with self._writing():
                    self._open(anew or self._store.dense_purge_due)
                self.rebuilt |= self._reconcile()
                if self._store.dense_purge_due:
                    self._store.mark_dense_purged()
            except HomeError:
                self._chroma.close()
                raise

    def _open(self, anew: bool) -> None:
        if self._chroma.is_ours and (anew or not self._chroma.sound()):
            self._chroma.discard()
            self.rebuilt = True
        self.rebuilt |= not self._chroma.open()
        if anew and not self._chroma.is_ours:
            self._chroma.discard()
            self.rebuilt = True
            self._chroma.open()

    def rebuild(self) -> int:
        """Fill the index anew from the ledger; returns how many chunks it holds."""
        with self._changing:
            self._chroma.close()
            self._bring_up(anew=True)
            return self.count()

    def _mend(self, fault: str, *, anew: bool) -> None:
        """Fill it in a thread of its own, again and again until that works."""
        with self._turning:
            if self._closed.is_set() or not self._whole:
                return
            self.fault, self._whole = fault, False
            if fault:
                _log.warning("the dense index failed and is being rebuilt", extra={"fault": fault})
            self._healer = Thread(target=self._heal, args=(anew,), daemon=True)
            self._healer.start()

    def _heal(self, anew: bool) -> None:
        pause = FIRST_PAUSE
        while not self._closed.is_set():
            try:
                with self._changing:
                    self._chroma.close()
                    self._bring_up(anew=anew)
                    while not self._made_whole():
                        self._reconcile()
            except HomeError as error:
                self.fault = str(error)
                self._closed.wait(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
            else:
                return

    def _made_whole(self) -> bool:
        with self._turning:
            missed, self._missed = self._missed, False
            if not missed:
                self.fault, self._whole = "", True
                self._exact.forget()
            return not missed

    def _passed_over(self) -> bool:
        """Whether it is not whole; then what was to be changed follows from the ledger, and nobody waits for that."""
        with self._turning:
            self._missed = not self._whole
            return self._missed

    def _reconcile(self) -> bool:
        """Add what the ledger has and the index lacks, and drop the reverse; returns whether anything differed."""
        wanted = set(self._store.chunks.ids())
        with self._writing():
            held = set(self.ids())
        self._withdraw(sorted(held - wanted))
        missing = sorted(wanted - held)
        self._add(missing)
        return bool(missing)

    def add(self, chunk_ids: Sequence[str]) -> None:
        """Index these chunks with the vectors the ledger holds for them; nothing while it is being filled from it."""
        if not self._passed_over():
            with self._changing:
                self._add(chunk_ids)

    def _add(self, chunk_ids: Sequence[str]) -> None:
        for start in range(0, len(chunk_ids), BATCH):
            ids, articles, vectors = self._store.chunks.vectors(chunk_ids[start : start + BATCH])
            if ids and not self._closed.is_set():
                metadatas: list[dict[str, str]] = [{"article": article} for article in articles]
                with self._writing():
                    self._chroma.collection.upsert(ids=ids, embeddings=vectors, metadatas=metadatas)  # type: ignore[arg-type]

    def withdraw(self, chunk_ids: Sequence[str]) -> None:
        """Take these chunks out; unknown ids are ignored."""
        if not self._passed_over():
            with self._changing:
                self._withdraw(chunk_ids)

    def _withdraw(self, chunk_ids: Sequence[str]) -> None:
        for start in range(0, len(chunk_ids), BATCH):
            with self._writing():
                self._chroma.collection.delete(ids=list(chunk_ids[start : start + BATCH]))

    @contextmanager
    def _writing(self) -> Iterator[None]:
        self._writes += 1
        try:
            yield
        except FAILURES as error:
            reason = " ".join(str(error).split())
            raise HomeError(
                f"the dense index {self._chroma.name!r} cannot be written ({reason}); the ledger has what was "
                "acknowledged, and the next start fills the index from it"
            ) from error
        finally:
            self._writes += 1  # once more, for whoever counted in between

    def search(
        self, vector: NDArray[np.float32], limit: int, allowed: frozenset[str] | None
    ) -> list[tuple[str, float]]:
        """Chunk ids with their cosine to `vector`, best first; approximate, and ties in no promised order.

        While the index is being filled, every vector is compared instead; nothing in a collection too large for that:
        what the lexical search finds must do meanwhile.
        """
        if allowed == frozenset():  # Chroma takes an empty list for an error
            return []
        if self._whole:
            try:
                return self._found(vector, limit, allowed)
            except FAILURES as error:
                self._mend(" ".join(str(error).split()), anew=self._chroma.is_ours)
        return self._exact.search(vector, limit, allowed) if self.stands_in else []

    @property
    def stands_in(self) -> bool:
        """Whether there is little enough to compare every vector while the index is being filled."""
        return self._store.chunks.count() <= MOST_EXACT

    def _found(
        self, vector: NDArray[np.float32], limit: int, allowed: frozenset[str] | None
    ) -> list[tuple[str, float]]:
        count = self._held()
        if not count or (allowed is not None and not allowed):  # Chroma takes an empty choice for a mistake
            return []
        if allowed is None:
            return self._nearest(vector, min(limit, count), None)
        # A list of allowed articles costs Chroma ten times the search itself, so it gets one only when most are not.
        wide = min(OVERFETCH * limit, count)
        if len(allowed) * CHUNKS_EACH * OVERFETCH > count:
            near = self._nearest(vector, wide, None)
            found = [(chunk_id, score) for chunk_id, score in near if article_of(chunk_id) in allowed]
            if len(found) >= limit or wide == count:
                return found[:limit]
        return self._nearest(vector, min(limit, count), sorted(allowed))

    def _held(self) -> int:
        if self._counted[0] != (writes := self._writes):
            self._counted = (writes, self._chroma.collection.count())
        return self._counted[1]

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
        """The chunks that are held, in no promised order."""
        return list(self._chroma.collection.get(include=[])["ids"])

    def count(self) -> int:
        """How many chunks can be found; none while the index is out of order."""
        try:
            return self._chroma.collection.count()
        except FAILURES as error:
            self._mend(" ".join(str(error).split()), anew=self._chroma.is_ours)
            return 0

    def close(self) -> None:
        """Let go of the store; after a removal its folder goes too, because Chroma's log keeps what is deleted.

        The next start fills it anew, and not this process: Chroma writes memory to its files that it never set, and
        here that may hold the removed text.
        """
        self._closed.set()
        if self._healer.is_alive():
            self._healer.join()
        self._chroma.close()
        if self._store.dense_purge_due and self._chroma.is_ours:
            self._chroma.discard()
