"""The SQLite file under the document store: opened, brought up to date, and written in whole transactions."""

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
LATER = tuple(
    Path(__file__).with_name(name) for name in ("talk.sql", "origins.sql", "brief.sql", "notebook.sql", "known.sql")
)
"""Tables and indexes that came after the first ledgers."""
SCHEMA_VERSION = "1"

WORDS = "CREATE TABLE IF NOT EXISTS word (word TEXT PRIMARY KEY, vector BLOB NOT NULL) STRICT"
"""For ledgers from before there was one."""

CACHE = 16 * 1024
"""Kilobytes of pages that are kept in memory: with 2,000, SQLite reads the words of each question anew."""

APART = (
    ("SELECT count(*) FROM chunk WHERE number NOT IN (SELECT id FROM chunk_words_docsize)", "chunk have no full text"),
    ("SELECT count(*) FROM chunk_words_docsize WHERE id NOT IN (SELECT number FROM chunk)", "full text have no chunk"),
)

COUNTED = (
    "INSERT INTO meta VALUES ('changes', '1')"
    " ON CONFLICT (key) DO UPDATE SET value = CAST(CAST(value AS INTEGER) + 1 AS TEXT)"
)
"""In each transaction that changes what is searched: processes that only read know by it when to read anew."""

Connection = sqlite3.Connection
Cursor = sqlite3.Cursor
Row = tuple[Any, ...]


class Facts(NamedTuple):
    """What a ledger says of itself."""

    schema: str
    fingerprint: str | None

    def outdated(self, fingerprint: str) -> bool:
        """Whether it must be made anew before it is used under that stamp."""
        return (self.schema, self.fingerprint or fingerprint) != (SCHEMA_VERSION, fingerprint)


