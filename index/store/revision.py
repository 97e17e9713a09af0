"""Revision: digest of the searched data of a ledger, cached until its state changes."""

import hashlib
import json
from collections.abc import Callable

from index.store.ledger import Row, State


class Revision:
    """Revision of a ledger: equal for equal texts, corrections and fingerprints, in SQLite and in PostgreSQL."""

    def __init__(self, fingerprint: str, rows: Callable[[str], list[Row]]) -> None:
        self._fingerprint = fingerprint
        self._rows = rows
        self._cached: tuple[State, str] | None = None

    def known(self, state: State) -> str | None:
        """Return the cached digest of this state, or None."""
        cached = self._cached
        return cached[1] if cached is not None and cached[0] == state else None

    def at(self, state: State) -> str:
        """Return the digest of the ledger's contents, which are at this state."""
        found = self.known(state) or self._digest()
        self._cached = (state, found)
        return found

    def _digest(self) -> str:
        found = hashlib.sha256(self._fingerprint.encode())
        for row in self._rows("SELECT id, version, digest FROM article WHERE current = 1 ORDER BY id"):
            found.update(json.dumps(row).encode())
        for row in self._rows("SELECT article_id, field, value FROM correction ORDER BY article_id, field"):
            found.update(json.dumps(row).encode())
        return found.hexdigest()[:16]
