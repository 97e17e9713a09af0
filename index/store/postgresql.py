"""Document store in PostgreSQL; imported only where one is used, because psycopg is an optional dependency."""

from index.store.named_collections import DEFAULT
from index.store.postgresql_ledger import PostgresLedger
from index.store.postgresql_postings import PostgresPostings
from index.store.store import DocumentStore


def open_postgresql(address: str, *, fingerprint: str, anew: bool = False, collection: str = DEFAULT) -> DocumentStore:
    """Open the document store in a database, or create it there; arguments and errors as in `PostgresLedger`."""
    ledger = PostgresLedger(address, fingerprint=fingerprint, anew=anew, collection=collection)
    return DocumentStore(ledger, PostgresPostings(ledger))
