"""Ledger: the SQLite file of a document store, with its schema, transactions, revision and integrity checks."""

import json
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext, suppress
from pathlib import Path
from threading import RLock
from typing import NamedTuple

from index.errors import CollectionChanged, HomeError, IndexMismatch
from index.store.ledger import Row, State
from index.store.migrations import KEY, Migration, migrate, migrations
from index.store.revision import Revision

MIGRATIONS = migrations("sqlite")
SCHEMA_VERSION = "1"
"""Version of the whole schema: a ledger with a lower one is rebuilt from its articles."""

PAGE_CACHE_KILOBYTES = 16 * 1024
"""With 2,000, SQLite would read the postings from the file again for each question."""

ORPHAN_COUNTS = (
    ("SELECT count(*) FROM chunk WHERE number NOT IN (SELECT id FROM chunk_words_docsize)", "chunk have no full text"),
    ("SELECT count(*) FROM chunk_words_docsize WHERE id NOT IN (SELECT number FROM chunk)", "full text have no chunk"),
)

Connection = sqlite3.Connection
Cursor = sqlite3.Cursor


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
            f"the ledger {str(path)!r} cannot be replaced while another process has it open ({error}); "
            "stop that one first"
        ) from error


class SqliteLedger:
    """SQLite ledger: one connection, shared by threads and the parts of a document store; writes need a transaction."""

    identity = None
    clock = "((julianday('now') - 2440587.5) * 86400.0)"
    skip_locked = ""
    by_known = "INDEXED BY article_known"
    among = "IN (SELECT value FROM json_each(?))"

    def __init__(self, path: Path, *, fingerprint: str) -> None:
        """Connect, create or extend the schema, and check schema version and fingerprint.

        Args:
            fingerprint: identifies embedder, heading and chunking that its chunks and vectors were made with.

        Raises:
            HomeError: the file is not a ledger, cannot be written, or has the schema of another version of Footnote.
            IndexMismatch: the ledger was filled with another fingerprint.
        """
        self.path = path
        self.name = str(path)
        self.fingerprint = fingerprint
        self.lock = RLock()
        """Reentrant; acquired by each read and write, and around several reads that must see the same state."""
        self.on_rollback: list[Callable[[], None]] = []
        self.on_foreign_change: list[Callable[[], None]] = []
        """Never called: one process owns the file."""
        self._changes = 0
        self._closed = False
        try:
            self._db = connect(self.path)
            try:
                self._set_up()
            except BaseException:
                self._db.close()
                raise
        except sqlite3.Error as error:
            raise HomeError(f"the ledger {str(self.path)!r} cannot be used: {error}") from error

    def _set_up(self) -> None:
        """Create or extend the schema and check header and fingerprint; raises HomeError or IndexMismatch."""
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.execute("PRAGMA foreign_keys = ON")
        self._db.execute(f"PRAGMA cache_size = -{PAGE_CACHE_KILOBYTES}")
        applied = 0
        if self._db.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone():
            self._check_schema()
            applied = int(self.meta(KEY) or 1)
        # Overwrite deleted rows, so that removed articles cannot be read in the file.
        self._db.execute("PRAGMA secure_delete = ON")
        migrate(self.name, MIGRATIONS, applied, self._apply)
        if not self._db.execute("SELECT 1 FROM chunk LIMIT 1").fetchone():
            self._db.execute("INSERT OR REPLACE INTO meta VALUES ('stamp', ?)", (self.fingerprint,))
        self._check_fingerprint()
        self._revision = Revision(self.fingerprint, self.rows)

    def _apply(self, migration: Migration) -> None:
        first = f"INSERT INTO meta VALUES ('schema', '{SCHEMA_VERSION}');" if migration.number == 1 else ""
        done = f"INSERT OR REPLACE INTO meta VALUES ('{KEY}', '{migration.number}');"
        self._db.executescript(f"BEGIN; {migration.sql} {first} {done} COMMIT;")

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
        rows = self.rows("SELECT value FROM meta WHERE key = ?", key)
        return rows[0][0] if rows else None

    def set_meta(self, key: str, value: str | None) -> None:
        """Set a key in the meta table, or delete it for None, in the caller's transaction."""
        self.execute("DELETE FROM meta WHERE key = ?", (key,))
        if value is not None:
            self.execute("INSERT INTO meta VALUES (?, ?)", (key, value))

    def revision(self) -> str:
        """Return the digest of the searched data; equal for equal texts and fingerprints, in any home folder."""
        with self.lock:
            return self._revision.at(self.state())

    def state(self) -> State:
        """Return the current state, for caches to compare; costs one pragma."""
        return State(others=(int(self.rows("PRAGMA data_version")[0][0]),), own=self._changes)

    @contextmanager
    def transaction(self, *, searched: bool = True, serial: bool = False) -> Iterator[None]:
        """Commit what is executed inside, or roll it all back; `searched`: whether it changes searched data.

        All transactions run one at a time.

        Raises:
            HomeError: SQLite failed; nothing was changed.
        """
        with self.lock:
            self._check_open()
            self._changes += searched
            try:
                self._db.execute("BEGIN IMMEDIATE")
                yield
                self._db.execute("COMMIT")
            except sqlite3.Error as error:
                self._rollback(searched)
                raise HomeError(
                    f"nothing was stored in {str(self.path)!r} ({error}); if its disk is full or cannot be written, "
                    "mend that and try again"
                ) from error
            except BaseException:
                self._rollback(searched)
                raise

    def _rollback(self, searched: bool) -> None:
        self._changes += searched
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")
        for forget in self.on_rollback if searched else ():
            forget()

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Let all reads inside see one state: nothing else uses the connection meanwhile."""
        with self.lock:
            yield

    def exclusive(self) -> AbstractContextManager[None]:
        """Do nothing: one process owns the file."""
        return nullcontext()

    def listed(self, values: Collection[str]) -> str:
        """Return a list of texts as the value for `among`."""
        return json.dumps(list(values))

    def like(self, text: str) -> str:
        """Return the condition that a text matches a pattern in small letters, of whatever ASCII case it is."""
        return f"{text} LIKE ? ESCAPE '\\'"

    def fact(self, name: str) -> str:
        """Return the SQL of a source fact's value in the column `source`."""
        return f"json_extract(source, '$.{name}.value')"

    def as_stored(self, text: str) -> str:
        """Return an article text as it is stored: the same."""
        return text

    def as_read(self, text: str) -> str:
        """Return a stored article text as it was read from its file: the same."""
        return text

    def insert(self, sql: str, values: Sequence[object]) -> int:
        """Execute an INSERT in the open transaction; returns the `number` that the row got."""
        number = self.execute(sql, values).lastrowid
        assert number is not None
        return number

    def execute(self, sql: str, values: Sequence[object] = ()) -> Cursor:
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
            self._check_open()
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

    def mismatch(self) -> None:
        """Return None: one process owns the file, and only a complete file takes the place of another."""

    def finish_indexing(self) -> None:
        """Do nothing: the file is put into its place when it is complete."""

    def renumber(self) -> None:
        """Do nothing: SQLite numbers a new row after the highest."""

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

    def _check_open(self) -> None:
        """Raise CollectionChanged after `close`: the collection was removed during a request."""
        if self._closed:
            raise CollectionChanged(f"the collection in {str(self.path)!r} was removed while this was being worked out")

    def close(self) -> None:
        """Close the connection, which checkpoints the WAL."""
        with self.lock:
            self._closed = True
            self._db.close()
