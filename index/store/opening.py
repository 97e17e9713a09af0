"""Opening a document store: in PostgreSQL where an address is given, else in a SQLite file."""

from pathlib import Path

from index.errors import HomeError
from index.store.store import DocumentStore


def open_store(address: str, path: Path, *, fingerprint: str, anew: bool = False) -> DocumentStore:
    """Open or create the document store at `address`, or without one in the file `path`.

    Args:
        address: `postgresql://...`, or empty.
        fingerprint: identifies embedder, heading and chunking that its chunks and vectors were made with.
        anew: whether to delete the chunks of a database that were made with another fingerprint, instead of refusing.

    Raises:
        InputError: the address is not one.
        LedgerUnavailable: the database does not answer, or is too old.
        HomeError: the file is not a ledger, the schema is another one, or psycopg is not installed.
        IndexMismatch: the ledger was filled with another fingerprint.
    """
    if not address:
        return DocumentStore.open(path, fingerprint=fingerprint)
    try:
        # Imported here, because it brings psycopg, which is optional and takes a tenth of a second.
        from index.store.postgresql import open_postgresql  # noqa: PLC0415
    except ImportError as error:
        raise HomeError(
            f"FOOTNOTE_STORE names a database, and its driver is missing ({error}); pip install 'footnote[postgresql]'"
        ) from error
    return open_postgresql(address, fingerprint=fingerprint, anew=anew)
