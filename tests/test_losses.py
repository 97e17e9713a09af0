"""Losses: what a file has and a reader cannot place is read as text or reported, never dropped."""

from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from index.errors import InputError
from index.reading import RawFile, mail, read_raw
from index.reading.pdf import _unwrapped
from index.reading.pdf_hyphens import Words
from index.types import Article
from tests.test_documents import PROSE, SECOND, THIRD, body, rtf, word
from tests.test_exports import CODED, NEW_LEXIS, OLD_LEXIS, SHOWN, export
from tests.test_pdf_pages import LINES, column, pdf


def read(content: bytes | str, suffix: str) -> tuple[list[Article], list[str]]:
    raw = content.encode() if isinstance(content, str) else content
    found = list(read_raw(RawFile(id="a", name=f"a{suffix}", content=raw, suffix=suffix)))
    return [each for each in found if isinstance(each, Article)], [str(e) for e in found if isinstance(e, InputError)]


@pytest.mark.parametrize("form", [OLD_LEXIS, NEW_LEXIS], ids=["old", "new"])
def test_a_document_without_a_day_is_read_undated(form: str) -> None:
    articles, problems = read(export(form).replace("March 4, 2025 Tuesday", "Spring 2021", 1), ".txt")
    assert [each.source.published.value for each in articles] == [None, "2025-03-04"]
    assert {(each.source.title.value, each.source.outlet.value) for each in articles} == {
        ("Pump fails at Mill End", "The Harbury Herald")
    }
    assert all(body(each)[0] == PROSE for each in articles)
    assert problems == []


def test_a_document_without_a_number_of_words_is_read() -> None:
    articles, problems = read(export(SHOWN).replace("62 words\n", "", 1), ".txt")
    assert len(articles) == 2
    assert PROSE in body(articles[0])
    assert problems == []


@pytest.mark.parametrize("form", [SHOWN, NEW_LEXIS], ids=["shown", "new"])
def test_text_after_the_last_end_mark_is_read_or_reported(form: str) -> None:
    whole = export(form)
    cut = whole.rstrip().rsplit("\n", 1)[0]
    articles, problems = read(cut, ".txt")
    assert [body(each)[-1] for each in articles] == [THIRD, THIRD]
    assert problems == []
    articles, problems = read(whole + PROSE, ".txt")
    assert len(articles) == 2
    assert "what follows its last document was not read" in problems[0]


def test_the_text_of_a_last_field_is_read() -> None:
    form = CODED.split("CO  acme", maxsplit=1)[0] + "\n"
    articles, _ = read(export(form), ".txt")
    assert [body(each)[-1] for each in articles] == [THIRD, THIRD]


@pytest.mark.parametrize(
    "line", ["IN the early hours of Monday the", "RE Smith was a case of the", "HD sets are sold in the"]
)
def test_a_line_of_a_text_is_no_field(line: str) -> None:
    text = export(CODED.replace("{third}", f"{line}\ntown of Mill End, as the mayor said.\n\n{{third}}"))
    articles, problems = read(text, ".txt")
    assert problems == []
    assert [body(each)[-1] for each in articles] == [THIRD, THIRD]
    assert all(line in " ".join(body(each)) for each in articles)


@pytest.mark.parametrize("last", ["2019.", "2019", "https://harbury.example/report"])
def test_a_last_line_of_a_text_is_no_margin(last: str) -> None:
    lines = [*LINES, "The council had found the same fault in the pump in", last]
    [found], _ = read(pdf(column(lines, top=20 + 14.3 * (len(lines) - 1))), ".pdf")
    assert last in found.text


def test_a_first_line_of_a_page_that_ends_with_an_address_is_text() -> None:
    lines = ["of the town hall, and all of it is at https://harbury.example/report", *LINES]
    [found], _ = read(pdf(column(LINES), column(lines, top=785)), ".pdf")
    assert lines[0] in " ".join(body(found))
    assert found.source.url is None


def turned(page: bytes) -> bytes:
    return page.replace(b"1 0 0 1 ", b"0 1 -1 0 ")


