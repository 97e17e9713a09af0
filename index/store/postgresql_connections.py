"""PostgreSQL connections: opened as threads need them and kept for the next; the only importer of psycopg."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import BoundedSemaphore, Lock
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from index.errors import HomeError, InputError, LedgerUnavailable
from index.store.named_collections import DEFAULT

Connection = psycopg.Connection[Any]
Cursor = psycopg.Cursor[Any]
DatabaseError = psycopg.Error

MAX_CONNECTIONS = 16
"""Most connections of one process at a time; more threads wait for one."""
CONNECT_SECONDS = 5
LEAST_VERSION = 15
URI = re.compile(r"postgres(ql)?://([^@/?]*@)?[^@]*")
"""Address with no `@` but the one before the host: libpq takes parts of a password around another one for a host."""
PORTS = re.compile(r"[0-9,]*")
GONE = ("08", "57P01", "57P02", "57P03", "57P05", "53300")
"""Beginnings of the SQLSTATEs of a server that stops, starts, or has no connection left; without one, it is away."""
UNFINISHED = ("40", "57014", "55P03", "25P03")
"""The same of what the server ended, and what may succeed when it is tried again: a deadlock, a cancellation."""
NOT_ALLOWED = "42501"
LOCKS = 0x666E
"""First key of the advisory locks of the default collection."""
SCHEMA_PREFIX = "footnote_"
"""Beginning of the schema's name of a named collection, so that none is taken for a schema of another program."""


class Connections:
    """Connections to one database; thread-safe.

    psycopg_pool is not used: its reconnecting backs off for minutes, and this process must go on when the server does.
    """

    def __init__(self, address: str, collection: str = DEFAULT) -> None:
        """Store the address, `postgresql://...`; does not connect.

        Args:
            collection: its name; all but the default one have their tables in a schema of their own.

        Raises:
            InputError: the address is not one.
        """
        named = collection != DEFAULT
        self.name = f"{public_name(address)}#{collection}" if named else public_name(address)
        self._address = address
        self._schema = schema_name(collection) if named else ""
        self._options: str | None = None
        if named:  # as an option of each connection, because a pooler may reset what SET has set
            options = conninfo_to_dict(address).get("options") or ""
            self._options = f"{options} -c search_path={self._schema}".strip()
        self._idle: list[Connection] = []
        self._lock = Lock()
        self._slots = BoundedSemaphore(MAX_CONNECTIONS)

    def open(self) -> Connection:
        """Open a connection that commits each statement; raises LedgerUnavailable."""
        try:
            opened = psycopg.connect(
                self._address,
                autocommit=True,
                connect_timeout=CONNECT_SECONDS,
                application_name="footnote",
                options=self._options,
            )
        except psycopg.Error as error:
            raise LedgerUnavailable(
                f"the ledger {self.name!r} does not answer ({_in_one_line(error)}); nothing was changed; ask again"
            ) from error
        if self._schema:
            self._check_schema(opened)
        return opened

    def _check_schema(self, opened: Connection) -> None:
        """Close a connection that would read another collection's tables, and raise HomeError."""
        found = opened.execute("SELECT current_schema()").fetchone()
        if found != (self._schema,):
            opened.close()
            raise HomeError(
                f"the collection {self.name!r} was removed, or a connection pooler drops the option `search_path`; "
                "`footnote collections list` names those there are"
            )

    @contextmanager
    def transaction(self, begin: str) -> Iterator[Connection]:
        """Begin a transaction and lend its connection; what was not committed is rolled back."""
        with self._slots:
            lent, _ = self._executed(begin.encode(), ())
            try:
                yield lent
            finally:
                self._give_back(lent)

    def rows(self, sql: bytes, values: Sequence[object]) -> list[tuple[Any, ...]]:
        """Return the rows of one query outside any transaction."""
        with self._slots:
            lent, cursor = self._executed(sql, values)
            try:
                return cursor.fetchall()
            finally:
                self._give_back(lent)

    def _executed(self, sql: bytes, values: Sequence[object]) -> tuple[Connection, Cursor]:
        """Execute a first statement on an idle connection or, where those have broken meanwhile, on a new one."""
        with self._lock:
            lent = self._idle.pop() if self._idle else None
        if lent is not None:
            try:
                return lent, executed(lent, sql, values)
            except psycopg.Error:
                broken = lent.closed
                self._give_back(lent)
                if not broken:
                    raise
                self.close_idle()
        lent = self.open()
        try:
            return lent, executed(lent, sql, values)
        except BaseException:
            self._give_back(lent)
            raise

    def _give_back(self, lent: Connection) -> None:
        """Keep a connection for the next thread, or close one that is broken or inside a transaction."""
        if lent.closed or lent.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
            with suppress(psycopg.Error):
                lent.close()
            return
        with self._lock:
            self._idle.append(lent)

    def close_idle(self) -> None:
        """Close the idle connections: after one has broken, the others are likely broken too."""
        with self._lock:
            idle, self._idle = self._idle, []
        for each in idle:
            with suppress(psycopg.Error):
                each.close()


