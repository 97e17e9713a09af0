"""PostgreSQL ledger: the tables of a document store for any number of processes on any machines, all equal."""

import re
import secrets
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext
from enum import IntEnum
from functools import lru_cache
from threading import local

from index.errors import IndexMismatch
from index.store.ledger import Row, State
from index.store.migrations import KEY, Migration, migrate, migrations
from index.store.named_collections import DEFAULT
from index.store.postgresql_connections import (
    Connection,
    Connections,
    Cursor,
    DatabaseError,
    executed,
    failure,
    least_version,
    lock_class,
)
from index.store.revision import Revision

MIGRATIONS = migrations("postgresql")
NUL = "\U0010fffe"
"""Stands for the character NUL, which PostgreSQL does not store; a noncharacter, so hardly a text has it."""
ESCAPE = "\U0010ffff"
"""Stands in article texts before a NUL or an ESCAPE that the text itself has."""
OWN = re.compile(f"{ESCAPE}([{NUL}{ESCAPE}])|{NUL}")
WITHOUT_NUL = (
    r"CASE WHEN strpos(source, '\u0000') = 0 THEN source"
    r" ELSE regexp_replace(source, '(\\\\)|\\u0000', '\1 ', 'g') END"
)
"""The JSON without escaped NULs, which no JSON function of PostgreSQL reads; backslashes that are escaped remain."""
COUNT = (
    "INSERT INTO meta VALUES (%s, '1')"
    " ON CONFLICT (key) DO UPDATE SET value = (meta.value::bigint + 1)::text RETURNING value::bigint"
)
FAULTS = (
    (
        "SELECT count(*) FROM chunk WHERE NOT EXISTS (SELECT FROM chunk_words w WHERE w.number = chunk.number)",
        "chunk have no full text",
    ),
    (
        "SELECT count(*) FROM chunk_words w WHERE NOT EXISTS (SELECT FROM chunk c WHERE c.number = w.number)",
        "full text have no chunk",
    ),
    (
        "SELECT count(*) FROM (SELECT number, tokens, (SELECT coalesce(sum(length(positions) / 2), 0) FROM posting p"
        " WHERE p.chunk = w.number) AS found FROM chunk_words w) AS counted WHERE tokens <> found",
        "full text lack words",
    ),
    (
        "SELECT count(*) FROM article a WHERE current = 1"
        " AND NOT EXISTS (SELECT FROM origin o WHERE o.article_id = a.id)",
        "article have no origin",
    ),
    (
        "SELECT count(*) FROM article a WHERE current = 1"
        " AND NOT EXISTS (SELECT FROM chunk c WHERE c.article_id = a.id)",
        "article have no chunk",
    ),
)
UNFINISHED = "unfinished"
"""Key in the meta table: the fingerprint for which the articles are being indexed again."""


class Lock(IntEnum):
    """Advisory locks: what only one process may do at a time."""

    SCHEMA = 1
    WRITE = 2
    INGEST = 3


