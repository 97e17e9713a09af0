"""PostgreSQL errors: one line that says what was changed, and never a part of a password."""

import traceback
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from evals.studies.scaling.postgresql_server import PostgresServer
from index.errors import FootnoteError, HomeError, InputError, LedgerUnavailable
from index.store.opening import open_store
from index.store.postgresql_connections import public_name
from index.store.store import DocumentStore
from tests.test_document_store import add, story

ENDS_AT_COMMIT = (
    "CREATE FUNCTION ends() RETURNS trigger LANGUAGE plpgsql AS"
    " 'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END'",
    "CREATE CONSTRAINT TRIGGER ends AFTER INSERT ON talk DEFERRABLE INITIALLY DEFERRED"
    " FOR EACH ROW EXECUTE FUNCTION ends()",
)
FAILS = "DO $$ BEGIN RAISE EXCEPTION 'it failed' USING ERRCODE = '{}'; END $$"


@pytest.fixture
def store(postgresql: PostgresServer, tmp_path: Path) -> Iterator[DocumentStore]:
    opened = open_store(postgresql.new_database(), tmp_path, fingerprint="s")
    yield opened
    opened.close()


def one_line(error: FootnoteError) -> str:
    assert "\n" not in str(error)
    return str(error)


@pytest.mark.parametrize(
    ("address", "secrets"),
    [
        ("postgresql://user:pa%zzsecret@h/db", ["pa%", "zzsecret"]),
        ("postgresql://user:p@ssw0rd@h/db", ["ssw0rd"]),
        ("postgresql://user:pa/ssw0rd@h/db", ["pa/", "ssw0rd"]),
        ("postgresql://user:12/ssw0rd@h/db", ["ssw0rd"]),
        ("postgresql://user:p@ss:w0rd@h/db", ["ss:", "w0rd"]),
        ("postgresql://user:p@ss?sslmode=w0rd@h/db", ["ss?", "w0rd"]),
        ("postgresql://user:pa?ssw0rd=1@h/db", ["ssw0rd"]),
        ("postgresql://user:ssw0rd", ["ssw0rd"]),
        ("host=h password=pa ssw0rd", ["ssw0rd"]),
    ],
)
def test_no_part_of_a_password_that_is_not_encoded_is_said(address: str, secrets: list[str], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="percent-encode the password, or set PGPASSWORD") as raised:
        open_store(address, tmp_path, fingerprint="s")
    said = "".join(traceback.format_exception_only(raised.value))
    assert not [secret for secret in secrets if secret in said]
    assert raised.value.__cause__ is None


def test_an_encoded_password_is_read_and_left_out_of_the_name() -> None:
    assert public_name(f"postgresql://user:{quote('p@s/s?%', safe='')}@h:5433/db") == "postgresql://h:5433/db"
    assert public_name("postgresql:///db?host=/run/postgresql") == "postgresql:///run/postgresql/db"


def test_a_role_that_may_create_nothing_is_told_so(postgresql: PostgresServer, tmp_path: Path) -> None:
    address = postgresql.new_database()
    postgresql.tool("createuser", "guest")
    with pytest.raises(HomeError, match=r"permission denied for schema public.*create and change tables") as raised:
        open_store(address.replace("footnote@", "guest@"), tmp_path, fingerprint="s")
    assert not isinstance(raised.value, LedgerUnavailable)
    one_line(raised.value)


def test_a_failed_read_inside_a_snapshot_is_one_line(store: DocumentStore) -> None:
    with pytest.raises(HomeError, match="division by zero") as raised, store.ledger.snapshot():
        store.ledger.rows("SELECT 1 / 0")
    one_line(raised.value)
    assert store.articles.count() == 0


def test_a_commit_without_a_reply_is_not_called_unchanged(store: DocumentStore) -> None:
    with store.ledger.transaction(searched=False):
        for sql in ENDS_AT_COMMIT:
            store.ledger.execute(sql)
    unknown = pytest.raises(LedgerUnavailable, match="may or may not be stored")
    with unknown as raised, store.ledger.transaction(searched=False):
        store.ledger.execute("INSERT INTO talk VALUES ('c', 'title')")
    assert "nothing was changed" not in one_line(raised.value)
    assert store.ledger.rows("SELECT count(*) FROM talk") == [(0,)]


@pytest.mark.parametrize(
    ("sqlstate", "kind", "says"),
    [
        ("40P01", LedgerUnavailable, "did not finish"),
        ("57014", LedgerUnavailable, "did not finish"),
        ("53100", HomeError, "refused"),
        ("57P01", LedgerUnavailable, "does not answer"),
    ],
)
def test_only_a_server_that_is_away_does_not_answer(
    store: DocumentStore, sqlstate: str, kind: type[HomeError], says: str
) -> None:
    failed = pytest.raises(HomeError, match=f"{says} .*it failed.*nothing was changed")
    with failed as raised, store.ledger.transaction():
        store.ledger.execute(FAILS.format(sqlstate))
    assert type(raised.value) is kind
    assert ("does not answer" in one_line(raised.value)) == (says == "does not answer")


def test_connections_that_broke_are_replaced(store: DocumentStore) -> None:
    add(store, story())
    ends = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = ?"
    for _ in range(20):  # more than there are slots
        with pytest.raises(LedgerUnavailable):
            store.ledger.rows("SELECT pg_terminate_backend(pg_backend_pid())")
        assert store.articles.count() == 1
    store.ledger.rows(ends, store.name.rpartition("/")[2])
    assert store.articles.count() == 1


def test_a_failed_change_is_forgotten_before_the_next_one_has_its_turn(store: DocumentStore) -> None:
    held: list[int] = []
    locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 2 AND pid = pg_backend_pid()"
    store.ledger.on_rollback.append(lambda: held.append(store.ledger.rows(locks)[0][0]))
    for searched in (True, False):
        with pytest.raises(ValueError, match="stop"), store.ledger.transaction(searched=searched):
            raise ValueError("stop")
    assert held == [1]  # what changes nothing that is searched leaves the caches as they are
