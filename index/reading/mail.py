"""Mail readers: read single messages, mbox files, and web pages saved as MHTML."""

import email
import email.policy
import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from email.message import EmailMessage
from email.utils import parseaddr, parsedate_to_datetime
from pathlib import PurePath

from index.errors import InputError, UnreadableFile
from index.reading.article_ids import keyed_id
from index.reading.encodings import decode
from index.reading.html import compose_article, has_article_text, read_html
from index.reading.html_blocks import Block, article_blocks, blocks, parse
from index.reading.html_hidden import Tree
from index.reading.layout import Layout, detect_layout
from index.reading.mail_history import (
    FORWARDED_SUBJECT,
    HEADER_LINE,
    PLAIN,
    OwnWords,
    own_blocks,
    own_paragraphs,
    own_words,
    without_quotation,
)
from index.reading.plain_text import parse_layout
from index.reading.raw_file import PARSER_ERRORS, RawFile
from index.reading.source_facts import one_line, stated_day, stated_name, stated_outlet, web_address
from index.types import UNKNOWN, Article, Fact, Source, stated

MBOX_SEPARATOR = re.compile(rb"^From .*\r?\n(?=[A-Za-z-]+: )", re.MULTILINE)
LIST_HEADERS = ("list-id", "list-unsubscribe", "list-post")
MAX_PART_BYTES = 16 * 1024 * 1024
EARLIEST_YEAR = 1980
MAX_ATTACHMENTS = 100
SUFFIX_OF_TYPE = {
    "application/pdf": ".pdf",
    "text/html": ".html",
    "text/plain": ".txt",
    "application/rtf": ".rtf",
    "text/rtf": ".rtf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.oasis.opendocument.text": ".odt",
}
"""Suffix of an attachment without a file name."""


ReadPart = Callable[[RawFile], Iterator[Article | InputError]]
"""Reader of an attachment, of whatever kind it is."""


def read_mailbox(raw: RawFile, read_part: ReadPart) -> Iterator[Article | InputError]:
    """Read the articles of each message of an mbox file; for an unreadable message an error is yielded instead."""
    separators = [found.span() for found in MBOX_SEPARATOR.finditer(raw.content)]
    if not separators:
        raise UnreadableFile(f"{raw.name!r} is not a mailbox: no line begins with 'From '")
    ends = [begin for begin, _ in separators[1:]] + [len(raw.content)]
    for number, ((_, begin), end) in enumerate(zip(separators, ends, strict=True), start=1):
        piece = raw.model_copy(update={"content": raw.content[begin:end], "name": f"{raw.name}, mail {number}"})
        try:
            message = _parsed(piece)
            key = str(message["message-id"] or f"{message['date']}\0{message['subject']}")
            for found in _articles(piece, message, keyed_id(raw.id, key), read_part):
                yield found.model_copy(update={"id_basis": "content"}) if isinstance(found, Article) else found
        except InputError as error:
            yield error
        except PARSER_ERRORS as error:
            yield UnreadableFile(f"{piece.name} is broken ({type(error).__name__}); export it again")


def read_mail(raw: RawFile, read_part: ReadPart) -> Iterator[Article | InputError]:
    """Read the article of a message with those of its attachments, or of a page saved as MHTML."""
    message = _parsed(raw)
    if message.get_content_type() == "multipart/related" and message["snapshot-content-location"]:
        yield from _saved_page(raw, message)
    else:
        yield from _articles(raw, message, raw.id, read_part)


def _parsed(raw: RawFile) -> EmailMessage:
    message = email.message_from_bytes(raw.content, policy=email.policy.default)
    if not isinstance(message, EmailMessage) or not message.keys():
        raise UnreadableFile(f"{raw.name!r} is not a mail: it has no header")
    return message


