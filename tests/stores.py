"""Both document stores, for the tests that each of them must pass."""

from pathlib import Path

from evals.studies.scaling.postgresql_server import PostgresServer
from index.store.opening import open_store
from index.store.store import DocumentStore


class Stores:
    """Stores of one kind; a name is opened as often as a test likes, and is the same collection each time."""

    def __init__(self, kind: str, folder: Path, server: PostgresServer | None) -> None:
        self.kind = kind
        self._folder, self._server = folder, server
        self._databases: dict[str, str] = {}
        self._opened: list[DocumentStore] = []

    def address(self, name: str = "ledger") -> str:
        """Return the value of FOOTNOTE_STORE for this name; empty for SQLite."""
        if self._server is None:
            return ""
        if name not in self._databases:
            self._databases[name] = self._server.new_database()
        return self._databases[name]

    def open(self, name: str = "ledger", fingerprint: str = "s") -> DocumentStore:
        """Open the store with this name, empty at first."""
        opened = open_store(self.address(name), self._folder / f"{name}.db", fingerprint=fingerprint)
        self._opened.append(opened)
        return opened

    def close(self) -> None:
        """Close every store that was opened."""
        for each in self._opened:
            each.close()
