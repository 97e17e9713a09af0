"""Dense search in Chroma: an index over the ledger that may be thrown away and filled again at any time.

The only file that knows Chroma. Its on-disk state does not survive every crash and can take the process that
opens it down, so it is first opened by a child process (`python -m index.vectors FOLDER`).
"""

import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import chromadb
import numpy as np
from chromadb.api.client import Client
from chromadb.api.collection_configuration import CreateCollectionConfiguration
from chromadb.api.models.Collection import Collection
from chromadb.api.shared_system_client import SharedSystemClient
from chromadb.config import Settings
from chromadb.errors import ChromaError
from numpy.typing import NDArray

from index.errors import HomeError

if TYPE_CHECKING:  # the child process that opens the index first needs no ledger, and starts in half the time
    from index.catalogue import Catalogue

COLLECTION = "chunks"
BATCH = 250
CHECK_SECONDS = 120.0
# Chroma rewrites its graph files in place when it syncs; never syncing leaves only its own log to replay at
# start, which is what survives a kill.
CONFIGURATION: CreateCollectionConfiguration = {"hnsw": {"space": "cosine", "sync_threshold": 1_000_000}}


class VectorIndex:
    """The dense index of one home folder, kept equal to the ledger."""

    def __init__(self, folder: Path, catalogue: "Catalogue", *, stamp: str) -> None:
        """Open the index, rebuilding it from the ledger when it is missing, broken or stamped otherwise."""
        self._folder = folder
        self._catalogue = catalogue
        self._stamp = stamp
        self.rebuilt = False
        """Whether this start had to fill the index anew."""
        if folder.exists() and not opens_safely(folder):
            self._discard()
        self._open()
        try:
            if self._collection.metadata.get("stamp") != stamp or catalogue.leaves_traces:
                self.rebuild()
            elif self._reconcile():
                self.rebuilt = True
        except HomeError:
            self._client.close()
            raise

    def _open(self) -> None:
        with self._writing():
            self._client = _connect(self._folder)
            try:
                self._collection = _collection(self._client, self._stamp)
            except ChromaError:
                self._client.close()
                raise

    def _discard(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        self.rebuilt = True

    def rebuild(self) -> int:
        """Fill the index anew from the ledger; returns how many chunks it holds."""
        self._client.close()
        self._discard()
        self._open()
        self._reconcile()
        if self._catalogue.leaves_traces:
            self._catalogue.traces_gone()
        return self._collection.count()

    def _reconcile(self) -> bool:
        """Add what the ledger has and the index lacks, and drop the reverse; returns whether anything differed."""
        wanted = set(self._catalogue.chunk_ids())
        held = set(self.ids())
        self.withdraw(sorted(held - wanted))
        missing = sorted(wanted - held)
        self.add(missing)
        return bool(missing)

    def add(self, chunk_ids: Sequence[str]) -> None:
        """Index these chunks with the vectors the ledger holds for them."""
        for start in range(0, len(chunk_ids), BATCH):
            ids, articles, vectors = self._catalogue.vectors(chunk_ids[start : start + BATCH])
            if ids:
                metadatas: list[dict[str, str]] = [{"article": article} for article in articles]
                with self._writing():
                    self._collection.upsert(ids=ids, embeddings=vectors, metadatas=metadatas)  # type: ignore[arg-type]

    def withdraw(self, chunk_ids: Sequence[str]) -> None:
        """Take these chunks out; unknown ids are ignored."""
        for start in range(0, len(chunk_ids), BATCH):
            with self._writing():
                self._collection.delete(ids=list(chunk_ids[start : start + BATCH]))

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except ChromaError as error:
            raise HomeError(
                f"the dense index {str(self._folder)!r} cannot be written ({error}); the ledger has what was "
                "acknowledged, and the next start fills the index from it"
            ) from error

    def search(
        self, vector: NDArray[np.float32], limit: int, allowed: frozenset[str] | None
    ) -> list[tuple[str, float]]:
        """Chunk ids with their cosine to `vector`, best first; approximate, and ties in no promised order."""
        count = self._collection.count()
        if not count or (allowed is not None and not allowed):  # Chroma takes an empty choice for a mistake
            return []
        found = self._collection.query(
            query_embeddings=vector[np.newaxis],
            n_results=min(limit, count),
            where=None if allowed is None else {"article": {"$in": sorted(allowed)}},  # type: ignore[dict-item]
            include=["distances"],
        )
        distances = found["distances"] or [[]]
        return [(chunk_id, 1.0 - distance) for chunk_id, distance in zip(found["ids"][0], distances[0], strict=True)]

    def ids(self) -> list[str]:
        """The chunks that are held, in no promised order."""
        return list(self._collection.get(include=[])["ids"])

    def count(self) -> int:
        """How many chunks can be found."""
        return self._collection.count()

    def close(self) -> None:
        """Let go of the folder; after a removal it goes too, because Chroma's log keeps what is deleted.

        The next start fills it anew, and not this process: Chroma writes memory to its files that it never set, and
        here that may hold the removed text.
        """
        self._client.close()
        if self._catalogue.leaves_traces:
            self._discard()


class ExactIndex:
    """The same search without Chroma: every vector compared, ties in the order of chunk ids, the same each time."""

    def __init__(self, catalogue: "Catalogue") -> None:
        self._catalogue = catalogue
        self._revision = ""
        self._ids: list[str] = []
        self._articles: list[str] = []
        self._matrix = np.zeros((0, 0), dtype=np.float32)

    def search(
        self, vector: NDArray[np.float32], limit: int, allowed: frozenset[str] | None
    ) -> list[tuple[str, float]]:
        """Chunk ids with their cosine to `vector`, best first."""
        self._refresh()
        if not self._ids:
            return []
        scores = self._matrix @ vector
        order = sorted(range(len(self._ids)), key=lambda i: (-round(float(scores[i]), 6), self._ids[i]))
        kept = (i for i in order if allowed is None or self._articles[i] in allowed)
        return [(self._ids[i], float(scores[i])) for i, _ in zip(kept, range(limit), strict=False)]

    def _refresh(self) -> None:
        revision = self._catalogue.revision()
        if revision != self._revision:
            self._ids, self._articles, self._matrix = self._catalogue.vectors(self._catalogue.chunk_ids())
            self._revision = revision


def opens_safely(folder: Path) -> bool:
    """Whether a child process can open the index in `folder`, count it and search it."""
    try:
        command = [sys.executable, "-m", "index.vectors", str(folder)]
        return subprocess.run(command, capture_output=True, timeout=CHECK_SECONDS, check=False).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def _connect(folder: Path) -> Client:
    # _env_file: without it Chroma reads any `.env` of the working directory.
    settings = Settings(_env_file=None, anonymized_telemetry=False)  # type: ignore[call-arg]
    try:
        client = chromadb.PersistentClient(path=folder, settings=settings)
    except BaseException:
        # Chroma keeps what it failed to start and hands it out for the same folder next time; it offers no way to
        # forget one folder only.
        SharedSystemClient._identifier_to_system.pop(str(folder), None)
        SharedSystemClient._identifier_to_refcount.pop(str(folder), None)
        raise
    assert isinstance(client, Client)  # the declared type lacks close()
    return client


def _collection(client: Client, stamp: str) -> Collection:
    # embedding_function=None: otherwise Chroma fetches a model of its own.
    collection: Collection = client.get_or_create_collection(
        COLLECTION, embedding_function=None, configuration=CONFIGURATION, metadata={"stamp": stamp}
    )
    return collection


def _check(folder: Path) -> None:
    client = _connect(folder)
    for collection in client.list_collections():
        held = client.get_collection(collection.name, embedding_function=None)
        first = held.get(limit=1, include=["embeddings"])["embeddings"]
        if first is not None and len(first):
            held.query(query_embeddings=np.asarray(first[:1]), n_results=1)
    client.close()


if __name__ == "__main__":
    _check(Path(sys.argv[1]))