class PostgresLedger:
    """PostgreSQL ledger: a connection for each thread that needs one; writes need a transaction."""

    clock = "extract(epoch FROM clock_timestamp())::double precision"
    skip_locked = "FOR UPDATE SKIP LOCKED"
    by_known = ""
    among = "= ANY(?)"

    def __init__(self, address: str, *, fingerprint: str, anew: bool = False, collection: str = DEFAULT) -> None:
        """Connect, create or extend the schema, and check server and fingerprint.

        Args:
            anew: whether to delete what was made with another fingerprint, instead of refusing it.
            collection: name of a collection that `PostgresCollections` has added, or of the default one.

        Raises:
            InputError: the address is not one.
            LedgerUnavailable: the server does not answer, or is too old.
            HomeError: the schema was made by a newer version of Footnote.
            IndexMismatch: the ledger was filled with another fingerprint, or is not filled yet.
        """
        self._connections = Connections(address, collection)
        self._locks = lock_class(collection)
        self.name = self._connections.name
        self.fingerprint = fingerprint
        self.on_rollback: list[Callable[[], None]] = []
        self.on_foreign_change: list[Callable[[], None]] = []
        self._own = local()
        self._known_changes = -1
        """Number of changes after the last transaction of this process."""
        # What indexes deletes first: no process may be within an ingest then.
        with self.exclusive() if anew else nullcontext(), self._reported(), self._begun("BEGIN") as connection:
            least_version(self.name, connection)
            connection.execute("SELECT pg_advisory_xact_lock(%s, %s)", (self._locks, Lock.SCHEMA))
            ((there,),) = connection.execute("SELECT to_regclass('meta') IS NOT NULL").fetchall()
            migrate(self.name, MIGRATIONS, int(self.meta(KEY) or 0) if there else 0, self._apply)
            if not self.rows("SELECT 1 FROM article LIMIT 1"):
                self.set_meta("stamp", fingerprint)
                self.set_meta(UNFINISHED, None)
            if anew and self.meta("stamp") != fingerprint:
                self._delete_index()
            elif not anew and (mismatch := self.mismatch()):
                raise IndexMismatch(mismatch)
            if (token := self.meta("collection")) is None:
                self.set_meta("collection", token := secrets.token_hex(16))
            self.identity = "/".join((token, connection.info.dbname, *(() if collection == DEFAULT else (collection,))))
            """A copy of the database under another name is another collection, with vectors of its own."""
            self._commit()
        self._revision = Revision(fingerprint, self.rows)

    def _delete_index(self) -> None:
        """Delete chunks, full text, word vectors and clusters; articles, versions and history are kept."""
        self._current.execute("SELECT pg_advisory_xact_lock(%s, %s)", (self._locks, Lock.WRITE))
        self._current.execute("TRUNCATE chunk, chunk_words, posting, word, origin, copy")
        self.set_meta("stamp", self.fingerprint)
        self.set_meta(UNFINISHED, self.fingerprint)
        self._counted("changes")
        self._counted("deletions")

    def mismatch(self) -> str | None:
        """Return why this process must not use the ledger, in one line: another embedder, or an unfinished index."""
        sql = "SELECT key, value FROM meta WHERE key IN ('stamp', ?)"
        found: dict[str, str] = dict(self.rows(sql, UNFINISHED))
        if found.get("stamp") != self.fingerprint:
            return _mismatch(found.get("stamp"), self.fingerprint)
        if UNFINISHED in found:
            return (
                f"the articles of {self.name!r} are being indexed again, or that was interrupted; "
                "`footnote doctor` goes on with it"
            )
        return None

    def finish_indexing(self) -> None:
        """Let all processes open the ledger again, after every article has been indexed."""
        with self.transaction(searched=False, serial=True):
            self.set_meta(UNFINISHED, None)

    def _apply(self, migration: Migration) -> None:
        self._current.execute(migration.sql.encode())
        self.set_meta(KEY, str(migration.number))

    # Connections

    @property
    def _current(self) -> Connection:
        found: Connection | None = getattr(self._own, "connection", None)
        assert found is not None, "a write outside a transaction"
        return found

    @property
    def _in_transaction(self) -> bool:
        return getattr(self._own, "connection", None) is not None

    @contextmanager
    def _begun(self, begin: str) -> Iterator[Connection]:
        """Begin a transaction for this thread; what is not committed inside is rolled back."""
        assert not self._in_transaction, "a transaction inside another"
        with self._connections.transaction(begin) as connection:
            self._own.connection = connection
            try:
                yield connection
            finally:
                self._own.connection = None

    @contextmanager
    def transaction(self, *, searched: bool = True, serial: bool = False) -> Iterator[None]:
        """Commit what is executed inside, or roll it all back.

        Args:
            searched: whether it changes searched data; such transactions run one at a time, over all processes.
            serial: whether to run one at a time though it changes none.

        Raises:
            LedgerUnavailable: the server does not answer; the message says when the change may be stored nevertheless.
            HomeError: PostgreSQL failed; nothing was changed.
        """
        with self._reported(), self._begun("BEGIN"):
            try:
                if searched or serial:
                    self._wait_for_turn()
                yield
                changes = self._counted("changes") if searched else 0
                self._commit()
                self._known_changes = changes or self._known_changes
            except BaseException:
                if searched:
                    self._rolled_back()  # before the connection and with it the turn is given back
                raise

    @contextmanager
    def _reported(self) -> Iterator[None]:
        """Turn what PostgreSQL reports into an error of one line."""
        try:
            yield
        except DatabaseError as error:
            raise failure(self.name, error) from error

    def _commit(self) -> None:
        try:
            self._current.execute("COMMIT")
        except DatabaseError as error:
            raise failure(self.name, error, committing=True) from error

    def _wait_for_turn(self) -> None:
        """Take the lock of all writers, and note whether another process has written since the last time.

        Raises:
            IndexMismatch: another process has indexed the ledger for another embedder since this one opened it.
        """
        self._current.execute("SELECT pg_advisory_xact_lock(%s, %s)", (self._locks, Lock.WRITE))
        if (stamp := self.meta("stamp")) != self.fingerprint:
            raise IndexMismatch(_mismatch(stamp, self.fingerprint))
        changes = self.state().own
        if changes != self._known_changes:
            self._known_changes = changes
            for hook in self.on_foreign_change:
                hook()

    def _counted(self, key: str) -> int:
        ((number,),) = self._current.execute(COUNT, (key,)).fetchall()
        return int(number)

    def count_deletion(self) -> None:
        """Count a deletion of chunks, in the caller's transaction: caches of all processes are filled anew."""
        self._counted("deletions")

    def _rolled_back(self) -> None:
        for hook in self.on_rollback:
            hook()

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Let all reads inside see one state of the ledger."""
        if self._in_transaction:
            yield
            return
        with self._reported(), self._begun("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY") as connection:
            yield
            connection.execute("COMMIT")

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Keep other processes from ingesting, removing and filling the dense index; not from searching."""
        # A connection of its own: one that is lent could be the last, and the work inside needs others.
        with closing(self._connections.open()) as connection:
            with self._reported():
                connection.execute("SELECT pg_advisory_lock(%s, %s)", (self._locks, Lock.INGEST))
            yield  # closing the connection releases the lock

    # Statements

    def execute(self, sql: str, values: Sequence[object] = ()) -> Cursor:
        """Execute one statement in the open transaction."""
        return executed(self._current, translated(sql), bound(values))

    def insert(self, sql: str, values: Sequence[object]) -> int:
        """Execute an INSERT in the open transaction; returns the `number` that the row got."""
        ((number,),) = self.execute(f"{sql} RETURNING number", values).fetchall()
        return int(number)

    def executemany(self, sql: str, values: Iterable[Sequence[object]]) -> None:
        """Execute a statement in the open transaction, once per row of values."""
        self._current.cursor().executemany(translated(sql), [bound(each) for each in values])

    def copy_in(self, table: str, rows: Iterable[Sequence[object]]) -> None:
        """Insert rows in the open transaction, by COPY: ten times as fast as statements."""
        with self._current.cursor().copy(f"COPY {table} FROM STDIN".encode()) as copy:
            for row in rows:
                copy.write_row(row)

    def rows(self, sql: str, *values: object) -> list[Row]:
        """Return all rows of a query, in this thread's transaction if it has one.

        Raises:
            LedgerUnavailable: the server does not answer.
            HomeError: PostgreSQL failed.
        """
        if self._in_transaction:
            return self.execute(sql, values).fetchall()
        with self._reported():
            return self._connections.rows(translated(sql), bound(values))

    def listed(self, values: Collection[str]) -> list[str]:
        """Return a list of texts as the value for `among`."""
        return [str(value) for value in bound(list(values))]

    def like(self, text: str) -> str:
        """Return the condition that a text matches a pattern in small letters, of whatever ASCII case it is."""
        return f"lower({text}) LIKE ? ESCAPE '\\'"  # twice as fast as ILIKE

    def fact(self, name: str) -> str:
        """Return the SQL of a source fact's value in the column `source`."""
        return f"(({WITHOUT_NUL})::json #>> '{{{name},value}}')"

    def as_stored(self, text: str) -> str:
        """Return an article text as it is stored: the characters that stand for others are escaped."""
        return (
            text.replace(ESCAPE, ESCAPE + ESCAPE).replace(NUL, ESCAPE + NUL) if NUL in text or ESCAPE in text else text
        )

    def as_read(self, text: str) -> str:
        """Return a stored article text as it was read from its file."""
        return OWN.sub(lambda found: found[1] or "\0", text) if NUL in text or ESCAPE in text else text

    # State

    def meta(self, key: str) -> str | None:
        """Return the value of a key in the meta table, or None."""
        rows = self.rows("SELECT value FROM meta WHERE key = ?", key)
        return str(rows[0][0]) if rows else None

    def set_meta(self, key: str, value: str | None) -> None:
        """Set a key in the meta table, or delete it for None, in the caller's transaction."""
        if value is None:
            self.execute("DELETE FROM meta WHERE key = ?", (key,))
        else:
            sql = "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
            self.execute(sql, (key, value))

    def state(self) -> State:
        """Return the current state, for caches to compare; one short query."""
        found: dict[str, str] = dict(self.rows("SELECT key, value FROM meta WHERE key IN ('changes', 'deletions')"))
        return State(others=(int(found.get("deletions", 0)),), own=int(found.get("changes", 0)))

    def revision(self) -> str:
        """Return the digest of the searched data; equal for equal texts and fingerprints, in any ledger."""
        known = self._revision.known(self.state())
        if known is not None:
            return known
        with self.snapshot():
            return self._revision.at(self.state())

    def renumber(self) -> None:
        """Let the numbers of new rows follow those that were copied in."""
        with self.transaction(searched=False, serial=True):
            for table in ("turn", "brief"):
                highest = f"SELECT coalesce(max(number), 0) + 1 FROM {table}"
                self.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'number'), ({highest}), false)")

    def checkpoint(self) -> None:
        """Do nothing: what a PostgreSQL server keeps of deleted rows, its administrator decides."""

    def faults(self) -> list[str]:
        """Return integrity faults, one line each: full text that differs, articles without chunk or origin."""
        with self.snapshot():
            return [f"{n} rows of {what}" for sql, what in FAULTS if (n := self.rows(sql)[0][0])]

    def close(self) -> None:
        """Close all connections."""
        self._connections.close_idle()


def _mismatch(found: str | None, wanted: str) -> str:
    return (
        f"the index was built with {found!r} and cannot be read with {wanted!r}; "
        "`footnote doctor` rebuilds it from its articles"
    )


@lru_cache(maxsize=512)
def translated(sql: str) -> bytes:
    """Return the SQL with psycopg's signs for values; no statement of ours has a question mark or `%` in a string."""
    return sql.replace("%", "%%").replace("?", "%s").encode()


def bound(values: Sequence[object]) -> list[object]:
    """Return the values as PostgreSQL stores them."""
    return [value.replace("\0", NUL) if isinstance(value, str) and "\0" in value else value for value in values]
