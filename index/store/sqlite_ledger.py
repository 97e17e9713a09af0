"""Ledger: the SQLite file of a document store, with its schema, transactions, revision and integrity checks."""

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import RLock
from typing import Any, NamedTuple

from index.errors import HomeError, IndexMismatch

SCHEMA = Path(__file__).with_name("schema.sql")
ADDITIONS = tuple(
    Path(__file__).with_name(f"{name}.sql")
    for name in ("turns", "origins", "briefs", "conversations", "covering_indexes", "identity")
)
"""Scripts that create the tables and indexes added after the first schema; run at every opening."""
SCHEMA_VERSION = "1"

WORD_TABLE = "CREATE TABLE IF NOT EXISTS word (word TEXT PRIMARY KEY, vector BLOB NOT NULL) STRICT"
"""For ledgers that are older than this table."""

PAGE_CACHE_KILOBYTES = 16 * 1024
"""With 2,000, SQLite would read the postings from the file again for each question."""

ORPHAN_COUNTS = (
    ("SELECT count(*) FROM chunk WHERE number NOT IN (SELECT id FROM chunk_words_docsize)", "chunk have no full text"),
    ("SELECT count(*) FROM chunk_words_docsize WHERE id NOT IN (SELECT number FROM chunk)", "full text have no chunk"),
)

COUNT_CHANGE = (
    "INSERT INTO meta VALUES ('changes', '1')"
    " ON CONFLICT (key) DO UPDATE SET value = CAST(CAST(value AS INTEGER) + 1 AS TEXT)"
)
"""Part of each transaction that changes searched data: it shows read-only processes that their caches are stale."""

Connection = sqlite3.Connection
Cursor = sqlite3.Cursor
Row = tuple[Any, ...]


class LedgerHeader(NamedTuple):
    """Ledger header: schema version and index fingerprint from the meta table."""

    schema: str
    fingerprint: str | None

    def outdated(self, fingerprint: str) -> bool:
        """Whether the ledger must be rebuilt before it can be used with that fingerprint."""
        return (self.schema, self.fingerprint or fingerprint) != (SCHEMA_VERSION, fingerprint)


def read_header(path: Path) -> LedgerHeader:
    """Read the header of a ledger of any schema that no process has open; checkpoints a WAL left by a crash.

    Raises:
        HomeError: the file is not a ledger, or was made by a newer version of Footnote.
    """
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            known = dict(db.execute("SELECT key, value FROM meta"))
    except sqlite3.Error as error:
        raise HomeError(f"the ledger {str(path)!r} cannot be used: {error}") from error
    schema = str(known.get("schema", "0"))
    if not schema.isdecimal() or int(schema) > int(SCHEMA_VERSION):
        raise HomeError(_other_schema(path, schema))
    return LedgerHeader(schema=schema, fingerprint=known.get("stamp"))


def _other_schema(path: Path, found: str | None) -> str:
    way_out = "`footnote doctor` rebuilds it from its articles and keeps the old file"
    if not (found or "").isdecimal() or int(found or 0) > int(SCHEMA_VERSION):
        way_out = "a newer Footnote made it; use that one, or another --home"
    return f"the ledger {str(path)!r} has schema {found}, this Footnote needs {SCHEMA_VERSION}; {way_out}"


def connect(path: Path | str) -> Connection:
    """Open a connection for reading and writing."""
    return sqlite3.connect(path, check_same_thread=False, isolation_level=None)


def connect_read_only(path: Path) -> Connection:
    """Open a connection that cannot write to the file; `refuse_writes` also forbids writes to temporary tables."""
    return sqlite3.connect(
        f"{path.resolve().as_uri()}?mode=ro", uri=True, check_same_thread=False, isolation_level=None
    )


def refuse_writes(db: Connection) -> None:
    """Make SQLite refuse every statement that would change data on this connection."""
    db.execute("PRAGMA query_only = ON")


def checkpoint_exclusively(path: Path) -> None:
    """Checkpoint the WAL and delete it, so that the file may be replaced.

    Raises:
        HomeError: another process has the file open; its WAL would be read as the WAL of the new file.
    """
    try:
        with closing(sqlite3.connect(path, isolation_level=None, timeout=1.0)) as db:
            # In this mode SQLite locks the file for this process, and deletes the WAL on close.
            db.execute("PRAGMA locking_mode = EXCLUSIVE").fetchall()
            db.execute("SELECT count(*) FROM sqlite_master").fetchall()
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    except sqlite3.OperationalError as error:
        raise HomeError(
            f"the ledger {str(path)!r} cannot be replaced while other processes read it ({error}); "
            "stop the replicas of this home folder first"
        ) from error


