"""PDF files: the text of their pages; the only file that knows pypdf."""

import io
import logging
import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from index.errors import InputError, UnreadableFile
from index.reading.facts import first, one_line, stated_line
from index.reading.layout import Layout, lay_out
from index.reading.plain_text import read_layout
from index.reading.raw import BROKEN, Raw
from index.types import UNKNOWN, Article, Fact

MOST_PAGES = 2_000
MOST_CHARACTERS = 20_000_000
FEWEST_LETTERS = 40
RUNNING = 3
"""A line at the top or the bottom of so many pages is a running head."""
NOT_TITLES = re.compile(
    r"(?:untitled|microsoft word|.*\.(?:docx?|indd|pdf|qxp|odt|tex|rtf|pages)$|document\d*$)", re.IGNORECASE
)

logging.getLogger("pypdf").addHandler(logging.NullHandler())
"""Its warnings about each small fault would stand between our own lines."""


def read_paper(raw: Raw) -> Iterator[Article | InputError]:
    """The one article of a PDF; its creation date says when the file was made, so it is not used."""
    pages, title, author = _opened(raw)
    text = "\n\n".join(pages)
    letters = sum(character.isalpha() for character in text)
    if letters < FEWEST_LETTERS:
        raise UnreadableFile(f"{raw.name!r} holds pictures of pages and no text; recognise its text (OCR) first")
    read = read_layout(text, _without_running_lines(text, lay_out(text), pages))
    opening = " ".join(text[:4000].split()).casefold()
    named = {
        "title": first(_property(title, opening, "title"), read.source.title),
        "author": first(read.source.author, _property(author, opening, "author")),
        "url": raw.url,
    }
    yield Article(id=raw.id, text=text, source=read.source.model_copy(update=named), body=read.body)


class _Opened(NamedTuple):
    pages: list[str]
    title: str | None
    author: str | None


def _opened(raw: Raw) -> _Opened:
    # Fifty modules that only a PDF needs.
    from pypdf import PdfReader  # noqa: PLC0415
    from pypdf.errors import DependencyError, PyPdfError  # noqa: PLC0415

    try:
        reader = PdfReader(io.BytesIO(raw.content))
        # Many papers are encrypted with an empty password, only so that they cannot be edited.
        if reader.is_encrypted and not reader.decrypt(""):
            raise UnreadableFile(f"{raw.name!r} is encrypted; save a copy without its password")
        if len(reader.pages) > MOST_PAGES:
            raise UnreadableFile(f"{raw.name!r} has more than {MOST_PAGES} pages; split it")
        pages = [_whole_characters(page.extract_text()) for page in reader.pages]
        about = reader.metadata
        found = _Opened(pages, str(about.title or "") if about else None, str(about.author or "") if about else None)
    except DependencyError:
        raise UnreadableFile(f"{raw.name!r} is encrypted in a way that cannot be read here; save it anew") from None
    except (PyPdfError, *BROKEN) as error:
        raise UnreadableFile(f"{raw.name!r} is a broken PDF ({type(error).__name__}); save it anew") from None
    if sum(len(page) for page in pages) > MOST_CHARACTERS:
        raise UnreadableFile(f"{raw.name!r} has more than {MOST_CHARACTERS // 10**6} million characters; split it")
    return found


def _whole_characters(text: str) -> str:
    """A font without a table of its characters gives halves of them, and zeros."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\x00", "\ufffd")


def _without_running_lines(text: str, layout: Layout, pages: list[str]) -> Layout:
    """Running heads and page numbers are furniture: a paragraph that is nothing else is no body."""
    edges = Counter(edge for page in pages for edge in {_shape(line) for line in _edges(page)})
    running = {edge for edge, count in edges.items() if count >= RUNNING or not edge.strip("# -–—/")}
    body = tuple(span for span in layout.body if _shape(span.of(text)) not in running)
    return layout.model_copy(update={"body": body or layout.body})


def _edges(page: str) -> list[str]:
    lines = [line.strip() for line in page.splitlines() if line.strip()]
    return [*lines[:1], *lines[-1:]]


def _shape(line: str) -> str:
    return re.sub(r"\d+", "#", line.strip())


def _property(value: str | None, opening: str, name: str) -> Fact:
    """A property of the file counts only if the first page says it too: programs fill these in by themselves."""
    line = one_line(value)
    if not line or NOT_TITLES.match(line) or line.casefold() not in opening:
        return UNKNOWN
    return stated_line(line, f"property {name!r} of the PDF and its first page")
