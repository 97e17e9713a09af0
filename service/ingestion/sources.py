"""Ingest sources: read the files, folders and URLs of a command line as one stream of articles."""

from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from pathlib import Path

from index.errors import InputError
from index.reading import FeedEntry, feed_entries, is_feed, located, read_paths, read_raw
from index.store.identity import give
from index.types import Article, Source
from service.ingestion.fetcher import Fetcher

MAX_FEED_PAGES = 200
"""Maximum number of pages fetched for the entries of one feed."""
PathById = MutableMapping[str, Path]
"""File by article id; another file with the same id is refused."""


def is_address(source: str) -> bool:
    """Whether a source is a URL; the fetcher refuses other schemes than http and https."""
    return "://" in source


def iter_articles(
    sources: Sequence[str],
    fetcher: Fetcher,
    path_by_id: PathById | None = None,
    done: Callable[[], None] = lambda: None,
) -> Iterator[Article | InputError]:
    """Yield the articles of all sources in order, or an error per unusable input; `done` is called per file or URL."""
    path_by_id = {} if path_by_id is None else path_by_id
    for source in sources:
        if is_address(source):
            yield from read_address(source, fetcher)
            done()
        else:
            yield from read_paths([Path(source)], path_by_id, lambda path: done())


def with_facts(found: Iterator[Article | InputError], given: Mapping[str, str]) -> Iterator[Article | InputError]:
    """Yield the items with the facts that the reader gives, on the articles that do not state them."""
    for item in found:
        yield give(item, given) if isinstance(item, Article) else item


def read_address(address: str, fetcher: Fetcher) -> Iterator[Article | InputError]:
    """Yield the article at a URL or, for a feed, its entries; teaser entries are fetched from their pages."""
    try:
        raw = fetcher.fetch(address)
        found = feed_entries(raw) if is_feed(raw) else None
    except InputError as error:
        yield error
        return
    if found is None:
        yield from read_raw(raw)
        return
    yield from located(_entries(address, found, fetcher), raw.url)


def _entries(address: str, found: Sequence[FeedEntry], fetcher: Fetcher) -> Iterator[Article | InputError]:
    pages = 0
    for entry in found:
        if entry.teaser and entry.url and pages < MAX_FEED_PAGES:
            pages += 1
            yield from _from_page(entry, entry.url, fetcher)
        elif entry.article is not None:
            yield entry.article
        else:
            yield InputError(f"{address!r}: entry {entry.title[:80]!r} has neither a text nor a page")


def _from_page(entry: FeedEntry, address: str, fetcher: Fetcher) -> Iterator[Article | InputError]:
    """Yield the article of an entry's page under the entry's id; if that fails, the error and the feed's text."""
    try:
        found = list(read_raw(fetcher.fetch(address)))
    except InputError as error:
        found = [error]
    page = next((item for item in found if isinstance(item, Article)), None)
    if page is None:
        yield from (item for item in found if isinstance(item, InputError))
        if entry.article is not None:
            yield entry.article
        return
    stated = entry.article.source if entry.article else Source()
    yield page.model_copy(update={"id": entry.id, "id_basis": entry.id_basis, "source": _filled(page.source, stated)})


def _filled(page: Source, feed: Source) -> Source:
    """Return the metadata of a page, with fields that the page does not state filled from the feed."""
    fields = ("title", "outlet", "author", "published")
    better = {name: getattr(feed, name) for name in fields if getattr(page, name).basis != "stated"}
    return page.model_copy(update={name: fact for name, fact in better.items() if fact.value})