class State(NamedTuple):
    """State of the searched tables: a cache that was filled at an equal state is still valid."""

    others: tuple[int, ...]
    """Changes after a commit of another connection."""
    own: int
    """Changes after a transaction of this connection, committed or rolled back."""


class Ledger:
    """Ledger: one SQLite connection, shared by threads and the parts of a document store; writes need a transaction."""

    def __init__(self, path: Path, *, fingerprint: str) -> None:
        """Store path and fingerprint; `open` connects later, after the parts have registered their hooks.

        Args:
            fingerprint: identifies embedder, heading and chunking that its chunks and vectors were made with.
        """
        self.path = path
        self.fingerprint = fingerprint
        self.lock = RLock()
        """Reentrant; acquired by each read and write, and around several reads that must see the same state."""
        self.on_open: list[Callable[[Connection], None]] = []
        """Hooks that prepare each new connection."""
        self.on_rollback: list[Callable[[], None]] = []
        """Hooks that invalidate caches after a failed transaction."""
        self._changes = 0
        self._cached_revision: tuple[State, str] | None = None

    def open(self) -> None:
        """Connect, create or extend the schema, and check schema version and fingerprint.

        Raises:
            HomeError: the file is not a ledger, cannot be written, or has the schema of another version of Footnote.
            IndexMismatch: the ledger was filled with another fingerprint.
        """
        try:
            self._db = self._connected()
            try:
                self._prepare()
            except BaseException:
                self._db.close()
                raise
        except sqlite3.Error as error:
            raise HomeError(f"the ledger {str(self.path)!r} cannot be used: {error}") from error

    def _connected(self) -> Connection:
        return connect(self.path)

    def _prepare(self) -> None:
        self._set_up()
        for prepare in self.on_open:
            prepare(self._db)

    def _set_up(self) -> None:
        """Create or extend the schema and check header and fingerprint; raises HomeError or IndexMismatch."""
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.execute("PRAGMA foreign_keys = ON")
        self._db.execute(f"PRAGMA cache_size = -{PAGE_CACHE_KILOBYTES}")
        if not self._db.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone():
            script = SCHEMA.read_text(encoding="utf-8")
            self._db.executescript(f"BEGIN; {script} INSERT INTO meta VALUES ('schema', '{SCHEMA_VERSION}'); COMMIT;")
        self._check_schema()
        # Overwrite deleted rows, so that removed articles cannot be read in the file.
        self._db.execute("PRAGMA secure_delete = ON")
        self._db.execute(WORD_TABLE)
        for addition in ADDITIONS:
            self._db.executescript(addition.read_text(encoding="utf-8"))
        if not self._db.execute("SELECT 1 FROM chunk LIMIT 1").fetchone():
            self._db.execute("INSERT OR REPLACE INTO meta VALUES ('stamp', ?)", (self.fingerprint,))
        self._check_fingerprint()

    def _check_schema(self) -> None:
        if (found := self.meta("schema")) != SCHEMA_VERSION:
            raise HomeError(_other_schema(self.path, found))

    def _check_fingerprint(self) -> None:
        if (found := self.meta("stamp")) != self.fingerprint:
            raise IndexMismatch(
                f"the index was built with {found!r} and cannot be read with {self.fingerprint!r}; "
                "`footnote doctor` rebuilds it from its articles and keeps the old file"
            )

    def meta(self, key: str) -> str | None:
        """Return the value of a key in the meta table, or None."""
        with self.lock:
            row = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None

    def set_meta(self, key: str, value: str | None) -> None:
        """Set a key in the meta table, or delete it for None, in the caller's transaction."""
        self.execute("DELETE FROM meta WHERE key = ?", (key,))
        if value is not None:
            self.execute("INSERT INTO meta VALUES (?, ?)", (key, value))

    def revision(self) -> str:
        """Return the digest of the searched data; equal for equal texts and fingerprints, in any home folder."""
        with self.lock:
            state = self.state()
            if self._cached_revision is None or self._cached_revision[0] != state:
                self._cached_revision = (state, self._digest())
            return self._cached_revision[1]

    def state(self) -> State:
        """Return the current state, for caches to compare; costs one pragma."""
        return State(others=(int(self.rows("PRAGMA data_version")[0][0]),), own=self._changes)

    def _digest(self) -> str:
        found = hashlib.sha256((self.meta("stamp") or "").encode())
        for row in self.rows("SELECT id, version, digest FROM article WHERE current = 1 ORDER BY id"):
            found.update(json.dumps(row).encode())
        for row in self.rows("SELECT article_id, field, value FROM correction ORDER BY article_id, field"):
            found.update(json.dumps(row).encode())
        return found.hexdigest()[:16]

    @contextmanager
    def transaction(self, *, searched: bool = True) -> Iterator[None]:
        """Commit what is executed inside, or roll it all back; `searched`: whether it changes searched data.

        Raises:
            HomeError: SQLite failed; nothing was changed.
        """
        with self.lock:
            self._changes += searched
            try:
                self._db.execute("BEGIN IMMEDIATE")
                yield
                if searched:
                    self._db.execute(COUNT_CHANGE)
                self._db.execute("COMMIT")
            except sqlite3.Error as error:
                self._rollback()
                raise HomeError(f"the ledger {str(self.path)!r} was not changed: {error}") from error
            except BaseException:
                self._rollback()
                raise

    def _rollback(self) -> None:
        self._changes += 1
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")
        for forget in self.on_rollback:
            forget()

    def execute(self, sql: str, values: Sequence[object] | Mapping[str, object] = ()) -> Cursor:
        """Execute one statement in the open transaction."""
        with self.lock:
            assert self._db.in_transaction, "a write outside a transaction"
            return self._db.execute(sql, values)

    def executemany(self, sql: str, values: Iterable[Sequence[object]]) -> None:
        """Execute a statement in the open transaction, once per row of values."""
        with self.lock:
            assert self._db.in_transaction, "a write outside a transaction"
            self._db.executemany(sql, values)

    def rows(self, sql: str, *values: object) -> list[Row]:
        """Return all rows of a query; raises HomeError when the file cannot be read."""
        with self.lock:
            try:
                return self._db.execute(sql, values).fetchall()
            except sqlite3.OperationalError as error:
                raise HomeError(f"the ledger {str(self.path)!r} cannot be read: {error}") from error

    def copy_tables(self, old: Path, tables: Sequence[str]) -> None:
        """Copy these tables from another ledger: tables and columns that both ledgers have.

        Raises:
            HomeError: the other ledger lacks the article table, or a column that must be filled.
        """
        self._db.execute("ATTACH ? AS old", (str(old),))
        with self.transaction():
            for table in tables:
                needed, here = self._columns("main", table, needed=True), self._columns("main", table)
                both = here & (there := self._columns("old", table))
                if (there or table == "article") and needed - there:
                    raise HomeError(
                        f"the ledger {str(old)!r} cannot be rebuilt: its {table} table lacks "
                        f"{', '.join(sorted(needed - there))}; use another --home and ingest again"
                    )
                names = ", ".join(f'"{column}"' for column in sorted(both))
                if both:
                    self.execute(f"INSERT INTO main.{table} ({names}) SELECT {names} FROM old.{table}")
        self._db.execute("DETACH old")

    def _columns(self, schema: str, table: str, *, needed: bool = False) -> set[str]:
        only = 'WHERE "notnull" AND dflt_value IS NULL AND NOT pk' if needed else ""
        return {row[0] for row in self.rows(f"SELECT name FROM pragma_table_info(?, ?) {only}", table, schema)}

    def checkpoint(self) -> None:
        """Checkpoint and truncate the WAL, which still has deleted text; if a reader is active, `close` does it."""
        with self.lock, suppress(sqlite3.OperationalError):
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def skip_syncing(self) -> None:
        """Turn fsync off, for generated data that may be lost in a power cut."""
        self._db.execute("PRAGMA synchronous = OFF")

    def faults(self) -> list[str]:
        """Return integrity faults, one line each: damaged pages, dangling keys, full text that differs from chunks."""
        with self.lock:
            found = [str(row[0]) for row in self.rows("PRAGMA integrity_check") if row[0] != "ok"]
            found += [f"a row of {row[0]} names no {row[2]}" for row in self.rows("PRAGMA foreign_key_check")]
            try:
                self._db.execute("INSERT INTO chunk_words (chunk_words) VALUES ('integrity-check')")
            except sqlite3.DatabaseError as error:
                found.append(f"the full text: {error}")
            found += [f"{n} rows of {what}" for sql, what in ORPHAN_COUNTS if (n := self.rows(sql)[0][0])]
        return found

    def close(self) -> None:
        """Close the connection, which checkpoints the WAL."""
        with self.lock:
            self._db.close()
