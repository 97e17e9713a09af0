"""Chroma adapter: opens a collection in a folder or on a server; the only importer of chromadb.

Chroma's files do not survive every crash, and a damaged one can crash the process that opens it, so a child process
opens them first (`python -m index.vectors.chroma FOLDER`).
"""

from __future__ import annotations

import glob
import hashlib
import os
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from index.errors import HomeError

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.collection_configuration import CreateCollectionConfiguration
    from chromadb.api.models.Collection import Collection
    from chromadb.config import Settings

COLLECTION = "chunks"
CHECK_TIMEOUT_SECONDS = 120.0
CHECK_SECONDS_PER_MEGABYTE = 15.0
"""Further time for the log, which Chroma replays: 200,000 chunks are some 200 MB and may take 40 minutes."""
MAX_REPLAY_SECONDS = 2.0
"""Processor time that an opening may take before the graph is stored, so that the next one need not replay the log."""
CHROMA_ERRORS = (Exception,)
"""Caught when files or server fail: errors of Chroma, SQLite, Rust and HTTP have no common base class."""
# Chroma rewrites its graph files in place when it syncs, and a kill may damage them. The high threshold avoids syncs:
# Chroma then replays its log at the start, and the log survives a kill. What takes long to replay is stored as a graph
# by a child process in a copy, which takes the place of the folder when it is complete.
NEVER_SYNC = 1_000_000
SYNC_AT_ONCE = 2
COLLECTION_CONFIGURATION: CreateCollectionConfiguration = {"hnsw": {"space": "cosine", "sync_threshold": NEVER_SYNC}}


class EmbeddedChroma:
    """Embedded Chroma: runs in this process, on a folder that no other process uses."""

    embedded = True

    def __init__(self, folder: Path, fingerprint: str) -> None:
        self.name = str(folder)
        self._folder = folder
        self._fingerprint = fingerprint
        self._client: Client | None = None
        self._collection: Collection | None = None

    @property
    def collection(self) -> Collection:
        """The open collection; raises HomeError when the folder was deleted."""
        if self._collection is None or not (self._folder / "chroma.sqlite3").exists():
            raise HomeError(f"the dense index {self.name!r} was deleted")
        return self._collection

    def can_open(self) -> bool:
        """Whether the folder can be opened safely: a broken one could crash this process. A long log is stored."""
        _remove_copies(self._folder)
        return not self._folder.exists() or opens_safely(self._folder)

    def open(self) -> bool:
        """Open the collection, and empty it when its fingerprint differs; returns whether its vectors were kept."""
        self._connect()
        if self._collection is not None and self._collection.metadata.get("stamp") == self._fingerprint:
            return True
        self.close()
        self.discard()
        self._connect()
        return False

    def _connect(self) -> None:
        self._client = _connect(self._folder)
        try:
            self._collection = _collection(self._client, COLLECTION, self._fingerprint)
        except CHROMA_ERRORS:
            self.close()
            raise

    def discard(self) -> None:
        """Delete the folder and its copies; the client must be closed."""
        _remove_copies(self._folder)
        shutil.rmtree(self._folder, ignore_errors=True)

    def close(self) -> None:
        """Close the client, which releases the folder."""
        client, self._client, self._collection = self._client, None, None
        if client is not None:
            with suppress(*CHROMA_ERRORS):
                client.close()


class RemoteChroma:
    """Remote Chroma: a collection on a Chroma server, named after the home folder or database that it belongs to."""

    embedded = False

    def __init__(self, address: str, token: str, collection: str, fingerprint: str) -> None:
        """Store the server's address, http(s)://HOST:PORT, optionally with /TENANT/DATABASE; does not connect."""
        self.name = address
        self._url = urlsplit(address)
        self._token = token
        self._collection_name = f"footnote-{hashlib.sha256(collection.encode()).hexdigest()[:16]}"
        self._fingerprint = fingerprint
        self._client: Client | None = None
        self._collection: Collection | None = None

    @property
    def collection(self) -> Collection:
        """The open collection; raises HomeError when it was not opened."""
        if self._collection is None:
            raise HomeError(f"the Chroma server {self.name!r} was not reached")
        return self._collection

    def can_open(self) -> bool:
        """Always True, because the server is another process."""
        return True

    def open(self) -> bool:
        """Open the collection, and empty it when its fingerprint differs; returns whether its vectors were kept."""
        client = self._client = self._connected()
        self._collection = _collection(client, self._collection_name, self._fingerprint)
        if self._collection.metadata.get("stamp") == self._fingerprint:
            return True
        self.discard()
        self._collection = _collection(client, self._collection_name, self._fingerprint)
        return False

    def _connected(self) -> Client:
        import chromadb  # noqa: PLC0415 - as in `_connect`
        from chromadb.api.client import Client  # noqa: PLC0415

        secure = self._url.scheme == "https"
        tenant, database = ([*filter(None, self._url.path.split("/")), "", ""])[:2]
        client = chromadb.HttpClient(
            host=self._url.hostname or "127.0.0.1",
            port=self._url.port or (443 if secure else 8000),
            ssl=secure,
            headers={"x-chroma-token": self._token} if self._token else None,
            settings=_settings(),
            **({"tenant": tenant, "database": database} if database else {}),
        )
        assert isinstance(client, Client)
        return client

    def discard(self) -> None:
        """Delete the collection."""
        if self._client is not None:
            self._client.delete_collection(self._collection_name)

    def close(self) -> None:
        """Close the connection."""
        client, self._client, self._collection = self._client, None, None
        if client is not None:
            with suppress(*CHROMA_ERRORS):
                client.close()