def test_pages_of_turned_text_are_reported() -> None:
    table = [(x, 50.0, size, line) for (_, x, size, line) in column(LINES, top=300)]
    content = pdf(column(LINES), table)
    at = content.rindex(b"BT /F1", 0, content.rindex(b"stream"))
    at = content.rindex(b"stream\n", 0, at)
    articles, problems = read(content[:at] + turned(content[at:]), ".pdf")
    assert len(articles) == 1
    assert "page 2 of it" in problems[0]
    assert "turned" in problems[0]
    assert read(turned(content), ".pdf")[1] == [problems[0].replace("page 2", "pages 1-2")]


def test_broken_pages_are_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    load = pypdfium2.PdfDocument.get_page

    def broken(document: Any, number: int) -> Any:
        if number == 1:
            raise pypdfium2.PdfiumError("broken")
        return load(document, number)

    monkeypatch.setattr(pypdfium2.PdfDocument, "get_page", broken)
    monkeypatch.setattr(pypdfium2.PdfDocument, "__getitem__", broken)
    articles, problems = read(pdf(column(LINES), column(LINES), column(LINES)), ".pdf")
    assert len(articles) == 1
    assert "page 2 of it" in problems[0]


def message() -> EmailMessage:
    made = EmailMessage()
    made["From"], made["Subject"], made["Date"] = "Jane Doe <j@d.example>", "Pump", "Tue, 04 Mar 2025 10:00:00 +0100"
    return made


@pytest.mark.parametrize("width", [20, 60])
def test_a_rule_in_a_newsletter_does_not_end_it(width: int) -> None:
    made = message()
    made.set_content(f"{PROSE}\n\n{'_' * width}\n\n{SECOND}\n")
    [found], _ = read(made.as_bytes(), ".eml")
    assert SECOND in body(found)


def test_all_plain_parts_of_a_mail_are_read() -> None:
    made = message()
    made.set_content(PROSE)
    made.make_mixed()
    for text in (None, SECOND):
        part = EmailMessage()
        if text:
            part.set_content(text)
        else:
            part.set_content(b"picture", "image", "png", disposition="inline")
        made.attach(part)
    [found], problems = read(made.as_bytes(), ".eml")
    assert body(found) == [PROSE, SECOND]
    assert problems == []


def test_a_text_of_a_mail_that_is_cut_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "MAX_PART_BYTES", 150)
    made = message()
    made.set_content(f"{PROSE}\n\n{SECOND}\n")
    articles, problems = read(made.as_bytes(), ".eml")
    assert len(articles) == 1
    assert "the rest was left out" in problems[0]


def test_a_row_with_more_cells_than_columns_is_reported() -> None:
    articles, problems = read(f"id,text\n1,{PROSE}\n2,{THIRD}\n3,{THIRD},\n", ".csv")
    assert [each.text for each in articles] == [THIRD, THIRD]
    assert problems == ["a.csv:2: has more cells than columns; quote its text"]


def test_content_controls_of_a_document_are_read(tmp_path: Path) -> None:
    document = Document()
    document.add_paragraph(PROSE)
    control = f"<w:sdt {nsdecls('w')}><w:sdtContent><w:p><w:r><w:t>{SECOND}</w:t></w:r></w:p></w:sdtContent></w:sdt>"
    document.element.body.insert(1, parse_xml(control))
    document.add_paragraph(THIRD)
    document.save(str(tmp_path / "a.docx"))
    [found], _ = read((tmp_path / "a.docx").read_bytes(), ".docx")
    assert body(found) == [PROSE, SECOND, THIRD]


def test_bytes_of_an_rtf_file_that_are_no_characters_leave_a_mark() -> None:
    [found], _ = read(rtf(PROSE, r"The dam of Do\'81b is old and has a large fault."), ".rtf")
    assert "Do\ufffdb" in found.text


def test_a_table_without_heads_has_none() -> None:
    rows = (("Mayor", "Jane Doe"), ("Clerk", "John Roe"), ("Judge", "Ann Poe"))
    [found], _ = read(word(PROSE, SECOND, rows=rows), ".docx")
    assert "Mayor: Jane Doe\n\nClerk: John Roe\n\nJudge: Ann Poe" in found.text


def test_hyphens_of_recognised_lines_are_kept_where_the_document_has_them() -> None:
    words = Words(["a well-known firm", "gave the information"])
    assert _unwrapped("The well-\nknown firm gave no infor-\nmation.", words) == (
        "The well-known firm gave no information."
    )
