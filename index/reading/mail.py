"""Mail readers: read single messages, mbox files, and web pages saved as MHTML."""

import email
import email.policy
import re
from collections.abc import Iterator
from contextlib import suppress
from email.message import EmailMessage
from email.utils import parseaddr, parsedate_to_datetime

from index.errors import InputError, UnreadableFile
from index.reading.article_ids import keyed_id
from index.reading.encodings import decode
from index.reading.html import compose_article, has_article_text, read_html
from index.reading.html_blocks import Block, article_blocks, blocks, parse
from index.reading.layout import Layout, detect_layout
from index.reading.plain_text import parse_layout
from index.reading.raw_file import PARSER_ERRORS, RawFile
from index.reading.source_facts import one_line, stated_name, stated_outlet, web_address
from index.types import UNKNOWN, Article, Fact, Source, stated

MBOX_SEPARATOR = re.compile(rb"^From .*\r?\n(?=[A-Za-z-]+: )", re.MULTILINE)
LIST_HEADERS = ("list-id", "list-unsubscribe", "list-post")
MAX_PART_BYTES = 16 * 1024 * 1024
EARLIEST_YEAR = 1980


def read_mailbox(raw: RawFile) -> Iterator[Article | InputError]:
    """Read one article per message of an mbox file; for an unreadable message an error is yielded instead."""
    separators = [found.span() for found in MBOX_SEPARATOR.finditer(raw.content)]
    if not separators:
        raise UnreadableFile(f"{raw.name!r} is not a mailbox: no line begins with 'From '")
    ends = [begin for begin, _ in separators[1:]] + [len(raw.content)]
    for number, ((_, begin), end) in enumerate(zip(separators, ends, strict=True), start=1):
        piece = raw.model_copy(update={"content": raw.content[begin:end], "name": f"{raw.name}, mail {number}"})
        try:
            message = _parsed(piece)
            key = str(message["message-id"] or f"{message['date']}\0{message['subject']}")
            found = _article(piece, message, keyed_id(raw.id, key))
            yield found.model_copy(update={"id_basis": "content"})
        except InputError as error:
            yield error
        except PARSER_ERRORS as error:
            yield UnreadableFile(f"{piece.name} is broken ({type(error).__name__}); export it again")


def read_mail(raw: RawFile) -> Iterator[Article | InputError]:
    """Read the article of a message, or of a page saved as MHTML."""
    message = _parsed(raw)
    if message.get_content_type() == "multipart/related" and message["snapshot-content-location"]:
        yield from _saved_page(raw, message)
    else:
        yield _article(raw, message, raw.id)


def _parsed(raw: RawFile) -> EmailMessage:
    message = email.message_from_bytes(raw.content, policy=email.policy.default)
    if not isinstance(message, EmailMessage) or not message.keys():
        raise UnreadableFile(f"{raw.name!r} is not a mail: it has no header")
    return message


def _article(raw: RawFile, message: EmailMessage, article_id: str) -> Article:
    source = _source(message)
    for part in _parts(message, "text/html"):
        with suppress(UnreadableFile):  # the same mail as plain text follows
            found = _blocks(_text(part, raw.name), raw.name)
            if has_article_text(found):
                return compose_article(article_id, found, source)
    for part in _parts(message, "text/plain"):
        text = _text(part, raw.name)
        layout = detect_layout(text)
        body = parse_layout(text, Layout(body=layout.body)).body
        return Article(id=article_id, text=text, source=source, body=body)
    raise UnreadableFile(f"{raw.name!r} is a mail without a text")


def _source(message: EmailMessage) -> Source:
    """Return the source metadata of a message: the sender is the outlet on a mailing list, else the author."""
    sender = parseaddr(_header(message, "from"))[0]
    to_list = any(name in message for name in LIST_HEADERS)
    return Source(
        title=stated_name(_header(message, "subject"), "subject of the mail"),
        outlet=stated_outlet(sender, "sender of the newsletter") if to_list else UNKNOWN,
        author=UNKNOWN if to_list else stated_name(sender, "sender of the mail"),
        published=_sent(_header(message, "date")),
    )


def _sent(value: str) -> Fact:
    try:
        sent = parsedate_to_datetime(value)
    except PARSER_ERRORS:
        return UNKNOWN
    return stated(sent.date().isoformat(), "date of the mail") if sent.year >= EARLIEST_YEAR else UNKNOWN


def _blocks(html: str, name: str) -> list[Block]:
    tree = parse(html, name)
    page = blocks(tree)
    found = article_blocks(tree, page)
    return found if has_article_text(found) else [block for block in page if not block.boilerplate]


def _saved_page(raw: RawFile, message: EmailMessage) -> Iterator[Article | InputError]:
    for part in _parts(message, "text/html"):
        content = part.get_payload(decode=True)
        if isinstance(content, bytes):
            known = {
                "content": content,
                "charset": part.get_content_charset(),
                "url": web_address(_header(part, "content-location")),
            }
            yield from read_html(raw.model_copy(update=known))
            return
    raise UnreadableFile(f"{raw.name!r} is a saved page without its page")


def _parts(message: EmailMessage, kind: str) -> list[EmailMessage]:
    return [
        part
        for part in message.walk()
        if isinstance(part, EmailMessage) and part.get_content_type() == kind and not part.is_attachment()
    ]


def _text(part: EmailMessage, name: str) -> str:
    content = part.get_payload(decode=True)
    return decode(content[:MAX_PART_BYTES] if isinstance(content, bytes) else b"", name, part.get_content_charset())


def _header(message: EmailMessage, name: str) -> str:
    """Return a header's value; empty for a broken header, on which the standard library may raise."""
    try:
        return one_line(str(message[name] or ""))
    except PARSER_ERRORS:
        return ""
