"""Where vectors are kept and searched: Chroma, embedded in a folder or on a server. The only file that knows it.

Its state on disk does not survive every crash and can take the process that opens it down, so it is first opened by a
child process (`python -m index.vectors.chroma FOLDER`).
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
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
CHECK_SECONDS = 120.0
FAILURES = (Exception,)
"""What Chroma raises when its files or its server fail it: its own errors, and those of SQLite, Rust and HTTP below it,
which share no base."""
# Chroma rewrites its graph files in place when it syncs; never syncing leaves only its own log to replay at
# start, which is what survives a kill.
CONFIGURATION: CreateCollectionConfiguration = {"hnsw": {"space": "cosine", "sync_threshold": 1_000_000}}


class FolderStore:
    """Chroma embedded in this process, in a folder that is ours alone."""

    is_ours = True

    def __init__(self, folder: Path, fingerprint: str) -> None:
        self.name = str(folder)
        self._folder = folder
        self._fingerprint = fingerprint
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

    def __init__(self, address: str, token: str, folder: Path, fingerprint: str) -> None:
        """`address`: http(s)://HOST:PORT, or with /TENANT/DATABASE behind it."""
        self.name = address
        self._place = urlsplit(address)
        self._token = token
        self._known_as = f"footnote-{hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]}"
        self._fingerprint = fingerprint
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
        client = self._client = self._reached()
        self._collection = _collection(client, self._known_as, self._fingerprint)
        if self._collection.metadata.get("stamp") == self._fingerprint:
            return True
        self.discard()
        self._collection = _collection(client, self._known_as, self._fingerprint)
        return False

    def borrow(self) -> None:
        """Reach what another process of this home keeps there, to search it; raises HomeError when it is not ours."""
        self._client = self._reached()
        found: Collection = self._client.get_collection(self._known_as, embedding_function=None)
        if found.metadata.get("stamp") != self._fingerprint:
            raise HomeError(f"the vectors on the Chroma server {self.name!r} were made by another embedder")
        self._collection = found

    def _reached(self) -> Client:
        import chromadb  # noqa: PLC0415 - as in `_connect`
        from chromadb.api.client import Client  # noqa: PLC0415

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
        return client

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


def opens_safely(folder: Path) -> bool:
    """Whether a child process can open the index in `folder`, count it and search it."""
    try:
        command = [sys.executable, "-m", "index.vectors.chroma", str(folder)]
        return subprocess.run(command, capture_output=True, timeout=CHECK_SECONDS, check=False).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def _connect(folder: Path) -> Client:
    # Half a second of imports, gRPC and telemetry among them: they are made where the index is opened, which a server
    # does behind its first questions.
    import chromadb  # noqa: PLC0415
    from chromadb.api.client import Client  # noqa: PLC0415
    from chromadb.api.shared_system_client import SharedSystemClient  # noqa: PLC0415

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
    from chromadb.config import Settings  # noqa: PLC0415 - as in `_connect`

    # _env_file: without it Chroma reads any `.env` of the working directory.
    return Settings(_env_file=None, anonymized_telemetry=False)  # type: ignore[call-arg]


def _collection(client: Client, name: str, fingerprint: str) -> Collection:
    # embedding_function=None: otherwise Chroma fetches a model of its own.
    collection: Collection = client.get_or_create_collection(
        name, embedding_function=None, configuration=CONFIGURATION, metadata={"stamp": fingerprint}
    )
    return collection


def _check(folder: Path) -> None:
    client = _connect(folder)
    for collection in client.list_collections():
        held = client.get_collection(collection.name, embedding_function=None)
        first = held.get(limit=1, include=["embeddings"])["embeddings"]
        if first is not None and len(first):
            held.query(query_embeddings=first[:1], n_results=1)
    client.close()


if __name__ == "__main__":
    _check(Path(sys.argv[1]))
