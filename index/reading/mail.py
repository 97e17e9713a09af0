"""Newsletters: single mails, mailboxes of them, and pages that a browser saved as one mail (MHTML)."""

import email
import email.policy
import re
from collections.abc import Iterator
from email.message import EmailMessage
from email.utils import parseaddr, parsedate_to_datetime

from index.errors import InputError, UnreadableFile
from index.reading.article_ids import keyed_id
from index.reading.encodings import decode
from index.reading.facts import linked, one_line, stated_line
from index.reading.html import compose, is_enough, read_page
from index.reading.html_blocks import Block, blocks, main_blocks, parse
from index.reading.layout import Layout, lay_out
from index.reading.plain_text import read_layout
from index.reading.raw import BROKEN, Raw
from index.types import UNKNOWN, Article, Fact, Source, stated

POSTMARK = re.compile(rb"^From .*\r?\n(?=[A-Za-z-]+: )", re.MULTILINE)
NEWSLETTER = ("list-id", "list-unsubscribe", "list-post")
LARGEST_PART = 16 * 1024 * 1024
EARLIEST_YEAR = 1980


def read_mailbox(raw: Raw) -> Iterator[Article | InputError]:
    """An article for each mail of an mbox file; one that cannot be read stops none of the others."""
    marks = [found.span() for found in POSTMARK.finditer(raw.content)]
    if not marks:
        raise UnreadableFile(f"{raw.name!r} is not a mailbox: no line begins with 'From '")
    ends = [begin for begin, _ in marks[1:]] + [len(raw.content)]
    for number, ((_, begin), end) in enumerate(zip(marks, ends, strict=True), start=1):
        piece = raw.model_copy(update={"content": raw.content[begin:end], "name": f"{raw.name}, mail {number}"})
        try:
            message = _parsed(piece)
            key = str(message["message-id"] or f"{message['date']}\0{message['subject']}")
            yield _article(piece, message, keyed_id(raw.id, key))
        except InputError as error:
            yield error
        except BROKEN as error:
            yield UnreadableFile(f"{piece.name} is broken ({type(error).__name__}); export it anew")


def read_letter(raw: Raw) -> Iterator[Article | InputError]:
    """The one article of a mail, or of a page that was saved as one."""
    message = _parsed(raw)
    if message.get_content_type() == "multipart/related" and message["snapshot-content-location"]:
        yield from _saved_page(raw, message)
    else:
        yield _article(raw, message, raw.id)


def _parsed(raw: Raw) -> EmailMessage:
    message = email.message_from_bytes(raw.content, policy=email.policy.default)
    if not isinstance(message, EmailMessage) or not message.keys():
        raise UnreadableFile(f"{raw.name!r} is not a mail: it has no header")
    return message


def _article(raw: Raw, message: EmailMessage, article_id: str) -> Article:
    source = _source(message)
    for part in _parts(message, "text/html"):
        found = _blocks(_text(part, raw.name), raw.name)
        if is_enough(found):
            return compose(article_id, found, source)
    for part in _parts(message, "text/plain"):
        text = _text(part, raw.name)
        layout = lay_out(text)
        body = read_layout(text, Layout(body=layout.body)).body
        return Article(id=article_id, text=text, source=source, body=body)
    raise UnreadableFile(f"{raw.name!r} is a mail without a text")


def _source(message: EmailMessage) -> Source:
    """The sender of what goes to a list is an outlet; who writes to one person is an author."""
    sender = parseaddr(_header(message, "from"))[0]
    to_list = any(name in message for name in NEWSLETTER)
    return Source(
        title=stated_line(_header(message, "subject"), "subject of the mail"),
        outlet=stated_line(sender, "sender of the newsletter") if to_list else UNKNOWN,
        author=UNKNOWN if to_list else stated_line(sender, "sender of the mail"),
        published=_sent(_header(message, "date")),
    )


def _sent(value: str) -> Fact:
    try:
        sent = parsedate_to_datetime(value)
    except BROKEN:
        return UNKNOWN
    return stated(sent.date().isoformat(), "date of the mail") if sent.year >= EARLIEST_YEAR else UNKNOWN


def _blocks(html: str, name: str) -> list[Block]:
    tree = parse(html, name)
    every = blocks(tree)
    found = main_blocks(tree, every)
    return found if is_enough(found) else [block for block in every if not block.beside]


def _saved_page(raw: Raw, message: EmailMessage) -> Iterator[Article | InputError]:
    for part in _parts(message, "text/html"):
        content = part.get_payload(decode=True)
        if isinstance(content, bytes):
            known = {
                "content": content,
                "charset": part.get_content_charset(),
                "url": linked(_header(part, "content-location")),
            }
            yield from read_page(raw.model_copy(update=known))
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
    return decode(content[:LARGEST_PART] if isinstance(content, bytes) else b"", name, part.get_content_charset())


def _header(message: EmailMessage, name: str) -> str:
    """The header's value; the standard library trips over some broken ones."""
    try:
        return one_line(str(message[name] or ""))
    except BROKEN:
        return ""
