"""PDF reader: reads the article of a PDF, its source from the first page, and scanned pages where OCR is installed."""

import functools
import re
import statistics
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from index.errors import InputError, UnreadableFile
from index.reading.layout import Layout, is_prose, is_sentence, join_paragraphs
from index.reading.ocr import can_recognise, recognise
from index.reading.pdf_columns import columns_of
from index.reading.pdf_hyphens import Words, join
from index.reading.pdf_layout import (
    BULLET,
    MAX_SIZE_CHANGE,
    Paragraph,
    join_over_breaks,
    lines_of,
    paragraphs_of,
    pieces_of,
)
from index.reading.pdf_margins import without_margins
from index.reading.pdf_pages import read_pages, render_pages
from index.reading.plain_text import parse_layout
from index.reading.raw_file import RawFile
from index.reading.source_facts import first_known, one_line, outlet_from_domain, stated_name, web_address
from index.types import UNKNOWN, Article, Fact

MIN_LETTERS = 40
MIN_PAGE_LETTERS = 20
"""Fewest letters of a page with a text layer; a page with fewer and a picture is a scan."""
MIN_TITLE_SIZE = 1.15
"""Smallest font height of a title, as a multiple of the body's."""
MAX_TITLE_CHARACTERS = 250
MIN_WORDS = 8
"""Fewest words of a paragraph of the body that does not end like a sentence."""
PLACEHOLDER_TITLE = re.compile(
    r"(?:untitled|microsoft word|.*\.(?:docx?|indd|pdf|qxp|odt|tex|rtf|pages)$|document\d*$)", re.IGNORECASE
)


TURNED = "are broken or have turned text, which was not read; turn them upright and save the file again"


class PdfText(NamedTuple):
    """Text of a PDF: its paragraphs in reading order, and what browsers print around the pages."""

    paragraphs: list[Paragraph]
    address: str | None
    printed_title: str | None
    title: str
    author: str
    scans: list[int]
    """Numbers of pages, from 1, that have a picture and no text."""
    unread: list[int]
    """Numbers of pages that are broken, or that have turned text."""
    lines: list[str]
    """Lines of the pages."""


def read_pdf(raw: RawFile) -> Iterator[Article | InputError]:
    """Read the article of a PDF; the file's creation date is not a publication date and is not used."""
    found = read_text_layer(raw.content, raw.name)
    paragraphs, unread = found.paragraphs, found.scans
    if unread and can_recognise():
        recognised, unread = _recognised(raw, unread, found.lines)
        paragraphs = sorted([*paragraphs, *recognised], key=lambda each: each.page)
    if sum(character.isalpha() for each in paragraphs for character in each.text) < MIN_LETTERS:
        if found.unread and not unread:
            raise UnreadableFile(f"{raw.name!r}: {_in_words(found.unread)} of it {TURNED}")
        install = "" if can_recognise() else "; install tesseract, or"
        raise UnreadableFile(f"{raw.name!r} contains images of pages and no text{install or ';'} run OCR on it first")
    yield _article(raw, found, paragraphs)
    if unread:
        way = "no text was recognised there" if can_recognise() else "install tesseract to read them"
        yield InputError(f"{raw.name!r}: {_in_words(unread)} of it are pictures without text and were not read; {way}")
    if found.unread:
        yield InputError(f"{raw.name!r}: {_in_words(found.unread)} of it {TURNED}")


def read_text_layer(content: bytes, name: str) -> PdfText:
    """Read the paragraphs of a PDF in reading order.

    Raises:
        UnreadableFile: the file is encrypted, broken or too large.
    """
    document = read_pages(content, name)
    margins = without_margins(document.pages, [pieces_of(page) for page in document.pages])
    columns = [[lines_of(column) for column in columns_of(page)] for page in margins.pages]
    printed = [line.text for page in columns for lines in page for line in lines]
    words = Words(printed)
    found = [
        paragraph
        for number, page in enumerate(columns, start=1)
        for lines in page
        for paragraph in paragraphs_of(lines, number, words)
    ]
    letters = [sum(each.text.isalpha() for each in page.characters) for page in document.pages]
    scans = [
        number
        for number, (page, count) in enumerate(zip(document.pages, letters, strict=True), start=1)
        if count < MIN_PAGE_LETTERS and page.has_image
    ]
    return PdfText(
        join_over_breaks(found, words),
        margins.address,
        margins.title,
        document.title,
        document.author,
        scans,
        [number for number, page in enumerate(document.pages, start=1) if page.unread and number not in scans],
        printed,
    )


def _in_words(pages: Sequence[int]) -> str:
    return f"page{'s' if len(pages) > 1 else ''} {ranges(pages)}"


