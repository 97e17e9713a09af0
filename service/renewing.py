"""A collection that another embedder, chunking or schema filled, made anew with the one at hand."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from index.catalogue import Catalogue
from index.embedding import Embedder
from index.ledger import Ledger
from index.migrating import KEPT, is_outdated, replace_ledger
from service.collecting import prepare, stamp_of
from service.home import Home
from service.loading import load_engines
from service.settings import Settings

EVERY = 50
"""Articles between two lines of progress."""


def renew_home(settings: Settings, tell: Callable[[str], None]) -> Path | None:
    """Make the ledger of the home folder anew if it needs it; returns where the old one is kept.

    Raises:
        HomeHeld: another process has the home folder.
        HomeError: the ledger cannot be read.
    """
    with closing(Home(Path(settings.home))) as home, closing(load_engines(settings)) as engines:
        return renew(home.ledger, engines.embedder, tell)


def renew(ledger: Path, embedder: Embedder, tell: Callable[[str], None] = lambda line: None) -> Path | None:
    """Cut and embed the current texts again; every version, receipt and talk is taken over as it is."""
    stamp = stamp_of(embedder)
    if not is_outdated(ledger, stamp):
        return None
    return replace_ledger(ledger, lambda making: _fill(making, ledger, stamp, embedder, tell))


def _fill(making: Path, old: Path, stamp: str, embedder: Embedder, tell: Callable[[str], None]) -> None:
    with closing(Ledger(making, stamp=stamp)) as ledger:
        ledger.adopt(old, KEPT)
    with closing(Catalogue(making, stamp=stamp)) as catalogue:
        listed = catalogue.articles(limit=catalogue.count())
        for done, each in enumerate(listed, start=1):
            stored = catalogue.article(each.id)
            ready = prepare(stored.article, stored.version, embedder)
            vectors = embedder.embed_parts(ready.texts, ready.parts)
            catalogue.fill_in(ready.article, ready.version, ready.chunks, vectors, ready.heading)
            if done % EVERY == 0 or done == len(listed):
                tell(f"{done} of {len(listed)} articles embedded again")
