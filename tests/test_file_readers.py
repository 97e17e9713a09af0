"""File readers: HTML, PDF, feeds, mail, Markdown and exports; spans are offsets into the stored text."""

import email.message
import io
import json
import os
from pathlib import Path

import pytest
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

from evals.studies.newsroom.metadata import read_metadata_cases, verdicts_on
from index.errors import InputError
from index.reading import RawFile, read_file, read_paths, read_raw
from index.reading.encodings import decode
from index.types import Article

STORY = (
    "The harbour office closed both ferry lines on Tuesday after waves of six metres broke over the northern mole, "
    "and no ship has left the port since. The harbour master expects the lines to open again when the wind turns."
)
PAGE = (
    f"<!DOCTYPE html><html><head><title>Ferries</title></head><body><h1>Ferries stop</h1><p>{STORY}</p></body></html>"
)


def one(content: bytes | str, suffix: str) -> Article:
    raw = content.encode() if isinstance(content, str) else content
    found = list(read_raw(RawFile(id="story", name=f"story{suffix}", content=raw, suffix=suffix)))
    assert len(found) == 1, found
    assert isinstance(found[0], Article), found[0]
    return found[0]


def reason(content: bytes | str, suffix: str) -> str:
    raw = content.encode() if isinstance(content, str) else content
    found = list(read_raw(RawFile(id="story", name=f"story{suffix}", content=raw, suffix=suffix)))
    assert len(found) == 1
    assert isinstance(found[0], InputError), found[0]
    assert "\n" not in str(found[0])
    return str(found[0])


def prose(article: Article) -> str:
    return " ".join(span.of(article.text) for span in article.body)


def pdf(*pages: str, title: str = "", password: str = "") -> bytes:
    """Return a small PDF with a line of text on each page."""
    writer = PdfWriter()
    font = DictionaryObject(
        {NameObject("/Type"): NameObject("/Font"), NameObject("/Subtype"): NameObject("/Type1"),
         NameObject("/BaseFont"): NameObject("/Helvetica")}
    )  # fmt: skip
    for text in pages:
        page = writer.add_blank_page(width=600, height=800)
        lines = " ".join(f"({line}) Tj 0 -14 Td" for line in text.split("\n"))
        stream = DecodedStreamObject()
        stream.set_data(f"BT /F1 11 Tf 40 760 Td {lines} ET".encode("latin-1"))
        page[NameObject("/Contents")] = writer._add_object(stream)
        fonts = DictionaryObject({NameObject("/F1"): writer._add_object(font)})
        page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
    if title:
        writer.add_metadata({"/Title": title})
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


def test_source_facts_are_right_and_none_is_invented() -> None:
    verdicts = [verdict for case in read_metadata_cases() for verdict in verdicts_on(case)]
    assert len({verdict.case.id for verdict in verdicts}) >= 80
    assert [(v.case.id, v.field, v.found.value) for v in verdicts if v.invented] == []
    assert sum(verdict.right for verdict in verdicts) >= 0.95 * len(verdicts)


def test_every_stated_fact_names_where_it_was_read() -> None:
    found = [verdict.found for case in read_metadata_cases() for verdict in verdicts_on(case)]
    assert all(fact.source for fact in found if fact.basis != "unknown")


def test_html_keeps_inline_elements_in_the_middle_of_a_sentence() -> None:
    sentence = (
        "The lines open on <time datetime='2027-06-01'>1 June 2027</time>, said <b>Ilse</b> <a href='/i'>Brandt</a>."
    )
    found = one(PAGE.replace("</p>", f"</p><p>{sentence}</p>"), ".html")
    assert "The lines open on 1 June 2027, said Ilse Brandt." in prose(found)


def test_html_without_an_article_is_refused() -> None:
    assert "without the text" in reason("<html><body><p>Please enable JavaScript.</p></body></html>", ".html")


def test_markdown_is_read_without_markup() -> None:
    note = f"# Ferries stop\n\n{STORY} **Six** [ships](https://x.example/1) wait.\n\n```\ncode 7\n```\n"
    found = one(f"---\ntitle: Ferries\n---\n{note}", ".md")
    assert prose(found).endswith("Six ships wait.")
    assert found.source.title.value == "Ferries"
    assert "broken" in reason("---\ntitle: [oops\n---\n\nText that is here.\n", ".md")


def test_a_pdf_gives_the_text_of_its_pages() -> None:
    found = one(
        pdf("Ferries stop at the harbour\n" + STORY[:90], STORY[90:], title="Ferries stop at the harbour"), ".pdf"
    )
    assert "waves of six metres" in found.text
    assert found.source.title.value == "Ferries stop at the harbour"
    assert found.source.published.value is None


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (pdf(STORY, password="secret"), "encrypted"),
        (pdf(""), "no text"),
        (pdf(STORY)[:200], "broken"),
        (b"not a pdf at all", "not a PDF"),
    ],
)
def test_an_unusable_pdf_says_why(content: bytes, says: str) -> None:
    assert says in reason(content, ".pdf")


