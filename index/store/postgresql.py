"""Document store in PostgreSQL; imported only where one is used, because psycopg is an optional dependency."""

from index.store.postgresql_ledger import PostgresLedger
from index.store.postgresql_postings import PostgresPostings
from index.store.store import DocumentStore


def open_postgresql(address: str, *, fingerprint: str) -> DocumentStore:
    """Open the document store in a database, and create its tables in an empty one; raises as `PostgresLedger`."""
    ledger = PostgresLedger(address, fingerprint=fingerprint)
    return DocumentStore(ledger, PostgresPostings(ledger))
