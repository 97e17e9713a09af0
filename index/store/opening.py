"""Opening a document store or the list of collections: in PostgreSQL where an address is given, else in files."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index.errors import HomeError
from index.store.named_collections import DEFAULT, FolderCollections, NamedCollections
from index.store.store import DocumentStore


def open_store(
    address: str, path: Path, *, fingerprint: str, anew: bool = False, collection: str = DEFAULT
) -> DocumentStore:
    """Open or create the document store at `address`, or without one in the file `path`.

    Args:
        address: `postgresql://...`, or empty.
        fingerprint: identifies embedder, heading and chunking that its chunks and vectors were made with.
        anew: whether to delete the chunks of a database that were made with another fingerprint, instead of refusing.
        collection: name of the collection of the database; a file has one.

    Raises:
        InputError: the address is not one.
        LedgerUnavailable: the database does not answer, or is too old.
        HomeError: the file is not a ledger, the schema is another one, or psycopg is not installed.
        IndexMismatch: the ledger was filled with another fingerprint.
    """
    if not address:
        return DocumentStore.open(path, fingerprint=fingerprint)
    with _driver_needed():
        # Imported here, because it brings psycopg, which is optional and takes a tenth of a second.
        from index.store.postgresql import open_postgresql  # noqa: PLC0415
    return open_postgresql(address, fingerprint=fingerprint, anew=anew, collection=collection)


def open_collections(address: str, folder: Path) -> NamedCollections:
    """Return the named collections of the database at `address`, or without one those below `folder`.

    Raises:
        InputError: the address is not one.
        HomeError: psycopg is not installed.
    """
    if not address:
        return FolderCollections(folder)
    with _driver_needed():
        from index.store.postgresql_collections import PostgresCollections  # noqa: PLC0415 - as above
    return PostgresCollections(address)


@contextmanager
def _driver_needed() -> Iterator[None]:
    try:
        yield
    except ImportError as error:
        raise HomeError(
            f"FOOTNOTE_STORE names a database, and its driver is missing ({error}); "
            "pip install 'psycopg[binary]>=3.2' in Footnote's environment"
        ) from error