def _articles(
    raw: RawFile, message: EmailMessage, article_id: str, read_part: ReadPart
) -> Iterator[Article | InputError]:
    attached = list(_attachments(raw, message, article_id))
    try:
        yield _article(raw, message, article_id)
    except UnreadableFile:
        if not attached:
            raise
    if any(_is_cut(part) for kind in ("text/html", "text/plain") for part in _parts(message, kind)):
        yield InputError(f"{raw.name!r} has a text of more than {MAX_PART_BYTES // 2**20} MiB; the rest was left out")
    for part in attached[:MAX_ATTACHMENTS]:
        for found in read_part(part):
            yield found.model_copy(update={"id_basis": "content"}) if isinstance(found, Article) else found
    if len(attached) > MAX_ATTACHMENTS:
        yield UnreadableFile(f"{raw.name!r} has more than {MAX_ATTACHMENTS} attachments; the rest were left out")


def _article(raw: RawFile, message: EmailMessage, article_id: str) -> Article:
    source, subject = _source(message), _header(message, "subject")
    pages: list[tuple[list[Block], OwnWords]] = []
    for part in _parts(message, "text/html"):
        with suppress(UnreadableFile):  # the same mail as plain text follows
            pages.append(_blocks(_text(part, raw.name), raw.name, subject, is_list=_is_list(message)))
    for found, own in pages:
        if has_article_text(found):
            return _forwarded(compose_article(article_id, found, source), own)
    if plain := _parts(message, "text/plain"):
        # A picture between two parts of one mail divides its text.
        text = without_quotation("\n\n".join(_plain_text(part, raw.name) for part in plain), subject)
        own = own_words(text, subject)
        body = parse_layout(text, Layout(body=own_paragraphs(text, own) or detect_layout(text).body)).body
        return _forwarded(Article(id=article_id, text=text, source=source, body=body), own)
    for found, own in pages:
        if any(any(map(str.isalnum, block.text)) for block in found):
            return _forwarded(compose_article(article_id, found, source), own)
    raise UnreadableFile(f"{raw.name!r} is a mail without a text")


def _forwarded(article: Article, own: OwnWords) -> Article:
    """Return a forwarded mail under the name and the date of its author, not of who forwarded it."""
    if own.forwarded is None:
        return article
    title = FORWARDED_SUBJECT.sub("", own.forwarded.subject or article.source.title.value or "")
    known = {
        "title": stated_name(title, "subject of the forwarded mail"),
        "author": stated_name(_sender(own.forwarded.sender), "sender of the forwarded mail"),
        "published": stated_day(own.forwarded.sent, "date of the forwarded mail"),
        "outlet": UNKNOWN,
    }
    return article.model_copy(update={"source": article.source.model_copy(update=known)})


def _sender(value: str) -> str:
    """Return the name in a quoted From line; the address where it has no name."""
    if "@" not in value:
        return value
    name, address = parseaddr(value.replace("[mailto:", "<").replace("]", ">"))
    return name.strip("*'\" ") or address or value


def _attachments(raw: RawFile, message: EmailMessage, article_id: str) -> Iterator[RawFile]:
    """Yield the attached files and mails; pictures that belong to the page of a mail are no attachments."""
    for part in _walk(message):
        kind, name = part.get_content_type(), one_line(part.get_filename() or "")
        if kind == "message/rfc822":
            inner = part.get_payload()
            first = inner[0] if isinstance(inner, list) and inner else None
            content: object = first.as_bytes() if isinstance(first, EmailMessage) else b""
            name, suffix = name or "attached mail", ".eml"
        elif part.is_attachment() or (name and part.get_content_maintype() not in ("multipart", "image")):
            content, suffix = (
                part.get_payload(decode=True),
                PurePath(name).suffix.lower() or SUFFIX_OF_TYPE.get(kind, ""),
            )
        else:
            continue
        if isinstance(content, bytes) and content.strip():
            digest = hashlib.sha256(content).hexdigest()
            yield RawFile(
                id=keyed_id(article_id.rpartition("/")[0] or article_id, f"{name}\0{digest}"),
                name=f"{raw.name}: {name}",
                content=content,
                suffix=suffix,
                charset=part.get_content_charset(),
                location=raw.location,
            )


