"""Document readers: read Word (.docx), OpenDocument (.odt) and RTF files; the only importer of striprtf."""

import io
import itertools
import re
import zipfile
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple
from xml.etree import ElementTree

from index.errors import InputError, UnreadableFile
from index.reading.html_rendering import text_table_lines
from index.reading.layout import detect_layout
from index.reading.news_exports import read_news_export
from index.reading.plain_text import parse_layout
from index.reading.raw_file import PARSER_ERRORS, RawFile
from index.reading.source_facts import stated_name
from index.types import Article

if TYPE_CHECKING:
    from docx.document import Document

BROKEN = (*PARSER_ERRORS, zipfile.BadZipFile, RuntimeError, SyntaxError)
"""Exceptions on a broken document; the XML parsers raise a SyntaxError, and zipfile a RuntimeError for a password."""
MAX_UNPACKED_BYTES = 128 * 1024 * 1024
WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
COMPATIBILITY = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
WORD_CHARACTERS = {f"{WORD}tab": "\t", f"{WORD}br": "\n", f"{WORD}cr": "\n", f"{WORD}noBreakHyphen": "-"}
NOT_SHOWN = {f"{WORD}{name}" for name in ("del", "moveFrom", "instrText", "footnoteReference", "commentReference")} | {
    f"{COMPATIBILITY}Fallback"
}
"""Deleted and moved words, codes of fields, and the second form of a text box."""
CONTAINERS = tuple(f"{WORD}{name}" for name in ("sdt", "sdtContent", "customXml", "ins", "moveTo"))
"""Elements around whole paragraphs."""
HIDING = tuple(f"{WORD}rPr/{WORD}{name}" for name in ("vanish", "strike", "dstrike", "webHidden"))
TITLE_STYLES = ("title", "titel", "titre", "título", "heading 1", "heading1", "überschrift 1", "headline")
MAX_TITLE_WORDS = 40
NO_TEXT = "{!r} contains no text; if it has pictures of pages, run OCR on it first"


class Paragraph(NamedTuple):
    """Paragraph of a document: its text, and whether it is the title."""

    text: str
    title: bool = False


def read_docx(raw: RawFile) -> Iterator[Article | InputError]:
    """Read the articles of a Word document, without deleted, hidden and struck-out words."""
    from docx import Document as open_document  # noqa: PLC0415 - only documents need it, and no question does
    from docx.opc.exceptions import OpcError  # noqa: PLC0415

    try:
        _require_size(raw)
        found = list(_word_paragraphs(open_document(io.BytesIO(raw.content))))
    except (*BROKEN, OpcError) as error:
        raise _broken(raw, error) from None
    yield from read_paragraphs(raw, found)


def read_odt(raw: RawFile) -> Iterator[Article | InputError]:
    """Read the articles of an OpenDocument text, without deleted words and notes."""
    try:
        _require_size(raw)
        with zipfile.ZipFile(io.BytesIO(raw.content)) as packed:
            tree = ElementTree.fromstring(packed.read("content.xml"))
        body = tree.find(f"{OFFICE}body/{OFFICE}text")
        found = list(_open_paragraphs(body)) if body is not None else []
    except BROKEN as error:
        raise _broken(raw, error) from None
    yield from read_paragraphs(raw, found)


def read_rtf(raw: RawFile) -> Iterator[Article | InputError]:
    """Read the articles of an RTF file."""
    from striprtf.striprtf import rtf_to_text  # noqa: PLC0415 - as above

    try:
        text = str(rtf_to_text(raw.content.decode("latin-1"), errors="replace"))  # type: ignore[no-untyped-call]
    except BROKEN as error:
        raise _broken(raw, error) from None
    yield from read_paragraphs(raw, [Paragraph(line) for line in text.replace("\xa0", " ").split("\n")])


def read_paragraphs(raw: RawFile, found: list[Paragraph]) -> Iterator[Article | InputError]:
    """Read the article of a document from its paragraphs, or the articles where it is an export of several."""
    kept = [each._replace(text=_tidy(each.text)) for each in found]
    text = "\n\n".join(each.text for each in kept if each.text)
    if not any(character.isalnum() for character in text):
        raise UnreadableFile(NO_TEXT.format(raw.name))
    several = list(read_news_export(raw.id, text))
    if several:
        yield from several
        return
    parsed = parse_layout(text, detect_layout(text))
    title = next((each.text for each in kept if each.title and len(each.text.split()) <= MAX_TITLE_WORDS), None)
    source = parsed.source
    body = parsed.body
    if title:
        source = source.model_copy(update={"title": stated_name(title, "title of the document")})
        body = tuple(span for span in body if span.of(text) != title) or body
    yield Article(id=raw.id, text=text, source=source, body=body)


