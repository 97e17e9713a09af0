"""Documents: Word, OpenDocument and RTF files give a title, paragraphs and the rows of their tables."""

import io
import zipfile

import pytest
from docx import Document

from index.errors import InputError
from index.reading import RawFile, read_raw
from index.types import Article

PROSE = "The pump at Mill End failed on Monday night, and the river flooded the lower town within an hour."

SECOND = "The mayor said on Tuesday that the town would buy a second pump before the end of the winter."

THIRD = "Three children drowned."


def read_all(content: bytes | str, suffix: str) -> list[Article]:
    raw = content.encode() if isinstance(content, str) else content
    found = list(read_raw(RawFile(id="a", name=f"a{suffix}", content=raw, suffix=suffix)))
    assert not [each for each in found if isinstance(each, InputError)], found
    return [each for each in found if isinstance(each, Article)]


def read(content: bytes | str, suffix: str) -> Article:
    [found] = read_all(content, suffix)
    return found


def body(article: Article) -> list[str]:
    return [" ".join(span.of(article.text).split()) for span in article.body]


def word(*paragraphs: str, title: str | None = None, rows: tuple[tuple[str, ...], ...] = ()) -> bytes:
    document = Document()
    if title:
        document.add_heading(title, level=1)
    for each in paragraphs:
        document.add_paragraph(each)
    if rows:
        table = document.add_table(len(rows), len(rows[0]))
        for row, cells in zip(table.rows, rows, strict=True):
            for cell, value in zip(row.cells, cells, strict=True):
                cell.text = value
    packed = io.BytesIO()
    document.save(packed)
    return packed.getvalue()


OPEN_NAMES = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
)


def odt(inner: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as made:
        made.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        content = f"<office:document-content {OPEN_NAMES}><office:body><office:text>{inner}</office:text></office:body>"
        made.writestr("content.xml", f"{content}</office:document-content>")
    return packed.getvalue()


def rtf(*paragraphs: str) -> str:
    return r"{\rtf1\ansi\ansicpg1252 {\fonttbl{\f0 Arial;}}\f0 " + r"\par ".join(paragraphs) + r"\par }"


@pytest.mark.parametrize(
    ("content", "suffix"),
    [
        (word(PROSE, SECOND, THIRD, title="Pump fails at Mill End"), ".docx"),
        (word("Pump fails at Mill End", "By Jane Doe", PROSE, SECOND, THIRD), ".docx"),
        (odt("".join(f"<text:p>{each}</text:p>" for each in ("Pump fails at Mill End", PROSE, SECOND, THIRD))), ".odt"),
        (odt(f"<text:h>Pump fails at Mill End</text:h><text:section><text:p>{PROSE}</text:p><text:p>{SECOND}</text:p>"
             f"<text:p>{THIRD.replace(' ', '<text:s/>')}</text:p></text:section>"), ".odt"),
        (rtf("Pump fails at Mill End", "", PROSE, SECOND, THIRD), ".rtf"),
        (rtf("Pump fails at Mill End", r"By Jane Do\'e9", "", PROSE, SECOND, THIRD), ".doc"),
    ],
)  # fmt: skip
def test_documents_are_read(content: bytes | str, suffix: str) -> None:
    article = read(content, suffix)
    assert article.source.title.value == "Pump fails at Mill End"
    assert body(article) == [PROSE, SECOND, THIRD]


def test_a_document_states_byline_and_dateline() -> None:
    article = read(word("Pump fails at Mill End", "By Jane Doe and John Roe", f"KYIV, Ukraine (AP) — {PROSE}"), ".docx")
    source = article.source
    assert (source.author.value, source.place.value, source.outlet.value) == ("Jane Doe, John Roe", "Kyiv", "AP")


def test_a_row_of_a_table_is_a_paragraph_with_the_heads_of_its_columns() -> None:
    rows = (("Town", "Dead"), ("Mill End", "3"), ("Harbury", "1"))
    found = body(read(word(PROSE, SECOND, rows=rows) + b"", ".docx"))
    text = read(word(PROSE, SECOND, rows=rows), ".docx").text
    assert "Town: Mill End; Dead: 3" in text
    assert found[:2] == [PROSE, SECOND]


@pytest.mark.parametrize("suffix", [".docx", ".odt"])
@pytest.mark.parametrize("content", [b"PK", b"PK\x03\x04broken", b"no document", b"\x00" * 40, word(PROSE)[:400]])
def test_a_broken_document_is_one_line(content: bytes, suffix: str) -> None:
    [found] = read_raw(RawFile(id="a", name=f"a{suffix}", content=content, suffix=suffix))
    assert isinstance(found, InputError)
    assert "\n" not in str(found)
