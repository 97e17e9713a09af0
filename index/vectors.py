"""Dense search in Chroma: an index over the ledger that may be thrown away and filled again at any time.

The only file that knows Chroma. Its on-disk state does not survive every crash and can take the process that
opens it down, so it is first opened by a child process (`python -m index.vectors FOLDER`).
"""

import hashlib
import logging
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, RLock, Thread
from typing import NamedTuple
from urllib.parse import urlsplit

import chromadb
import numpy as np
from chromadb.api.client import Client
from chromadb.api.collection_configuration import CreateCollectionConfiguration
from chromadb.api.models.Collection import Collection
from chromadb.api.shared_system_client import SharedSystemClient
from chromadb.config import Settings
from numpy.typing import NDArray

from index.catalogue import Catalogue
from index.errors import HomeError

COLLECTION = "chunks"
BATCH = 250
CHECK_SECONDS = 120.0
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 30.0
"""Seconds between two tries to bring a broken index up again."""
FAILURES = (Exception,)
"""What Chroma raises when its files or its server fail it: its own errors, and those of SQLite, Rust and HTTP below it,
which share no base."""
_log = logging.getLogger("footnote.index")
# Chroma rewrites its graph files in place when it syncs; never syncing leaves only its own log to replay at
# start, which is what survives a kill.
CONFIGURATION: CreateCollectionConfiguration = {"hnsw": {"space": "cosine", "sync_threshold": 1_000_000}}


class FolderStore:
    """Chroma embedded in this process, in a folder that is ours alone."""

    is_ours = True

    def __init__(self, folder: Path, stamp: str) -> None:
        self.name = str(folder)
        self._folder = folder
        self._stamp = stamp
        self._client: Client | None = None
        self._collection: Collection | None = None

    @property
    def collection(self) -> Collection:
        """What is searched and filled; raises HomeError when the folder has gone."""
        if self._collection is None or not (self._folder / "chroma.sqlite3").exists():
            raise HomeError(f"the dense index {self.name!r} has gone")
        return self._collection

    def sound(self) -> bool:
        """Whether the folder may be opened here: a broken one can take the process down."""
        return not self._folder.exists() or opens_safely(self._folder)

    def open(self) -> bool:
        """Open it, empty when it is new or was filled under another stamp; returns whether it was kept."""
        self._connect()
        if self._collection is not None and self._collection.metadata.get("stamp") == self._stamp:
            return True
        self.close()
        self.discard()
        self._connect()
        return False

    def _connect(self) -> None:
        self._client = _connect(self._folder)
        try:
            self._collection = _collection(self._client, COLLECTION, self._stamp)
        except FAILURES:
            self.close()
            raise

    def discard(self) -> None:
        """Throw the folder away; it must be closed."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def close(self) -> None:
        """Let the folder go."""
        client, self._client, self._collection = self._client, None, None
        if client is not None:
            with suppress(*FAILURES):
                client.close()


class ServerStore:
    """A Chroma server that somebody runs: a collection of our own in it, named after the home folder."""

    is_ours = False

    def __init__(self, address: str, token: str, folder: Path, stamp: str) -> None:
        """`address`: http(s)://HOST:PORT, or with /TENANT/DATABASE behind it."""
        self.name = address
        self._place = urlsplit(address)
        self._token = token
        self._known_as = f"footnote-{hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]}"
        self._stamp = stamp
        self._client: Client | None = None
        self._collection: Collection | None = None

    @property
    def collection(self) -> Collection:
        """What is searched and filled; raises HomeError when the server was never reached."""
        if self._collection is None:
            raise HomeError(f"the Chroma server {self.name!r} was not reached")
        return self._collection

    def sound(self) -> bool:
        """Nothing of it runs here."""
        return True

    def open(self) -> bool:
        """Reach the server and our collection, emptied when it was filled under another stamp; whether it was kept."""
        secure = self._place.scheme == "https"
        tenant, database = ([*filter(None, self._place.path.split("/")), "", ""])[:2]
        client = chromadb.HttpClient(
            host=self._place.hostname or "127.0.0.1",
            port=self._place.port or (443 if secure else 8000),
            ssl=secure,
            headers={"x-chroma-token": self._token} if self._token else None,
            settings=_settings(),
            **({"tenant": tenant, "database": database} if database else {}),
        )
        assert isinstance(client, Client)
        self._client = client
        self._collection = _collection(client, self._known_as, self._stamp)
        if self._collection.metadata.get("stamp") == self._stamp:
            return True
        self.discard()
        self._collection = _collection(client, self._known_as, self._stamp)
        return False

    def discard(self) -> None:
        """Throw our collection away."""
        if self._client is not None:
            self._client.delete_collection(self._known_as)

    def close(self) -> None:
        """Let the connection go."""
        client, self._client, self._collection = self._client, None, None
        if client is not None:
            with suppress(*FAILURES):
                client.close()