def _tidy(text: str) -> str:
    return re.sub(r"[ \t\xa0]+", " ", text.encode("utf-8", "replace").decode("utf-8").replace("\x00", "")).strip()


def _word_paragraphs(document: "Document") -> Iterator[Paragraph]:
    from docx.table import Table  # noqa: PLC0415
    from docx.text.paragraph import Paragraph as WordParagraph  # noqa: PLC0415

    for node in _word_blocks(document.element.body):
        if node.tag == f"{WORD}tbl":
            rows = [itertools.groupby(cell._tc for cell in row.cells) for row in Table(node, document).rows]
            yield from _rows([[(_word_text(cell), len(list(same))) for cell, same in row] for row in rows])
        else:
            found = WordParagraph(node, document).style
            style = str(found.name or "") if found is not None else ""
            yield Paragraph(_word_text(node), style.casefold() in TITLE_STYLES)


def _word_blocks(body: Any) -> Iterator[Any]:
    """Yield the paragraphs and tables of a body, those inside content controls too."""
    stack = list(reversed(body))
    while stack:
        node = stack.pop()
        if node.tag in (f"{WORD}p", f"{WORD}tbl"):
            yield node
        elif node.tag in CONTAINERS:
            stack.extend(reversed(node))


def _word_text(node: Any) -> str:
    found: list[str] = []
    # An explicit stack, because documents may be nested deeper than the recursion limit.
    stack = [node]
    while stack:
        each = stack.pop()
        if not isinstance(each.tag, str) or each.tag in NOT_SHOWN or any(_is_on(each.find(path)) for path in HIDING):
            continue
        if each.tag == f"{WORD}t":
            found.append(each.text or "")
        elif each.tag in WORD_CHARACTERS:
            found.append(WORD_CHARACTERS[each.tag])
        elif each.tag == f"{WORD}p" and found:
            found.append("\n")
        stack.extend(reversed(each))
    return "".join(found)


def _is_on(switch: Any) -> bool:
    return switch is not None and switch.get(f"{WORD}val") not in ("0", "false", "off")


def _rows(rows: list[list[tuple[str, int]]]) -> Iterator[Paragraph]:
    """Yield a paragraph for each row of a table, given as its cells and the number of columns of each."""
    lines = text_table_lines(rows)
    yield from map(Paragraph, lines if lines is not None else [cell for row in rows for cell, _ in row])


def _open_paragraphs(node: ElementTree.Element) -> Iterator[Paragraph]:
    for child in node:
        if child.tag == f"{TEXT}tracked-changes":
            continue
        if child.tag in (f"{TEXT}p", f"{TEXT}h"):
            style = child.get(f"{TEXT}style-name", "").replace("_20_", " ").casefold()
            first = child.tag == f"{TEXT}h" and child.get(f"{TEXT}outline-level", "1") == "1"
            yield Paragraph("".join(_open_text(child)), first or style in TITLE_STYLES)
        elif child.tag == f"{TABLE}table":
            rows = [
                [
                    ("".join(_open_text(cell)), int(cell.get(f"{TABLE}number-columns-spanned", "1")))
                    for cell in row.iter(f"{TABLE}table-cell")
                ]
                for row in child.iter(f"{TABLE}table-row")
            ]
            yield from _rows(rows)
        else:
            yield from _open_paragraphs(child)


def _open_text(node: ElementTree.Element) -> Iterator[str]:
    yield node.text or ""
    for child in node:
        if child.tag == f"{TEXT}s":
            yield " " * int(child.get(f"{TEXT}c", "1"))
        elif child.tag in (f"{TEXT}tab", f"{TEXT}line-break"):
            yield "\t" if child.tag == f"{TEXT}tab" else "\n"
        elif child.tag not in (f"{TEXT}note", f"{OFFICE}annotation"):
            yield from _open_text(child)
        yield child.tail or ""


def _require_size(raw: RawFile) -> None:
    with zipfile.ZipFile(io.BytesIO(raw.content)) as packed:
        if sum(each.file_size for each in packed.infolist()) > MAX_UNPACKED_BYTES:
            raise UnreadableFile(f"{raw.name!r} unpacks to more than {MAX_UNPACKED_BYTES // 2**20} MiB; split it")


def _broken(raw: RawFile, error: Exception) -> UnreadableFile:
    if isinstance(error, UnreadableFile):
        return error
    return UnreadableFile(f"{raw.name!r} is a broken document ({type(error).__name__}); save it again")
