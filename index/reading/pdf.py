"""PDF reader: extracts the text of the pages; the only importer of pypdf."""

import io
import logging
import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from index.errors import InputError, UnreadableFile
from index.reading.layout import Layout, detect_layout
from index.reading.plain_text import parse_layout
from index.reading.raw_file import PARSER_ERRORS, RawFile
from index.reading.source_facts import first_known, one_line, stated_name
from index.types import UNKNOWN, Article, Fact

MAX_PAGES = 2_000
MAX_TEXT_CHARACTERS = 20_000_000
MIN_LETTERS = 40
MIN_RUNNING_HEAD_PAGES = 3
"""A line at the top or bottom of at least so many pages is a running head."""
PLACEHOLDER_TITLE = re.compile(
    r"(?:untitled|microsoft word|.*\.(?:docx?|indd|pdf|qxp|odt|tex|rtf|pages)$|document\d*$)", re.IGNORECASE
)

logging.getLogger("pypdf").addHandler(logging.NullHandler())
"""Silences pypdf's warnings about small faults."""


def read_pdf(raw: RawFile) -> Iterator[Article | InputError]:
    """Read the article of a PDF; the file's creation date is not a publication date and is not used."""
    pages, title, author = _read_content(raw)
    text = "\n\n".join(pages)
    letters = sum(character.isalpha() for character in text)
    if letters < MIN_LETTERS:
        raise UnreadableFile(f"{raw.name!r} contains images of pages and no text; run OCR on it first")
    parsed = parse_layout(text, _without_running_lines(text, detect_layout(text), pages))
    opening = " ".join(text[:4000].split()).casefold()
    named = {
        "title": first_known(_property(title, opening, "title"), parsed.source.title),
        "author": first_known(parsed.source.author, _property(author, opening, "author")),
        "url": raw.url,
    }
    yield Article(id=raw.id, text=text, source=parsed.source.model_copy(update=named), body=parsed.body)


class _PdfContent(NamedTuple):
    pages: list[str]
    title: str | None
    author: str | None


def _read_content(raw: RawFile) -> _PdfContent:
    # Imported here: fifty modules that only PDF files need.
    from pypdf import PdfReader  # noqa: PLC0415
    from pypdf.errors import DependencyError, PyPdfError  # noqa: PLC0415

    try:
        reader = PdfReader(io.BytesIO(raw.content))
        # Many papers are encrypted with an empty password, only so that they cannot be edited.
        if reader.is_encrypted and not reader.decrypt(""):
            raise UnreadableFile(f"{raw.name!r} is encrypted; save a copy without its password")
        if len(reader.pages) > MAX_PAGES:
            raise UnreadableFile(f"{raw.name!r} has more than {MAX_PAGES} pages; split it")
        pages = [_valid_characters(page.extract_text()) for page in reader.pages]
        about = reader.metadata
        found = _PdfContent(
            pages, str(about.title or "") if about else None, str(about.author or "") if about else None
        )
    except DependencyError:
        raise UnreadableFile(f"{raw.name!r} is encrypted in a way that cannot be read here; save it again") from None
    except (PyPdfError, *PARSER_ERRORS) as error:
        raise UnreadableFile(f"{raw.name!r} is a broken PDF ({type(error).__name__}); save it again") from None
    if sum(len(page) for page in pages) > MAX_TEXT_CHARACTERS:
        raise UnreadableFile(f"{raw.name!r} has more than {MAX_TEXT_CHARACTERS // 10**6} million characters; split it")
    return found


def _valid_characters(text: str) -> str:
    """Replace lone surrogates and NUL characters, which fonts without a character table yield."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\x00", "\ufffd")


def _without_running_lines(text: str, layout: Layout, pages: list[str]) -> Layout:
    """Return the layout without the running heads and page numbers in its body."""
    edges = Counter(edge for page in pages for edge in {_shape(line) for line in _edges(page)})
    running = {edge for edge, count in edges.items() if count >= MIN_RUNNING_HEAD_PAGES or not edge.strip("# -–—/")}
    body = tuple(span for span in layout.body if _shape(span.of(text)) not in running)
    return layout.model_copy(update={"body": body or layout.body})


def _edges(page: str) -> list[str]:
    lines = [line.strip() for line in page.splitlines() if line.strip()]
    return [*lines[:1], *lines[-1:]]


def _shape(line: str) -> str:
    return re.sub(r"\d+", "#", line.strip())


def _property(value: str | None, opening: str, name: str) -> Fact:
    """Return a document property if the text's opening has it too: programs also fill in properties automatically."""
    line = one_line(value)
    if not line or PLACEHOLDER_TITLE.match(line) or line.casefold() not in opening:
        return UNKNOWN
    return stated_name(line, f"property {name!r} of the PDF and its first page")
