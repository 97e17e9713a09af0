"""Ledger protocol: what the parts of a document store ask of a database; SQLite and PostgreSQL implement it.

The parts write plain SQL that both understand, with `?` for each value. The few expressions that differ are members.
"""

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any, NamedTuple, Protocol

Row = tuple[Any, ...]
WILDCARDS = re.compile(r"[\\%_]")


class State(NamedTuple):
    """State of the searched tables: a cache that was filled at an equal state is still valid."""

    others: tuple[int, ...]
    """Changes after which a cache must be filled anew: rows were deleted, or another connection wrote."""
    own: int
    """Changes that only added rows, or that were rolled back."""


class Result(Protocol):
    """Result of one statement."""

    @property
    def rowcount(self) -> int: ...
    def fetchone(self) -> Row | None: ...
    def fetchall(self) -> list[Row]: ...


class Ledger(Protocol):
    """Ledger protocol: transactions, queries, and the revision of one document store; safe for several threads."""

    @property
    def name(self) -> str:
        """Path or address for messages, without a password."""
        ...

    @property
    def identity(self) -> str | None:
        """Identity of a ledger that several processes share; None for one that a single process owns."""
        ...

    @property
    def fingerprint(self) -> str:
        """Identifies embedder, heading and chunking that the chunks and vectors were made with."""
        ...

    @property
    def on_rollback(self) -> list[Callable[[], None]]:
        """Hooks that invalidate caches when a transaction on searched data fails, called before the next one's turn."""
        ...

    @property
    def on_foreign_change(self) -> list[Callable[[], None]]:
        """Hooks called in a serial transaction when another process has changed searched data since the last one."""
        ...

    @property
    def clock(self) -> str:
        """SQL of the seconds since 1970, by the one clock that all processes share."""
        ...

    @property
    def skip_locked(self) -> str:
        """End of a subquery that chooses a row to update, so that no other process chooses the same."""
        ...

    @property
    def by_known(self) -> str:
        """Hint after a table's name to read an article's date and outlet from the index that has them, not its row."""
        ...

    @property
    def among(self) -> str:
        """Condition that a column's value is in a list, which `listed` makes into the value of its `?`."""
        ...

    def listed(self, values: Collection[str]) -> object:
        """Return a list of texts as the value for `among`."""
        ...

    def like(self, text: str) -> str:
        """Return the condition that a text matches a pattern in small letters, of whatever ASCII case it is."""
        ...

    def fact(self, name: str) -> str:
        """Return the SQL of a source fact's value in the column `source`."""
        ...

    def as_stored(self, text: str) -> str:
        """Return an article text as it is stored, so that `as_read` gives it back unchanged."""
        ...

    def as_read(self, text: str) -> str:
        """Return a stored article text as it was read from its file."""
        ...

    def transaction(self, *, searched: bool = True, serial: bool = False) -> AbstractContextManager[None]:
        """Commit what is executed inside, or roll it all back.

        Args:
            searched: whether it changes searched data; such transactions run one at a time, over all processes.
            serial: whether to run one at a time though it changes none.

        Raises:
            HomeError: the database failed; nothing was changed.
        """
        ...

    def snapshot(self) -> AbstractContextManager[None]:
        """Let all reads inside see one state of the ledger."""
        ...

    def exclusive(self) -> AbstractContextManager[None]:
        """Keep other processes from ingesting, removing and filling the dense index; not from searching."""
        ...

    def execute(self, sql: str, values: Sequence[object] = ()) -> Result:
        """Execute one statement in the open transaction."""
        ...

    def insert(self, sql: str, values: Sequence[object]) -> int:
        """Execute an INSERT in the open transaction; returns the `number` that the row got."""
        ...

    def executemany(self, sql: str, values: Iterable[Sequence[object]]) -> None:
        """Execute a statement in the open transaction, once per row of values."""
        ...

    def rows(self, sql: str, *values: object) -> list[Row]:
        """Return all rows of a query; raises HomeError when the ledger cannot be read."""
        ...

    def meta(self, key: str) -> str | None:
        """Return the value of a key in the meta table, or None."""
        ...

    def set_meta(self, key: str, value: str | None) -> None:
        """Set a key in the meta table, or delete it for None, in the caller's transaction."""
        ...

    def state(self) -> State:
        """Return the current state, for caches to compare."""
        ...

    def revision(self) -> str:
        """Return the digest of the searched data; equal for equal texts and fingerprints, in any ledger."""
        ...

    def mismatch(self) -> str | None:
        """Return why this process must not use the ledger, in one line: another embedder, or an unfinished index."""
        ...

    def finish_indexing(self) -> None:
        """Let all processes open the ledger again, after every article has been indexed."""
        ...

    def renumber(self) -> None:
        """Let the numbers of new rows follow those that were copied in."""
        ...

    def checkpoint(self) -> None:
        """Take deleted text out of the files, as far as this database can."""
        ...

    def faults(self) -> list[str]:
        """Return integrity faults, one line each."""
        ...

    def close(self) -> None:
        """Close all connections."""
        ...


def containing(words: str) -> str:
    """Return the pattern of `Ledger.like` for a text that contains these words, also where they have its signs."""
    escaped = WILDCARDS.sub(r"\\\g<0>", words.lower())
    return f"%{escaped}%"
