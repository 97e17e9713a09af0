"""Which kind of thing a file is, by its suffix and, where the suffix lies, by how it begins; and who reads it."""

import re
from collections.abc import Iterator

from index.errors import InputError, UnreadableFile
from index.reading.encodings import decode
from index.reading.exports import read_json, read_jsonl, read_table
from index.reading.feeds import read_feed
from index.reading.html import read_page
from index.reading.mail import read_letter, read_mailbox
from index.reading.markdown import read_markdown
from index.reading.pdf import read_paper
from index.reading.plain_text import read_text
from index.reading.raw import BROKEN, Raw, Reader
from index.types import Article

PAGE = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.{0,2000}?-->\s*)*<(?:!doctype html|html)[\s>]", re.IGNORECASE | re.DOTALL
)
FEED = re.compile(rb"<(?:rss|feed|rdf:RDF)[\s>]")
HEAD = 4096


def read_plain(raw: Raw) -> Iterator[Article | InputError]:
    """The one article of a plain text, exactly as it came."""
    yield read_text(raw.id, decode(raw.content, raw.name, raw.charset, keep_mark=True))


BY_SUFFIX: dict[str, Reader] = {
    **dict.fromkeys((".txt", ".text"), read_plain),
    **dict.fromkeys((".md", ".markdown"), read_markdown),
    **dict.fromkeys((".html", ".htm", ".xhtml"), read_page),
    **dict.fromkeys((".jsonl", ".ndjson"), read_jsonl),
    **dict.fromkeys((".csv", ".tsv"), read_table),
    **dict.fromkeys((".rss", ".atom", ".xml"), read_feed),
    **dict.fromkeys((".eml", ".mht", ".mhtml"), read_letter),
    ".json": read_json,
    ".mbox": read_mailbox,
    ".pdf": read_paper,
}
SUFFIXES = tuple(sorted(BY_SUFFIX))
KINDS = "text, Markdown, HTML, PDF, JSON, CSV, RSS and Atom, mail"


def read_raw(raw: Raw) -> Iterator[Article | InputError]:
    """The articles of one file or download; what is wrong with it is yielded, never raised."""
    try:
        yield from or_why_not(reader_of(raw)(raw), raw.name)
    except InputError as error:
        yield error
    except BROKEN as error:
        yield UnreadableFile(f"{raw.name!r} is broken ({type(error).__name__}); save or export it anew")


def or_why_not(found: Iterator[Article | InputError], name: str) -> Iterator[Article | InputError]:
    """What was found; for nothing at all a line that says so."""
    nothing = True
    for item in found:
        nothing = False
        yield item
    if nothing:
        yield UnreadableFile(f"{name!r} is empty")


def is_feed(raw: Raw) -> bool:
    """Whether a download is a feed, whose entries have pages of their own."""
    return reader_of(raw) is read_feed


def reader_of(raw: Raw) -> Reader:
    """Who reads it.

    Raises:
        UnreadableFile: nobody does.
    """
    head = raw.content[:HEAD].removeprefix(b"\xef\xbb\xbf").replace(b"\x00", b"")
    if b"%PDF-" in head[:1024]:
        return read_paper
    if FEED.search(head) and head.lstrip().startswith(b"<"):
        return read_feed
    if PAGE.match(head):
        return read_page
    if raw.suffix == ".pdf":
        raise UnreadableFile(f"{raw.name!r} is called a PDF and is none; save it anew")
    if raw.suffix in BY_SUFFIX:
        return BY_SUFFIX[raw.suffix]
    raise UnreadableFile(f"{raw.name!r} is not a kind Footnote reads; it reads {KINDS}")