Chroma = EmbeddedChroma | RemoteChroma


class ChromaAddress(NamedTuple):
    """Address of a Chroma server and its access token; empty when it needs none."""

    address: str
    token: str = ""


def opens_safely(folder: Path, max_replay: float = MAX_REPLAY_SECONDS) -> bool:
    """Whether a child process can open the folder and query each collection in it.

    Args:
        max_replay: seconds of processor time after which the child stores the graph, so that the next opening is short.
    """
    copy = folder.with_name(f"{folder.name}.stored-{os.getpid()}")
    megabytes = sum(file.stat().st_size for file in folder.glob("*.sqlite3")) / 1e6
    try:
        command = [sys.executable, "-m", "index.vectors.chroma", str(folder), str(copy), str(max_replay)]
        patience = CHECK_TIMEOUT_SECONDS + CHECK_SECONDS_PER_MEGABYTE * megabytes
        is_safe = subprocess.run(command, capture_output=True, timeout=patience, check=False).returncode == 0
    except subprocess.TimeoutExpired:
        is_safe = False
    if is_safe and copy.exists():
        _replace(folder, copy)
    _remove_copies(folder)
    return is_safe


def _replace(folder: Path, copy: Path) -> None:
    """Put the copy in the place of the folder; after a kill in between, the index is filled from the ledger."""
    folder.rename(folder.with_name(f"{copy.name}.old"))
    copy.rename(folder)


def _remove_copies(folder: Path) -> None:
    for each in folder.parent.glob(f"{glob.escape(folder.name)}.stored-*"):
        shutil.rmtree(each, ignore_errors=True)


def _connect(folder: Path) -> Client:
    # Imported here, because the imports (gRPC and telemetry among them) take half a second: a server opens the index in
    # the background of its first questions.
    import chromadb  # noqa: PLC0415
    from chromadb.api.client import Client  # noqa: PLC0415
    from chromadb.api.shared_system_client import SharedSystemClient  # noqa: PLC0415

    try:
        client = chromadb.PersistentClient(path=folder, settings=_settings())
    except BaseException:
        # Chroma caches the system that failed to start and returns it for the same folder; it has no public function
        # to drop one folder from that cache.
        SharedSystemClient._identifier_to_system.pop(str(folder), None)
        SharedSystemClient._identifier_to_refcount.pop(str(folder), None)
        raise
    assert isinstance(client, Client)  # the declared type lacks close()
    return client


def _settings() -> Settings:
    from chromadb.config import Settings  # noqa: PLC0415 - as in `_connect`

    # _env_file=None: otherwise Chroma reads any `.env` in the working directory.
    return Settings(_env_file=None, anonymized_telemetry=False)  # type: ignore[call-arg]


def _collection(client: Client, name: str, fingerprint: str) -> Collection:
    # embedding_function=None: otherwise Chroma downloads its default model.
    collection: Collection = client.get_or_create_collection(
        name, embedding_function=None, configuration=COLLECTION_CONFIGURATION, metadata={"stamp": fingerprint}
    )
    return collection


def _check(folder: Path, copy: Path, max_replay: float) -> None:
    import chromadb  # noqa: F401, PLC0415 - as in `_connect`; what the import takes is no replay

    began = time.process_time()
    _query(folder)
    if time.process_time() - began > max_replay:
        # The folder itself is sound, also where there is no room for a copy.
        with suppress(*CHROMA_ERRORS):
            _store_graph(folder, copy)


def _query(folder: Path) -> None:
    """Query each collection, which replays what its log has and its graph lacks."""
    client = _connect(folder)
    for collection in client.list_collections():
        opened = client.get_collection(collection.name, embedding_function=None)
        first = opened.get(limit=1, include=["embeddings"])["embeddings"]
        if first is not None and len(first):
            opened.query(query_embeddings=first[:1], n_results=1)
    client.close()


def _store_graph(folder: Path, copy: Path) -> None:
    """Write a copy of the folder whose graph is stored; one that is half written is never used."""
    half = copy.with_name(f"{copy.name}.half")
    shutil.copytree(folder, half)
    for threshold in (SYNC_AT_ONCE, NEVER_SYNC):
        client = _connect(half)
        for collection in client.list_collections():
            opened = client.get_collection(collection.name, embedding_function=None)
            opened.modify(configuration={"hnsw": {"sync_threshold": threshold}})
        client.close()
        _query(half)
    half.rename(copy)


if __name__ == "__main__":
    _check(Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3]))
