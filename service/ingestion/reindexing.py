"""Reindexing: rebuild a collection that was made with another embedder, chunking version or schema."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from index.embedding import Embedder
from index.store.named_collections import DEFAULT
from index.store.opening import open_store
from index.store.sqlite_ledger import SqliteLedger
from index.store.sqlite_replacement import COPIED_TABLES, is_outdated, replace_ledger
from index.store.store import DocumentStore
from service.ingestion.ingest import index_fingerprint, prepare

PROGRESS_INTERVAL = 50
"""Number of articles between two progress lines."""


def reindex(ledger: Path, embedder: Embedder, tell: Callable[[str], None] = lambda line: None) -> Path | None:
    """Chunk and embed all current articles again; versions, receipts and conversations are kept.

    Returns the path of the replaced ledger, or None if it is up to date; `tell` receives progress lines.
    """
    fingerprint = index_fingerprint(embedder)
    if not is_outdated(ledger, fingerprint):
        return None
    return replace_ledger(ledger, lambda making: _fill(making, ledger, fingerprint, embedder, tell))


def _fill(making: Path, old: Path, fingerprint: str, embedder: Embedder, tell: Callable[[str], None]) -> None:
    with closing(SqliteLedger(making, fingerprint=fingerprint)) as ledger:
        ledger.copy_tables(old, COPIED_TABLES)
    with closing(DocumentStore.open(making, fingerprint=fingerprint)) as store:
        _index_all(store, embedder, tell)


def reindex_database(
    address: str, embedder: Embedder, tell: Callable[[str], None] = lambda line: None, collection: str = DEFAULT
) -> int:
    """Chunk and embed the current articles of a database again where its index is another one; returns how many.

    It can be interrupted: what lacks chunks is indexed the next time, and until then no other process opens it.
    """
    fingerprint = index_fingerprint(embedder)
    opened = open_store(address, Path(), fingerprint=fingerprint, anew=True, collection=collection)
    with closing(opened) as store, store.exclusive():
        done = _index_all(store, embedder, tell)
        store.ledger.finish_indexing()
    return done


def _index_all(store: DocumentStore, embedder: Embedder, tell: Callable[[str], None]) -> int:
    """Index every current article without chunks."""
    waiting = store.articles.without_chunks()
    for done, article_id in enumerate(waiting, start=1):
        stored = store.articles.get(article_id)
        ready = prepare(stored.article, stored.version, embedder)
        vectors = embedder.embed_parts(ready.texts, ready.parts)
        store.fill_in(ready.article, ready.version, ready.chunks, vectors, ready.heading)
        if done % PROGRESS_INTERVAL == 0 or done == len(waiting):
            tell(f"{done} of {len(waiting)} articles embedded again")
    return len(waiting)
