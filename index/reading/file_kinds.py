"""File kind detection: chooses the reader by content where that is unambiguous, else by suffix."""

import re
from collections.abc import Iterable, Iterator

from index.errors import InputError, UnreadableFile
from index.reading.article_ids import tell_apart
from index.reading.documents import read_docx, read_odt, read_rtf
from index.reading.encodings import decode
from index.reading.exports import read_json, read_jsonl, read_table
from index.reading.feeds import read_feed
from index.reading.html import compose_article, read_html
from index.reading.mail import read_mail, read_mailbox
from index.reading.markdown import read_markdown
from index.reading.markup import is_page, markup_blocks
from index.reading.news_exports import read_news_export
from index.reading.pdf import read_pdf
from index.reading.plain_text import read_text
from index.reading.raw_file import PARSER_ERRORS, RawFile, Reader
from index.types import Article, Source

PAGE_START = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.{0,2000}?-->\s*)*<(?:!doctype html|html)[\s>]", re.IGNORECASE | re.DOTALL
)
FEED_START = re.compile(rb"<(?:rss|feed|rdf:RDF)[\s>]")
SNIFFED_BYTES = 4096


def read_plain(raw: RawFile) -> Iterator[Article | InputError]:
    """Read the article of a plain-text file, with its text unchanged; markup is read as the page that it is."""
    text = decode(raw.content, raw.name, raw.charset, keep_mark=True)
    if not is_page(text):
        yield from list(read_news_export(raw.id, text)) or [read_text(raw.id, text)]
        return
    try:
        yield from list(read_html(raw))
    except UnreadableFile:
        found = markup_blocks(text, raw.name)
        if not found:
            raise
        yield compose_article(raw.id, found, Source())


def read_message(raw: RawFile) -> Iterator[Article | InputError]:
    """Read the articles of a mail and of its attachments."""
    yield from read_mail(raw, read_raw)


def read_messages(raw: RawFile) -> Iterator[Article | InputError]:
    """Read the articles of a mailbox."""
    yield from read_mailbox(raw, read_raw)


BY_SUFFIX: dict[str, Reader] = {
    **dict.fromkeys((".txt", ".text"), read_plain),
    **dict.fromkeys((".md", ".markdown"), read_markdown),
    **dict.fromkeys((".html", ".htm", ".xhtml"), read_html),
    **dict.fromkeys((".jsonl", ".ndjson"), read_jsonl),
    **dict.fromkeys((".csv", ".tsv"), read_table),
    **dict.fromkeys((".rss", ".atom", ".xml"), read_feed),
    **dict.fromkeys((".eml", ".mht", ".mhtml"), read_message),
    ".docx": read_docx,
    ".odt": read_odt,
    ".rtf": read_rtf,
    ".json": read_json,
    ".mbox": read_messages,
    ".pdf": read_pdf,
}
MANY_ARTICLES: tuple[Reader, ...] = (read_json, read_jsonl, read_table, read_feed, read_messages)
"""Readers of several articles, which make the id of each from its own record."""
SUFFIXES = tuple(sorted(BY_SUFFIX))
KINDS = "text, Markdown, HTML, PDF, Word, OpenDocument and RTF, JSON, CSV, RSS and Atom, mail"


def read_raw(raw: RawFile) -> Iterator[Article | InputError]:
    """Read the articles of one file or download; errors are yielded, not raised."""
    try:
        reader = reader_of(raw)
        found = or_empty_error(reader(raw), raw.name)
        yield from located(found, raw.location or raw.url, raw if reader not in MANY_ARTICLES else None)
    except InputError as error:
        yield error
    except PARSER_ERRORS as error:
        yield UnreadableFile(f"{raw.name!r} is broken ({type(error).__name__}); save or export it again")


def located(
    found: Iterable[Article | InputError], location: str | None, raw: RawFile | None = None
) -> Iterator[Article | InputError]:
    """Yield the items of one file with their location, no id used twice; `raw`: the file that names its one article."""
    for item in tell_apart(found):
        if isinstance(item, Article):
            named = raw is not None and item.id == raw.id
            basis = item.id_basis if not named else "address" if raw is not None and raw.url else "path"
            item = item.model_copy(update={"location": location, "id_basis": basis})
        yield item


def or_empty_error(found: Iterator[Article | InputError], name: str) -> Iterator[Article | InputError]:
    """Yield the items, or an error when there are none."""
    empty = True
    for item in found:
        empty = False
        yield item
    if empty:
        yield UnreadableFile(f"{name!r} is empty")


def is_feed(raw: RawFile) -> bool:
    """Whether a download is an RSS or Atom feed, whose entries link to pages."""
    return reader_of(raw) is read_feed


def reader_of(raw: RawFile) -> Reader:
    """Return the reader for a file.

    Raises:
        UnreadableFile: its kind is not supported.
    """
    head = raw.content[:SNIFFED_BYTES].removeprefix(b"\xef\xbb\xbf").replace(b"\x00", b"")
    if b"%PDF-" in head[:1024]:
        return read_pdf
    if head.startswith(b"{\\rtf"):
        return read_rtf
    if FEED_START.search(head) and head.lstrip().startswith(b"<"):
        return read_feed
    if PAGE_START.match(head):
        return read_html
    if raw.suffix == ".pdf":
        raise UnreadableFile(f"{raw.name!r} has the suffix .pdf but is not a PDF; save it again")
    if raw.suffix in BY_SUFFIX:
        return BY_SUFFIX[raw.suffix]
    raise UnreadableFile(f"{raw.name!r} is not a kind Footnote reads; it reads {KINDS}")