def ranges(numbers: Sequence[int]) -> str:
    """Return page numbers in words.

    >>> ranges([1, 2, 3, 7])
    '1-3, 7'
    """
    parts: list[list[int]] = []
    for number in numbers:
        if parts and parts[-1][-1] == number - 1:
            parts[-1].append(number)
        else:
            parts.append([number])
    return ", ".join(f"{part[0]}-{part[-1]}" if len(part) > 1 else str(part[0]) for part in parts)


def _recognised(raw: RawFile, pages: list[int], lines: list[str]) -> tuple[list[Paragraph], list[int]]:
    found: list[Paragraph] = []
    unread: list[int] = []
    pictures = render_pages(raw.content, raw.name, [number - 1 for number in pages])
    texts = list(recognise(pictures))
    words = Words([*lines, *(line.strip() for text in texts for line in text.split("\n") if line.strip())])
    for number, text in zip(pages, texts, strict=True):
        if sum(map(str.isalpha, text)) < MIN_PAGE_LETTERS:
            unread.append(number)
        found += [
            Paragraph(_unwrapped(part, words), 0.0, number, False, False, 1)
            for part in text.split("\n\n")
            if part.strip()
        ]
    return found, unread


def _unwrapped(part: str, words: Words) -> str:
    lines = (" ".join(line.split()) for line in part.split("\n") if line.strip())
    return functools.reduce(lambda text, line: join(text, line, words), lines)


def _article(raw: RawFile, found: PdfText, paragraphs: Sequence[Paragraph]) -> Article:
    text, spans = join_paragraphs([each.text for each in paragraphs])
    size = body_size(paragraphs)
    titles = {one_line(title).casefold() for title in (found.title, found.printed_title) if title}
    is_title = [one_line(each.text).casefold() in titles for each in paragraphs]
    body = [i for i, each in enumerate(paragraphs) if is_body(each, size) and not is_title[i]]
    body = [*_opening(paragraphs[: body[0]]), *body] if body else body
    body = body or list(range(len(paragraphs)))
    layout = Layout(head=tuple(spans[: body[0]]), body=tuple(spans[i] for i in body), tail=tuple(spans[body[-1] + 1 :]))
    parsed = parse_layout(text, layout)
    opening = " ".join(text[:4000].split()).casefold()
    address = raw.url or web_address(found.address)
    heading = _heading(paragraphs, size)
    printed = found.printed_title if found.printed_title and found.printed_title.casefold() in opening else None
    named = {
        "title": first_known(
            stated_name(printed, "title printed by the browser"),
            _property(found.title, opening, "title"),
            stated_name(heading, "heading of the first page"),
            parsed.source.title,
        ),
        "author": first_known(parsed.source.author, _property(found.author, opening, "author")),
        "outlet": first_known(parsed.source.outlet, outlet_from_domain(address, f"the page's address {address!r}")),
        "url": address,
    }
    return Article(id=raw.id, text=text, source=parsed.source.model_copy(update=named), body=parsed.body)


def body_size(paragraphs: Sequence[Paragraph]) -> float:
    """Return the font height in which most of the sentences are set."""
    sizes = [each.size for each in paragraphs if is_sentence(each.text) for _ in range(len(each.text.split()))]
    return statistics.median_low(sizes) if sizes else 0.0


def _opening(above: Sequence[Paragraph]) -> list[int]:
    """Return the numbers of the whole sentences above the body that are set smaller than the headline."""
    largest = max((each.size for each in above), default=0.0)
    return [i for i, each in enumerate(above) if is_sentence(each.text) and each.size < largest * (1 - MAX_SIZE_CHANGE)]


def is_body(paragraph: Paragraph, size: float) -> bool:
    """Whether a paragraph is prose: a whole sentence, or an item of a list, or long, and not set as a heading is."""
    larger = paragraph.size > 1.25 * size > 0
    if is_sentence(paragraph.text):
        return not larger or len(paragraph.text.split()) >= MIN_WORDS
    alike = abs(paragraph.size - size) <= MAX_SIZE_CHANGE * max(size, 1.0) or size == 0
    return is_prose(paragraph.text) or (alike and (BULLET.match(paragraph.text) is not None))


def _heading(paragraphs: Sequence[Paragraph], size: float) -> str | None:
    """Return the text that is set largest on the first page with text, if it is larger than the body."""
    first = paragraphs[0].page if paragraphs else 0
    large = [each for each in paragraphs if each.page == first and each.size >= MIN_TITLE_SIZE * size > 0]
    fitting = [each for each in large if len(each.text) <= MAX_TITLE_CHARACTERS and len(each.text.split()) > 1]
    return max(fitting, key=lambda each: each.size).text if fitting else None


def _property(value: str | None, opening: str, name: str) -> Fact:
    """Return a document property as a fact, if the opening of the text has it: office programs insert defaults."""
    line = one_line(value)
    if not line or PLACEHOLDER_TITLE.match(line) or line.casefold() not in opening:
        return UNKNOWN
    return stated_name(line, f"PDF property {name!r}")
