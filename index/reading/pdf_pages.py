"""PDF pages: characters with their places, and pictures of pages without text; the only importer of pypdfium2."""

import ctypes
import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from index.errors import UnreadableFile
from index.reading.raw_file import PARSER_ERRORS

MAX_PAGES = 2_000
MAX_TEXT_CHARACTERS = 20_000_000
RENDERED_DPI = 200
MAX_RENDERED_PIXELS = 40_000_000
LEVEL = math.radians(5)
"""Characters that are turned further belong to a watermark or a stamp in the margin."""
MIN_TURNED = 20
"""Fewest turned letters of a page that are reported, where they are most of its letters."""
MAX_STAMP = 100
"""Most letters of a watermark or a stamp."""
PASSWORD_ERROR = 4
LOCK = threading.Lock()
"""PDFium is not safe for threads."""


class Character(NamedTuple):
    """Character of a page, with its place in points from the lower left corner."""

    text: str
    left: float = 0.0
    right: float = 0.0
    base: float = 0.0
    """Height of the base line that it stands on."""
    size: float = 0.0
    """Height of its font, from the lowest descender to the highest ascender."""
    breaks: bool = False
    """Whether it is a white space that PDFium added, at the end of a line or between words."""
    turned: bool = False


class PdfPage(NamedTuple):
    """Page of a PDF: its characters in the order of the file, its size and whether it shows a picture."""

    characters: list[Character]
    width: float
    height: float
    has_image: bool
    unread: bool = False
    """Whether it is broken, or has text that is turned and was left out."""


class PdfContent(NamedTuple):
    """Content of a PDF: its pages, and title and author from its properties."""

    pages: list[PdfPage]
    title: str
    author: str


class Picture(NamedTuple):
    """Picture of a page in shades of grey, a byte for each pixel."""

    width: int
    height: int
    pixels: bytes


def read_pages(content: bytes, name: str) -> PdfContent:
    """Read the characters of all pages.

    Raises:
        UnreadableFile: the file is encrypted, broken or too large.
    """
    with _opened(content, name) as document:
        if len(document) > MAX_PAGES:
            raise UnreadableFile(f"{name!r} has more than {MAX_PAGES} pages; split it")
        pages: list[PdfPage] = []
        total = 0
        for number in range(len(document)):
            pages.append(_read_page(document, number))
            total += len(pages[-1].characters)
            if total > MAX_TEXT_CHARACTERS:
                millions = MAX_TEXT_CHARACTERS // 10**6
                raise UnreadableFile(f"{name!r} has more than {millions} million characters; split it")
        about = document.get_metadata_dict()
        return PdfContent(pages, str(about.get("Title") or ""), str(about.get("Author") or ""))


def render_pages(content: bytes, name: str, numbers: list[int]) -> Iterator[Picture]:
    """Yield a picture of each of these pages, numbered from 0."""
    for number in numbers:
        with _opened(content, name) as document:
            page = document[number]
            scale = RENDERED_DPI / 72
            pixels = page.get_width() * page.get_height() * scale * scale
            scale *= min(1.0, math.sqrt(MAX_RENDERED_PIXELS / max(pixels, 1.0)))
            bitmap = page.render(scale=scale, grayscale=True)
            buffer = bytes(bitmap.buffer)
            rows = (buffer[row * bitmap.stride : row * bitmap.stride + bitmap.width] for row in range(bitmap.height))
            picture = Picture(bitmap.width, bitmap.height, b"".join(rows))
        yield picture


@contextmanager
def _opened(content: bytes, name: str) -> Iterator[Any]:
    # Imported here: only PDF files need it.
    import pypdfium2  # noqa: PLC0415

    with LOCK:
        document = None
        try:
            # Many papers are encrypted with an empty password, only so that they cannot be edited.
            document = pypdfium2.PdfDocument(content, password="")
            yield document
        except pypdfium2.PdfiumError as error:
            if getattr(error, "err_code", None) == PASSWORD_ERROR or "password" in str(error).lower():
                raise UnreadableFile(f"{name!r} is encrypted; save a copy without its password") from None
            raise UnreadableFile(f"{name!r} is a broken PDF ({type(error).__name__}); save it again") from None
        except PARSER_ERRORS as error:
            raise UnreadableFile(f"{name!r} is a broken PDF ({type(error).__name__}); save it again") from None
        finally:
            if document is not None:
                document.close()


def _read_page(document: Any, number: int) -> PdfPage:
    import pypdfium2  # noqa: PLC0415
    from pypdfium2 import raw  # noqa: PLC0415

    try:
        page = document[number]
    except pypdfium2.PdfiumError:
        return PdfPage([], 0.0, 0.0, False, unread=True)
    try:
        text = page.get_textpage()
        try:
            found = list(_characters(text.raw, raw))
        finally:
            text.close()
        images = page.get_objects(filter=(raw.FPDF_PAGEOBJ_IMAGE,), max_depth=3)
        characters = [each for each in found if not each.turned]
        turned = sum(each.turned and each.text.isalpha() for each in found)
        upright = sum(each.text.isalpha() for each in characters)
        lost = turned > MAX_STAMP or (turned >= MIN_TURNED and turned > upright)
        return PdfPage(characters, page.get_width(), page.get_height(), next(iter(images), None) is not None, lost)
    finally:
        page.close()


def _characters(text: Any, raw: Any) -> Iterator[Character]:
    box, x, y = raw.FS_RECTF(), ctypes.c_double(), ctypes.c_double()
    lead = 0
    for i in range(max(raw.FPDFText_CountChars(text), 0)):
        code = raw.FPDFText_GetUnicode(text, i)
        if 0xD800 <= code < 0xDC00:
            lead = code
            continue
        if 0xDC00 <= code < 0xE000:
            code = 0x10000 + ((lead - 0xD800) << 10) + code - 0xDC00 if lead else 0xFFFD
        lead = 0
        shown = "-" if code == 2 or raw.FPDFText_IsHyphen(text, i) == 1 else chr(code) if code else "\ufffd"
        if raw.FPDFText_IsGenerated(text, i) == 1 and shown != "-":
            yield Character(shown, breaks=True)
            continue
        angle = raw.FPDFText_GetCharAngle(text, i) % (2 * math.pi)
        if LEVEL < angle < 2 * math.pi - LEVEL:
            yield Character(shown, turned=True)
            continue
        if not raw.FPDFText_GetLooseCharBox(text, i, box):
            continue
        raw.FPDFText_GetCharOrigin(text, i, x, y)
        yield Character(shown, box.left, box.right, y.value, abs(box.top - box.bottom))