def executed(connection: Connection, sql: bytes, values: Sequence[object]) -> Cursor:
    """Execute a statement; results come in binary form, because vectors would double as text."""
    return connection.cursor(binary=True).execute(sql, values)


def failure(name: str, error: psycopg.Error, *, committing: bool = False) -> HomeError:
    """Return the error for what PostgreSQL reported, in one line that says whether anything was changed.

    Args:
        committing: whether COMMIT was sent; when its reply is lost, only a look at what is stored tells.
    """
    state, reason = error.sqlstate or "", _in_one_line(error)
    if state.startswith(GONE) if state else isinstance(error, psycopg.OperationalError):
        if committing:
            return LedgerUnavailable(
                f"the ledger {name!r} stopped answering while the change was stored ({reason}); it may or may not be"
                " stored: look before you repeat it"
            )
        return LedgerUnavailable(f"the ledger {name!r} does not answer ({reason}); nothing was changed; ask again")
    if state.startswith(UNFINISHED):
        return LedgerUnavailable(f"the ledger {name!r} did not finish ({reason}); nothing was changed; ask again")
    way_out = "; its owner must let this user create and change tables" if state == NOT_ALLOWED else ""
    return HomeError(f"the ledger {name!r} refused ({reason}); nothing was changed{way_out}")


def schema_name(collection: str) -> str:
    """Return the name of the schema that has the tables of a named collection."""
    return f"{SCHEMA_PREFIX}{collection}"


def lock_class(collection: str) -> int:
    """Return the first key of a collection's advisory locks, which all schemas of a database share."""
    if collection == DEFAULT:
        return LOCKS
    return int.from_bytes(hashlib.sha256(collection.encode()).digest()[:4], "big", signed=True)


def _in_one_line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def public_name(address: str) -> str:
    """Return the address without user and password; raises InputError when it is none.

    No reason of libpq is quoted, because it quotes the address, and a password that is not percent-encoded is read as
    a host, a port or a database.
    """
    try:
        parts = conninfo_to_dict(address)
    except psycopg.Error:
        raise _no_address() from None
    host, port, database = (str(parts.get(name) or "") for name in ("host", "port", "dbname"))
    is_uri = address.startswith(("postgresql://", "postgres://"))
    if (is_uri and not URI.fullmatch(address)) or not PORTS.fullmatch(port):
        raise _no_address()
    return f"postgresql://{host}{':' if port else ''}{port}/{database}"


def _no_address() -> InputError:
    return InputError(
        "the address of the database cannot be read; write it as postgresql://USER@HOST/DATABASE;"
        " percent-encode the password, or set PGPASSWORD"
    )


def least_version(name: str, connection: Connection) -> None:
    """Raise LedgerUnavailable when the server is too old, or does not store UTF-8."""
    found = connection.info.server_version // 10_000
    if found < LEAST_VERSION:
        raise LedgerUnavailable(f"{name!r} is PostgreSQL {found}; Footnote needs {LEAST_VERSION} or newer")
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise LedgerUnavailable(f"{name!r} stores {encoding}; create the database with ENCODING 'UTF8'")
