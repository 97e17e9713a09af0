"""Whatever a reader names, files, folders or addresses, as one stream of articles."""

from collections.abc import Callable, Iterator, MutableMapping, Sequence
from pathlib import Path

from index.errors import InputError
from index.reading import Entry, entries, is_feed, read_paths, read_raw
from index.types import Article, Source
from service.ingestion.fetcher import Fetcher

MOST_PAGES = 200
"""Pages that one feed may have fetched."""
PathById = MutableMapping[str, Path]


def is_address(source: str) -> bool:
    """Whether it names something to fetch; `mailto:` and the like are taken for it too, and then refused."""
    return "://" in source


def iter_articles(
    sources: Sequence[str],
    fetcher: Fetcher,
    path_by_id: PathById | None = None,
    done: Callable[[], None] = lambda: None,
) -> Iterator[Article | InputError]:
    """The articles of every source, in order; `done` is told of each file and each address that was read."""
    path_by_id = {} if path_by_id is None else path_by_id
    for source in sources:
        if is_address(source):
            yield from read_address(source, fetcher)
            done()
        else:
            yield from read_paths([Path(source)], path_by_id, lambda path: done())


def read_address(address: str, fetcher: Fetcher) -> Iterator[Article | InputError]:
    """The article behind an address; of a feed those of its entries, each from its page when it says too little."""
    try:
        raw = fetcher.fetch(address)
        found = entries(raw) if is_feed(raw) else None
    except InputError as error:
        yield error
        return
    if found is None:
        yield from read_raw(raw)
        return
    pages = 0
    for entry in found:
        if entry.teaser and entry.url and pages < MOST_PAGES:
            pages += 1
            yield from _from_page(entry, entry.url, fetcher)
        elif entry.article is not None:
            yield entry.article
        else:
            yield InputError(f"{address!r}: entry {entry.title[:80]!r} has neither a text nor a page")


def _from_page(entry: Entry, address: str, fetcher: Fetcher) -> Iterator[Article | InputError]:
    """The page under the entry's id; when it cannot be had, what the feed has of it and the reason."""
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
    told = entry.article.source if entry.article else Source()
    yield page.model_copy(update={"id": entry.id, "source": _filled(page.source, told)})


def _filled(page: Source, told: Source) -> Source:
    """What the page leaves open as the feed tells it; a domain is less than the feed's own name."""
    names = ("title", "outlet", "author", "published")
    better = {name: getattr(told, name) for name in names if getattr(page, name).basis != "stated"}
    return page.model_copy(update={name: fact for name, fact in better.items() if fact.value})