@pytest.mark.parametrize("suffix", [".txt", ".md", ".xml", ".pdf"])
def test_a_wrong_suffix_does_not_matter(suffix: str) -> None:
    assert one(PAGE, suffix).source.title.value == "Ferries stop"
    assert "six metres" in one(pdf(STORY), ".txt").text


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [
        ("utf-8", "windows-1252"),
        ("cp1252", "utf-8"),
        ("utf-8-sig", "iso-8859-1"),
        ("utf-16", "utf-8"),
        ("utf-16-le", "utf-8"),
        ("cp1252", "iso-8859-1"),
        ("cp1251", "windows-1251"),
    ],
)
def test_a_wrong_declared_encoding_does_not_matter(encoding: str, declared: str) -> None:
    words = (
        "Городской совет в понедельник вечером"
        if encoding == "cp1251"
        else "“Das Café schließt”, sagte Müller – für immer"
    )
    content = words.encode(encoding)
    assert decode(content, "x", declared) == words


def test_undeclared_windows_1252_is_detected() -> None:
    assert one(f"{STORY} “So schön”, sagte Brandt.".encode("cp1252"), ".txt").text.endswith("“So schön”, sagte Brandt.")


def test_a_table_is_read_under_any_common_column_names() -> None:
    found = one(f'Headline;Publication;Pub Date;Body\nFerries;Gazette;21.09.2022;"{STORY}"\n', ".csv")
    source = found.source
    assert (source.title.value, source.outlet.value, source.published.value) == ("Ferries", "Gazette", "2022-09-21")
    assert "no column of texts" in reason("a,b\n1,2\n", ".csv")


def test_a_row_without_an_id_gets_a_stable_one() -> None:
    rows = (
        '[{"title": "A", "text": "First story."}, {"title": "B", "text": "Second."}]',
        '[{"title": "B", "text": "Second."}]',
    )
    ids = [
        [
            item.id
            for item in read_raw(RawFile(id="x", name="x", content=row.encode(), suffix=".json"))
            if isinstance(item, Article)
        ]
        for row in rows
    ]
    assert ids[0][1:] == ids[1]


def test_mbox_yields_each_message_and_a_broken_one_stops_none() -> None:
    message = email.message.EmailMessage()
    message["From"], message["Subject"] = "Brandt <b@x.example>", "Ferries"
    message.set_content(STORY)
    mail = bytes(message)
    box = b"From x Mon\n" + mail + b"\nFrom y Tue\nSubject: nothing\n\n\nFrom z Wed\nMessage-ID: <2@x>\n" + mail
    found = list(read_raw(RawFile(id="box", name="box", content=box, suffix=".mbox")))
    assert [isinstance(item, Article) for item in found] == [True, False, True]


def test_a_folder_is_read_without_hidden_files_loops_and_saved_page_folders(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(STORY)
    (tmp_path / ".hidden.txt").write_text(STORY)
    (tmp_path / "page.html").write_text(PAGE)
    (tmp_path / "page_files").mkdir()
    (tmp_path / "page_files" / "frame.html").write_text(PAGE)
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "photo.jpg").write_bytes(b"x")
    found = list(read_paths([tmp_path]))
    assert [item.id for item in found if isinstance(item, Article)] == ["a", "page"]
    assert [str(item).partition(": ")[2] for item in found if isinstance(item, InputError)] == [
        "left out 1 files of kinds not read (1 of .jpg)"
    ]


def test_a_file_that_is_gone_gives_one_line_and_a_name_of_any_bytes_is_read(tmp_path: Path) -> None:
    odd = tmp_path / os.fsdecode(b"odd\xff.txt")
    odd.write_text(STORY)
    (tmp_path / "gone.txt").symlink_to(tmp_path / "nowhere")
    assert [type(item) for item in read_file(odd)] == [Article]
    assert all(isinstance(item, InputError) for item in read_file(tmp_path / "gone.txt"))


def test_a_feed_entry_has_its_publication_date_not_its_update() -> None:
    entry = f"<id>urn:1</id><title>T</title><updated>2024-01-02T00:00:00Z</updated><content>{STORY}</content>"
    feed = f"<feed xmlns='http://www.w3.org/2005/Atom'><title>Gazette</title><entry>{entry}</entry></feed>"
    found = one(feed, ".xml")
    assert found.source.published.value is None
    assert found.source.outlet.value == "Gazette"


def test_json_lines_may_contain_control_characters(tmp_path: Path) -> None:
    spoiled = "The mayor\u0092s bridge \u0080 opened \x00 today."
    path = tmp_path / "spoiled.jsonl"
    path.write_text(json.dumps({"id": "a", "text": spoiled}, ensure_ascii=False), "utf-8")
    (article,) = read_paths([path])
    assert isinstance(article, Article)
    assert article.text == spoiled
