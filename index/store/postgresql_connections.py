"""PostgreSQL connections: opened as threads need them and kept for the next; the only importer of psycopg."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import BoundedSemaphore, Lock
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from index.errors import InputError, LedgerUnavailable

Connection = psycopg.Connection[Any]
Cursor = psycopg.Cursor[Any]
DatabaseError = psycopg.Error
ConnectionLost = psycopg.OperationalError

MAX_CONNECTIONS = 16
"""Most connections of one process at a time; more threads wait for one."""
CONNECT_SECONDS = 5
LEAST_VERSION = 15


class Connections:
    """Connections to one database; thread-safe.

    psycopg_pool is not used: its reconnecting backs off for minutes, and this process must go on when the server does.
    """

    def __init__(self, address: str) -> None:
        """Store the address, `postgresql://...`; does not connect.

        Raises:
            InputError: it is not one.
        """
        self.name = public_name(address)
        self._address = address
        self._idle: list[Connection] = []
        self._lock = Lock()
        self._slots = BoundedSemaphore(MAX_CONNECTIONS)

    def open(self) -> Connection:
        """Open a connection that commits each statement; raises LedgerUnavailable."""
        try:
            opened = psycopg.connect(
                self._address, autocommit=True, connect_timeout=CONNECT_SECONDS, application_name="footnote"
            )
        except psycopg.Error as error:
            raise unavailable(self.name, error) from error
        return opened

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
            except ConnectionLost:
                self.close_idle()
            except psycopg.Error:
                self._give_back(lent)
                raise
        lent = self.open()
        return lent, executed(lent, sql, values)

    def _give_back(self, lent: Connection) -> None:
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


def unavailable(name: str, error: Exception) -> LedgerUnavailable:
    """Return the error for a database that cannot be reached, in one line."""
    reason = " ".join(str(error).split()) or type(error).__name__
    return LedgerUnavailable(f"the ledger {name!r} does not answer ({reason}); nothing was changed; ask again")


def public_name(address: str) -> str:
    """Return the address without user and password; raises InputError when it is none."""
    try:
        parts = conninfo_to_dict(address)
    except psycopg.Error as error:
        reason = " ".join(str(error).split())
        raise InputError(
            f"FOOTNOTE_STORE is no address of a database ({reason}); write it as postgresql://USER@HOST/DATABASE"
        ) from error
    host = str(parts.get("host") or "")
    port = f":{parts['port']}" if parts.get("port") else ""
    return f"postgresql://{host}{port}/{parts.get('dbname') or ''}"


def least_version(connection: Connection) -> None:
    """Raise LedgerUnavailable when the server is too old, or does not store UTF-8."""
    name, found = public_name(connection.info.dsn), connection.info.server_version // 10_000
    if found < LEAST_VERSION:
        raise LedgerUnavailable(f"{name!r} is PostgreSQL {found}; Footnote needs {LEAST_VERSION} or newer")
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise LedgerUnavailable(f"{name!r} stores {encoding}; create the database with ENCODING 'UTF8'")
