"""Feed reader: reads RSS and Atom, one article per entry; the only importer of feedparser."""

import io
import logging
from collections import Counter
from collections.abc import Iterator
from typing import Any

from index.errors import InputError, UnreadableFile
from index.reading.article_ids import address_id, keyed_id, sibling_id
from index.reading.html import compose_article
from index.reading.html_blocks import Block, blocks, parse
from index.reading.markup import unescaped
from index.reading.raw_file import PARSER_ERRORS, RawFile
from index.reading.source_facts import stated_day, stated_name, web_address
from index.types import UNKNOWN, Article, Fact, IdBasis, Record, Source

MIN_FULL_TEXT_WORDS = 120
"""Fewest words of an entry that counts as full text; a shorter one is a teaser."""

logging.getLogger("feedparser").addHandler(logging.NullHandler())


class FeedEntry(Record):
    """Feed entry: its article, title and address, and whether it is only a teaser."""

    id: str
    id_basis: IdBasis
    article: Article | None
    """Article made from the entry's text; None for an entry without text."""
    title: str
    url: str | None
    teaser: bool
    """Whether its text is too short to be the full text, which is then on its page."""


def read_feed(raw: RawFile) -> Iterator[Article | InputError]:
    """Read articles from the texts in the feed itself; no page is fetched."""
    for number, entry in enumerate(feed_entries(raw), start=1):
        if entry.article is None:
            where = f"; ingest its page {entry.url!r}" if entry.url else ""
            yield InputError(f"{raw.name}: entry {number} {entry.title[:80]!r} has no text of its own{where}")
        else:
            yield entry.article


def feed_entries(raw: RawFile) -> list[FeedEntry]:
    """Return all entries of a feed.

    Raises:
        UnreadableFile: it is not a feed, or has no entries.
    """
    import feedparser  # noqa: PLC0415 - only feeds need it, and no question does

    try:
        # From a stream, never from a string: feedparser would fetch a string that is an address.
        feed = feedparser.parse(io.BytesIO(raw.content), response_headers=_headers(raw))
        found = _apart([_entry(entry, feed, raw) for entry in feed.entries])
    except PARSER_ERRORS as error:
        raise UnreadableFile(f"{raw.name!r} is a broken feed ({type(error).__name__}); save it again") from None
    if not found:
        raise UnreadableFile(f"{raw.name!r} contains no entry of a feed")
    return found


def _apart(entries: list[FeedEntry]) -> list[FeedEntry]:
    """Give entries that share an address but not title and text ids of their own; none is then fetched from there."""
    keys = [f"{entry.title}\0{entry.article.text if entry.article else ''}" for entry in entries]
    different = Counter(name for name, _ in {(entry.id, key) for entry, key in zip(entries, keys, strict=True)})
    first: dict[str, str] = {}
    found = []
    for entry, key in zip(entries, keys, strict=True):
        if different[entry.id] > 1:
            name = entry.id if first.setdefault(entry.id, key) == key else sibling_id(entry.id, key)
            own = entry.article.model_copy(update={"id": name}) if entry.article else None
            entry = entry.model_copy(update={"id": name, "article": own, "teaser": entry.teaser and own is None})
        found.append(entry)
    return found


def _entry(entry: Any, feed: Any, raw: RawFile) -> FeedEntry:
    source = _source(entry, feed)
    key = next((found for name in ("id", "title", "summary") if isinstance(found := entry.get(name), str)), "")
    name = address_id(source.url) if source.url else keyed_id(raw.id, key)
    basis: IdBasis = "address" if source.url else "content"
    found = _text(entry, raw.name)
    words = sum(len(block.text.split()) for block in found)
    article = compose_article(name, found, source) if found else None
    return FeedEntry(
        id=name,
        id_basis=basis,
        article=article.model_copy(update={"id_basis": basis}) if article else None,
        title=source.title.value or "",
        url=source.url,
        teaser=words < MIN_FULL_TEXT_WORDS,
    )


def _text(entry: Any, name: str) -> list[Block]:
    """Return the blocks of an entry's longest text: publishing systems differ in where they put the full text."""
    contents = (content.get("value") for content in entry.get("content", ()))
    text = unescaped(max((str(found or "") for found in (*contents, entry.get("summary"))), key=len))
    if not any(character.isalnum() for character in text):
        return []
    whole = parse(f"<html><body><div>{text}</div></body></html>", name)
    return [block for block in blocks(whole) if any(character.isalnum() for character in block.text)]


def _source(entry: Any, feed: Any) -> Source:
    own = entry.get("source")
    origin = own.get("title") if hasattr(own, "get") else None
    return Source(
        title=_plain(entry.get("title"), "title of the entry"),
        outlet=_plain(origin, "source of the entry") if origin else _plain(feed.feed.get("title"), "title of the feed"),
        author=_plain(entry.get("author"), "author of the entry"),
        published=_published(entry, str(feed.get("version") or "")),
        url=web_address(entry.get("link")),
    )


def _published(entry: Any, version: str) -> Fact:
    """Return the publication date: Atom's `updated` is not one, but in RSS feedparser puts Dublin Core's date there."""
    if "published" in entry:
        return stated_day(entry["published"], "date of the entry")
    if version.startswith("rss") and dict.get(entry, "updated"):
        return stated_day(dict.get(entry, "updated"), "date of the entry")
    return Fact(source="the entry says only when it was updated") if dict.get(entry, "updated") else UNKNOWN


def _plain(value: Any, where: str) -> Fact:
    if not isinstance(value, str) or not value.strip():
        return UNKNOWN
    text = " ".join(block.text for block in blocks(parse(f"<html><body><p>{value}</p></body></html>", where)))
    return stated_name(text, where)


def _headers(raw: RawFile) -> dict[str, str]:
    return {"content-type": f"application/xml; charset={raw.charset}"} if raw.charset else {}
