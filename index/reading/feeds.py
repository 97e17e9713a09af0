"""RSS and Atom feeds, each entry an article; the only file that knows feedparser."""

import io
import logging
from collections.abc import Iterator
from typing import Any

from index.errors import InputError, UnreadableFile
from index.reading.article_ids import address_id, keyed_id
from index.reading.facts import linked, stated_day, stated_line
from index.reading.html import compose
from index.reading.html_blocks import Block, blocks, parse
from index.reading.raw import BROKEN, Raw
from index.types import UNKNOWN, Article, Fact, Record, Source

WHOLE_STORY = 120
"""Words from which on an entry is taken for the story itself and not a taste of it."""

logging.getLogger("feedparser").addHandler(logging.NullHandler())


class Entry(Record):
    """One entry of a feed."""

    id: str
    article: Article | None
    """None for an entry without a word of text."""
    title: str
    url: str | None
    teaser: bool
    """Too short to be the whole story: its page has the rest."""


def read_feed(raw: Raw) -> Iterator[Article | InputError]:
    """The entries' own texts; nothing is fetched."""
    for number, entry in enumerate(entries(raw), start=1):
        if entry.article is None:
            where = f"; ingest its page {entry.url!r}" if entry.url else ""
            yield InputError(f"{raw.name}: entry {number} {entry.title[:80]!r} has no text of its own{where}")
        else:
            yield entry.article


def entries(raw: Raw) -> list[Entry]:
    """Every entry of a feed.

    Raises:
        UnreadableFile: it is no feed, or an empty one.
    """
    import feedparser  # noqa: PLC0415 - only feeds need it, and no question does

    try:
        # From a stream, never from a string: a string might be an address, and feedparser would go and fetch it.
        feed = feedparser.parse(io.BytesIO(raw.content), response_headers=_headers(raw))
        found = [_entry(entry, feed, raw) for entry in feed.entries]
    except BROKEN as error:
        raise UnreadableFile(f"{raw.name!r} is a broken feed ({type(error).__name__}); save it anew") from None
    if not found:
        raise UnreadableFile(f"{raw.name!r} holds no entry of a feed")
    return found


def _entry(entry: Any, feed: Any, raw: Raw) -> Entry:
    source = _source(entry, feed)
    key = next((found for name in ("id", "title", "summary") if isinstance(found := entry.get(name), str)), "")
    name = address_id(source.url) if source.url else keyed_id(raw.id, key)
    found = _text(entry, raw.name)
    words = sum(len(block.text.split()) for block in found)
    return Entry(
        id=name,
        article=compose(name, found, source) if found else None,
        title=source.title.value or "",
        url=source.url,
        teaser=words < WHOLE_STORY,
    )


def _text(entry: Any, name: str) -> list[Block]:
    """The longest of what the entry says of itself: systems put the story now here, now there."""
    contents = (content.get("value") for content in entry.get("content", ()))
    text = max((str(found or "") for found in (*contents, entry.get("summary"))), key=len)
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
        url=linked(entry.get("link")),
    )


def _published(entry: Any, version: str) -> Fact:
    """Atom's `updated` is a change, not a publication; in RSS the same key of feedparser is Dublin Core's one date."""
    if "published" in entry:
        return stated_day(entry["published"], "date of the entry")
    if version.startswith("rss") and dict.get(entry, "updated"):
        return stated_day(dict.get(entry, "updated"), "date of the entry")
    return Fact(source="the entry says only when it was updated") if dict.get(entry, "updated") else UNKNOWN


def _plain(value: Any, where: str) -> Fact:
    if not isinstance(value, str) or not value.strip():
        return UNKNOWN
    text = " ".join(block.text for block in blocks(parse(f"<html><body><p>{value}</p></body></html>", where)))
    return stated_line(text, where)


def _headers(raw: Raw) -> dict[str, str]:
    return {"content-type": f"application/xml; charset={raw.charset}"} if raw.charset else {}