def _walk(message: EmailMessage) -> Iterator[EmailMessage]:
    """Yield the parts of a message, not those of the messages attached to it."""
    yield message
    if message.get_content_type() != "message/rfc822" and message.is_multipart():
        for part in message.iter_parts():
            if isinstance(part, EmailMessage):
                yield from _walk(part)


def _source(message: EmailMessage) -> Source:
    """Return the source metadata of a message: the sender is the outlet on a mailing list, else the author."""
    sender = parseaddr(_header(message, "from"))[0]
    to_list = _is_list(message)
    return Source(
        title=stated_name(_header(message, "subject"), "subject of the mail"),
        outlet=stated_outlet(sender, "sender of the newsletter") if to_list else UNKNOWN,
        author=UNKNOWN if to_list else stated_name(sender, "sender of the mail"),
        published=_sent(_header(message, "date")),
    )


def _is_list(message: EmailMessage) -> bool:
    return any(name in message for name in LIST_HEADERS)


def _sent(value: str) -> Fact:
    try:
        sent = parsedate_to_datetime(value)
    except PARSER_ERRORS:
        return UNKNOWN
    return stated(sent.date().isoformat(), "date of the mail") if sent.year >= EARLIEST_YEAR else UNKNOWN


def _blocks(html: str, name: str, subject: str, *, is_list: bool) -> tuple[list[Block], OwnWords]:
    """Return the blocks of a mail's page that are its author's own; of a newsletter, those of its article."""
    tree = parse(html, name)
    _part_headers(tree)
    page = blocks(tree)
    found, own = own_blocks(page, subject)
    shown = [block for block in found or page if not block.boilerplate]
    if is_list:
        chosen = article_blocks(tree, found or page)
        return (chosen if has_article_text(chosen) else shown), own
    return shown, own


def _part_headers(tree: Tree) -> None:
    """Double the line breaks before the lines of a quoted mail's header, so that each becomes a paragraph."""
    for line_break in list(tree.iter("br")):
        following = (line_break.tail or "").strip()
        after = line_break.getnext()
        if not following and after is not None and after.tag != "br":
            following = "".join(after.itertext()).strip() + (after.tail or "")
        if HEADER_LINE.match(following.translate(PLAIN)):
            line_break.addprevious(line_break.makeelement("br"))


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
        for part in _walk(message)
        if part.get_content_type() == kind and not part.is_attachment() and not part.get_filename()
    ]


def _is_cut(part: EmailMessage) -> bool:
    content = part.get_payload(decode=True)
    return isinstance(content, bytes) and len(content) > MAX_PART_BYTES


def _text(part: EmailMessage, name: str) -> str:
    content = part.get_payload(decode=True)
    return decode(content[:MAX_PART_BYTES] if isinstance(content, bytes) else b"", name, part.get_content_charset())


def _plain_text(part: EmailMessage, name: str) -> str:
    """Return the text of a plain part; lines that were broken for transport (`format=flowed`) are one again."""
    text = _text(part, name).replace("\r\n", "\n")
    if str(part.get_param("format", "")).lower() != "flowed":
        return text
    space = "" if str(part.get_param("delsp", "")).lower() == "yes" else " "
    lines: list[str] = []
    flows = False
    for line in text.split("\n"):
        if flows and line.strip() and not line.startswith(">"):
            lines[-1] = lines[-1][:-1] + space + line.removeprefix(" ")
        else:
            lines.append(line.removeprefix(" ") if line.startswith((" >", " From ")) else line)
        flows = line.endswith(" ") and line != "-- " and not line.startswith(">")
    return "\n".join(lines)


def _header(message: EmailMessage, name: str) -> str:
    """Return a header's value; empty for a broken header, on which the standard library may raise."""
    try:
        return one_line(str(message[name] or ""))
    except PARSER_ERRORS:
        return ""