Store = FolderStore | ServerStore


class Server(NamedTuple):
    """A Chroma server, and what it wants to be shown."""

    address: str
    token: str = ""


class VectorIndex:
    """The dense index of one home folder, kept equal to the ledger."""

    def __init__(
        self, folder: Path, catalogue: Catalogue, *, stamp: str, server: Server | None = None, wait: bool = True
    ) -> None:
        """Open the index, rebuilding it from the ledger when it is missing, broken or stamped otherwise.

        Args:
            server: keeps it instead of `folder`.
            wait: return when it is whole; otherwise it is filled behind the questions, which find nothing in it yet.
        """
        self._store: Store = ServerStore(*server, folder, stamp) if server else FolderStore(folder, stamp)
        self._catalogue = catalogue
        self.rebuilt = False
        """Whether this start had to fill the index anew."""
        self.fault = ""
        """Why it is being rebuilt while questions are asked, in a line."""
        self._whole = True
        self._closed = Event()
        self._changing = RLock()
        """Held by whatever writes; searching needs no lock."""
        self._healer: Thread | None = None
        if wait:
            self._bring_up(anew=False)
        else:
            self._mend("", anew=False)

    @property
    def rebuilding(self) -> bool:
        """Whether it is being filled, and finds nothing meanwhile."""
        return not self._whole

    def _bring_up(self, *, anew: bool) -> None:
        """Open the store, empty where it cannot be trusted, and make it equal to the ledger."""
        with self._changing:
            try:
                with self._writing():
                    self._open(anew or self._catalogue.leaves_traces)
                self.rebuilt |= self._reconcile()
                if self._catalogue.leaves_traces:
                    self._catalogue.traces_gone()
            except HomeError:
                self._store.close()
                raise

    def _open(self, anew: bool) -> None:
        if self._store.is_ours and (anew or not self._store.sound()):
            self._store.discard()
            self.rebuilt = True
        self.rebuilt |= not self._store.open()
        if anew and not self._store.is_ours:
            self._store.discard()
            self.rebuilt = True
            self._store.open()

    def rebuild(self) -> int:
        """Fill the index anew from the ledger; returns how many chunks it holds."""
        with self._changing:
            self._store.close()
            self._bring_up(anew=True)
            return self.count()

    def _mend(self, fault: str, *, anew: bool) -> None:
        """Fill it in a thread of its own, again and again until that works."""
        with self._changing:
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
                    self._store.close()
                    self._bring_up(anew=anew)
                    self.fault, self._whole = "", True
            except HomeError as error:
                self.fault = str(error)
                self._closed.wait(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
            else:
                return

    def _reconcile(self) -> bool:
        """Add what the ledger has and the index lacks, and drop the reverse; returns whether anything differed."""
        wanted = set(self._catalogue.chunk_ids())
        with self._writing():
            held = set(self.ids())
        self._withdraw(sorted(held - wanted))
        missing = sorted(wanted - held)
        self._add(missing)
        return bool(missing)

    def add(self, chunk_ids: Sequence[str]) -> None:
        """Index these chunks with the vectors the ledger holds for them; nothing while it is being filled from it."""
        with self._changing:
            if self._whole:
                self._add(chunk_ids)

    def _add(self, chunk_ids: Sequence[str]) -> None:
        for start in range(0, len(chunk_ids), BATCH):
            ids, articles, vectors = self._catalogue.vectors(chunk_ids[start : start + BATCH])
            if ids and not self._closed.is_set():
                metadatas: list[dict[str, str]] = [{"article": article} for article in articles]
                with self._writing():
                    self._store.collection.upsert(ids=ids, embeddings=vectors, metadatas=metadatas)  # type: ignore[arg-type]

    def withdraw(self, chunk_ids: Sequence[str]) -> None:
        """Take these chunks out; unknown ids are ignored."""
        with self._changing:
            if self._whole:
                self._withdraw(chunk_ids)

    def _withdraw(self, chunk_ids: Sequence[str]) -> None:
        for start in range(0, len(chunk_ids), BATCH):
            with self._writing():
                self._store.collection.delete(ids=list(chunk_ids[start : start + BATCH]))

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except FAILURES as error:
            reason = " ".join(str(error).split())
            raise HomeError(
                f"the dense index {self._store.name!r} cannot be written ({reason}); the ledger has what was "
                "acknowledged, and the next start fills the index from it"
            ) from error

    def search(
        self, vector: NDArray[np.float32], limit: int, allowed: frozenset[str] | None
    ) -> list[tuple[str, float]]:
        """Chunk ids with their cosine to `vector`, best first; approximate, and ties in no promised order.

        Nothing while the index is being filled: what the lexical search finds must do meanwhile.
        """
        if not self._whole:
            return []
        try:
            return self._found(vector, limit, allowed)
        except FAILURES as error:
            self._mend(" ".join(str(error).split()), anew=self._store.is_ours)
            return []

    def _found(
        self, vector: NDArray[np.float32], limit: int, allowed: frozenset[str] | None
    ) -> list[tuple[str, float]]:
        collection = self._store.collection
        count = collection.count()
        if not count:
            return []
        found = collection.query(
            query_embeddings=vector[np.newaxis],
            n_results=min(limit, count),
            where=None if allowed is None else {"article": {"$in": sorted(allowed)}},  # type: ignore[dict-item]
            include=["distances"],
        )
        distances = found["distances"] or [[]]
        return [(chunk_id, 1.0 - distance) for chunk_id, distance in zip(found["ids"][0], distances[0], strict=True)]

    def ids(self) -> list[str]:
        """The chunks that are held, in no promised order."""
        return list(self._store.collection.get(include=[])["ids"])

    def count(self) -> int:
        """How many chunks can be found; none while the index is out of order."""
        try:
            return self._store.collection.count()
        except FAILURES as error:
            self._mend(" ".join(str(error).split()), anew=self._store.is_ours)
            return 0

    def close(self) -> None:
        """Let go of the store; after a removal its folder goes too, because Chroma's log keeps what is deleted.

        The next start fills it anew, and not this process: Chroma writes memory to its files that it never set, and
        here that may hold the removed text.
        """
        self._closed.set()
        if self._healer is not None:
            self._healer.join()
        self._store.close()
        if self._catalogue.leaves_traces and self._store.is_ours:
            self._store.discard()


def opens_safely(folder: Path) -> bool:
    """Whether a child process can open the index in `folder`, count it and search it."""
    try:
        command = [sys.executable, "-m", "index.vectors", str(folder)]
        return subprocess.run(command, capture_output=True, timeout=CHECK_SECONDS, check=False).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def _connect(folder: Path) -> Client:
    try:
        client = chromadb.PersistentClient(path=folder, settings=_settings())
    except BaseException:
        # Chroma keeps what it failed to start and hands it out for the same folder next time; it offers no way to
        # forget one folder only.
        SharedSystemClient._identifier_to_system.pop(str(folder), None)
        SharedSystemClient._identifier_to_refcount.pop(str(folder), None)
        raise
    assert isinstance(client, Client)  # the declared type lacks close()
    return client


def _settings() -> Settings:
    # _env_file: without it Chroma reads any `.env` of the working directory.
    return Settings(_env_file=None, anonymized_telemetry=False)  # type: ignore[call-arg]


def _collection(client: Client, name: str, stamp: str) -> Collection:
    # embedding_function=None: otherwise Chroma fetches a model of its own.
    collection: Collection = client.get_or_create_collection(
        name, embedding_function=None, configuration=CONFIGURATION, metadata={"stamp": stamp}
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