def read_facts(path: Path) -> Facts:
    """The facts of a ledger that no process has open, whatever made it; what a crash left in its log is folded in.

    Raises:
        HomeError: it is no ledger, or a newer Footnote made it.
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
    return Facts(schema=schema, fingerprint=known.get("stamp"))


def _other_schema(path: Path, found: str | None) -> str:
    way_out = "`footnote doctor` makes it anew from the articles in it, and keeps the old one"
    if not (found or "").isdecimal() or int(found or 0) > int(SCHEMA_VERSION):
        way_out = "a newer Footnote made it; use that one, or another --home"
    return f"the ledger {str(path)!r} has schema {found}, this Footnote needs {SCHEMA_VERSION}; {way_out}"


def connect(path: Path | str) -> Connection:
    """A connection that may write."""
    return sqlite3.connect(path, check_same_thread=False, isolation_level=None)


def connect_read_only(path: Path) -> Connection:
    """A connection that cannot write to the file; `refuse_writes` also closes what is only in memory."""
    return sqlite3.connect(
        f"{path.resolve().as_uri()}?mode=ro", uri=True, check_same_thread=False, isolation_level=None
    )


def refuse_writes(db: Connection) -> None:
    """Let SQLite itself refuse whatever would change anything on this connection."""
    db.execute("PRAGMA query_only = ON")


def set_down(path: Path) -> None:
    """Fold the log into the file for good, so that the file may be replaced.

    Raises:
        HomeError: another process has it open; its log would be taken for that of the new file.
    """
    try:
        with closing(sqlite3.connect(path, isolation_level=None, timeout=1.0)) as db:
            # In this mode SQLite wants the file for itself, and takes the log away when it is closed.
            db.execute("PRAGMA locking_mode = EXCLUSIVE").fetchall()
            db.execute("SELECT count(*) FROM sqlite_master").fetchall()
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    except sqlite3.OperationalError as error:
        raise HomeError(
            f"the ledger {str(path)!r} cannot be replaced while other processes read it ({error}); "
            "stop the replicas of this home folder first"
        ) from error


class State(NamedTuple):
    """Which state of the searched tables a reader saw; equal states mean that nothing changed."""

    others: tuple[int, ...]
    """Moves with what other connections commit."""
    own: int
    """Moves with what this one does to what is searched, or tries to."""


class Ledger:
    """One SQLite connection, shared by the parts of a document store and by threads; every write is one transaction."""

    def __init__(self, path: Path, *, fingerprint: str) -> None:
        """Name the file; `open` connects to it, after the parts have put their hooks in place.

        Args:
            stamp: names what made its chunks and vectors (embedder, heading and chunking).
        """
        self.path = path
        self.fingerprint = fingerprint
        self.lock = RLock()
        """Taken by every read and write; held by a caller whose reads must see one state."""
        self.on_open: list[Callable[[Connection], None]] = []
        """Called with each new connection, before it is used."""
        self.on_rollback: list[Callable[[], None]] = []
        """Called after a failed transaction: what was remembered of its rows does not hold."""
        self._changes = 0
        self._known: tuple[State, str] | None = None
        """The revision, and the state of the file that it is of."""

    def open(self) -> None:
        """Open the file, or create it, and bring it up to date.

        Raises:
            HomeError: the file is no ledger, cannot be written, or comes from another version of Footnote.
            IndexMismatch: the ledger was filled under another stamp.
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
        """Bring the file up to date, and make sure that it is ours; raises HomeError or IndexMismatch."""
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.execute("PRAGMA foreign_keys = ON")
        self._db.execute(f"PRAGMA cache_size = -{CACHE}")
        if not self._db.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone():
            script = SCHEMA.read_text(encoding="utf-8")
            self._db.executescript(f"BEGIN; {script} INSERT INTO meta VALUES ('schema', '{SCHEMA_VERSION}'); COMMIT;")
        self._check_schema()
        # What is removed is overwritten: it must not be readable in the file any more.
        self._db.execute("PRAGMA secure_delete = ON")
        self._db.execute(WORDS)
        for script_file in LATER:
            self._db.executescript(script_file.read_text(encoding="utf-8"))
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
                "`footnote doctor` makes it anew from the articles in it, and keeps the old one"
            )

    def meta(self, key: str) -> str | None:
        """The value kept under a key of the meta table."""
        with self.lock:
            row = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None

    def revision(self) -> str:
        """A digest of what is searched: the same texts under the same stamp give the same revision anywhere."""
        with self.lock:
            state = self.state()
            if self._known is None or self._known[0] != state:
                self._known = (state, self._digest())
            return self._known[1]

    def state(self) -> State:
        """The present state of what is searched, without reading it."""
        return State(others=(int(self.rows("PRAGMA data_version")[0][0]),), own=self._changes)

    def _digest(self) -> str:
        found = hashlib.sha256((self.meta("stamp") or "").encode())
        for row in self.rows("SELECT id, version, digest FROM article WHERE current = 1 ORDER BY id"):
            found.update(json.dumps(row).encode())
        return found.hexdigest()[:16]

    @contextmanager
    def transaction(self, *, searched: bool = True) -> Iterator[None]:
        """Commit what is executed inside, whole or not at all; `searched`: whether it may change what is searched."""
        with self.lock:
            self._changes += searched
            try:
                self._db.execute("BEGIN IMMEDIATE")
                yield
                if searched:
                    self._db.execute(COUNTED)
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
        """Run one statement of the transaction that this thread has open."""
        with self.lock:
            assert self._db.in_transaction, "a write outside a transaction"
            return self._db.execute(sql, values)

    def executemany(self, sql: str, values: Iterable[Sequence[object]]) -> None:
        """Run a statement of the open transaction for each of these rows."""
        with self.lock:
            assert self._db.in_transaction, "a write outside a transaction"
            self._db.executemany(sql, values)

    def rows(self, sql: str, *values: object) -> list[Row]:
        """Everything that a query finds."""
        with self.lock:
            try:
                return self._db.execute(sql, values).fetchall()
            except sqlite3.OperationalError as error:
                raise HomeError(f"the ledger {str(self.path)!r} cannot be read: {error}") from error

    def copy_tables(self, old: Path, tables: Sequence[str]) -> None:
        """Copy these tables from another ledger, as far as both have them and their columns.

        Raises:
            HomeError: the other one lacks a table, or a column that must be filled.
        """
        self._db.execute("ATTACH ? AS old", (str(old),))
        with self.transaction():
            for table in tables:
                needed, here = self._columns("main", table, needed=True), self._columns("main", table)
                both = here & (held := self._columns("old", table))
                if (held or table == "article") and needed - held:
                    raise HomeError(
                        f"the ledger {str(old)!r} cannot be made anew: its {table} table lacks "
                        f"{', '.join(sorted(needed - held))}; use another --home and ingest again"
                    )
                names = ", ".join(f'"{column}"' for column in sorted(both))
                if both:
                    self.execute(f"INSERT INTO main.{table} ({names}) SELECT {names} FROM old.{table}")
        self._db.execute("DETACH old")

    def _columns(self, schema: str, table: str, *, needed: bool = False) -> set[str]:
        only = 'WHERE "notnull" AND dflt_value IS NULL AND NOT pk' if needed else ""
        return {row[0] for row in self.rows(f"SELECT name FROM pragma_table_info(?, ?) {only}", table, schema)}

    def checkpoint(self) -> None:
        """Write the log back into the file and empty it, for it holds pages as they were; if not now, at the end."""
        with self.lock, suppress(sqlite3.OperationalError):
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def skip_syncing(self) -> None:
        """Do not wait for the disk: for made-up data, which a power cut may take."""
        self._db.execute("PRAGMA synchronous = OFF")

    def faults(self) -> list[str]:
        """What is wrong with the file itself: damaged pages, broken ties, a full text that is not the chunks' own."""
        with self.lock:
            found = [str(row[0]) for row in self.rows("PRAGMA integrity_check") if row[0] != "ok"]
            found += [f"a row of {row[0]} names no {row[2]}" for row in self.rows("PRAGMA foreign_key_check")]
            try:
                self._db.execute("INSERT INTO chunk_words (chunk_words) VALUES ('integrity-check')")
            except sqlite3.DatabaseError as error:
                found.append(f"the full text: {error}")
            found += [f"{n} rows of {what}" for sql, what in APART if (n := self.rows(sql)[0][0])]
        return found

    def close(self) -> None:
        """Fold the write-ahead log into the file and let it go."""
        with self.lock:
            self._db.close()
