"""Exports: documents, mails with what hangs on them, JSON and CSV of other systems, and news databases."""

import io
import json
import zipfile
from email.message import EmailMessage
from html import escape, unescape

import pytest
from docx import Document

from index.errors import InputError
from index.reading import RawFile, read_raw
from index.reading.field_dates import field_date
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


def mail(subject: str, text: str, **attached: bytes) -> bytes:
    message = EmailMessage()
    message["From"], message["Subject"], message["Date"] = (
        "Tom Vale <t@a.org>",
        subject,
        "Wed, 5 Mar 2025 10:00:00 +0000",
    )
    message.set_content(text)
    for name, content in attached.items():
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name.replace("_", "."))
    return message.as_bytes()


PAGE = f"<html><body><article><h1>Dam</h1><p>{SECOND}</p><p>{SECOND}</p></article></body></html>".encode()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a_txt", SECOND.encode()),
        ("a_docx", word(SECOND)),
        ("a_html", PAGE),
        ("a_eml", mail("Dam", SECOND)),
        ("a_rtf", rtf(SECOND).encode()),
        ("a_md", SECOND.encode()),
    ],
)
def test_attachments_are_articles_of_their_own(name: str, content: bytes) -> None:
    first, second = read_all(mail("Pump", PROSE, **{name: content}), ".eml")
    assert body(first) == [PROSE]
    assert SECOND in body(second)
    assert first.id != second.id


def test_an_attached_mail_keeps_its_own_author() -> None:
    inner, message = EmailMessage(), EmailMessage()
    inner["From"], inner["Subject"], inner["Date"] = "Ann Poe <a@a.org>", "Dam", "Mon, 3 Mar 2025 10:00:00 +0000"
    inner.set_content(SECOND)
    message["From"], message["Subject"] = "Tom Vale <t@a.org>", "See this"
    message.set_content(PROSE)
    message.add_attachment(inner)
    first, second = read_all(message.as_bytes(), ".eml")
    assert (first.source.author.value, second.source.author.value) == ("Tom Vale", "Ann Poe")
    assert second.source.published.value == "2025-03-03"


def test_an_attachment_that_is_not_read_is_named() -> None:
    content = mail("Pump", PROSE, photo_jpg=b"\xff\xd8\xff\xe0 picture")
    found = list(read_raw(RawFile(id="a", name="a.eml", content=content, suffix=".eml")))
    assert [type(each) is Article for each in found] == [True, False]
    assert "photo.jpg" in str(found[1])


HISTORY = [
    f"On Mon, 3 Mar 2025 at 10:00, Ann Poe <ann@a.org> wrote:\n> {SECOND}\n> {THIRD}",
    f"On Mon, 3 Mar 2025 at 10:00,\nAnn Poe <ann@a.org> wrote:\n\n> {SECOND}",
    f"-----Original Message-----\nFrom: Ann Poe\nSent: Monday, March 3, 2025\nTo: Tom\nSubject: Dam\n\n{SECOND}",
    f"Am 03.03.2025 um 10:00 schrieb Ann Poe <ann@a.org>:\n> {SECOND}",
    f"Le lun. 3 mars 2025 à 10:00, Ann Poe <ann@a.org> a écrit :\n> {SECOND}",
    f"________________________________\nFrom: Ann Poe <ann@a.org>\nSent: Monday\nTo: Tom\nSubject: Dam\n\n{SECOND}",
    f"> {SECOND}\n>> {THIRD}",
    f"From: Ann Poe <ann@a.org>\nSent: Monday, March 3, 2025 10:00 AM\nTo: Tom Vale\nSubject: Dam\n\n{SECOND}",
    f"Von: Ann Poe\nGesendet: Montag, 3. März 2025 10:00\nAn: Tom Vale\nBetreff: Dam\n\n{SECOND}\n\n{THIRD}",
    f"De\xa0: Ann Poe\nEnvoyé\xa0: lundi 3 mars 2025 10:00\nÀ\xa0: Tom Vale\nObjet\xa0: Dam\n\n{SECOND}",
    f"-----Message d’origine-----\nDe: Ann Poe\nDate: lundi 3 mars 2025\nÀ: Tom\nObjet: Dam\n\n{SECOND}",
    f"On Monday, March 3, 2025 at 10:00 AM Ann Poe\n<ann@a.org> wrote:\n\n{SECOND}\n\n{THIRD}",
    f"Le 3 mars 2025 à 10:00, Ann Poe\n<ann@a.org> a écrit\xa0:\n\n{SECOND}",
    f"El lun, 3 mar 2025 a las 10:00, Ann Poe (<ann@a.org>) escribió:\n\n> {SECOND}",
    f"Ma 3. maaliskuuta 2025 klo 10.00\nAnn Poe (ann@a.org) kirjoitti:\n> {SECOND}\n>\n> {THIRD}",
]


@pytest.mark.parametrize("history", HISTORY)
def test_quoted_history_is_not_the_senders_own_words(history: str) -> None:
    article = read(mail("Re: Dam", f"{PROSE}\n\n{history}\n"), ".eml")
    assert body(article) == [PROSE]
    assert article.source.author.value == "Tom Vale"
    assert body(read(mail("Re: Dam", f"{PROSE}\n{history}\n"), ".eml")) == [PROSE]


ROWS = "<b>{}</b> Ann Poe &lt;ann@a.org&gt;<br><b>{}</b> {}<br><b>{}</b> Tom Vale<br><b>{}</b> Dam breaks"
HEADERS = [
    ROWS.format("From:", "Sent:", "Monday, March 3, 2025 10:00 AM", "To:", "Subject:"),
    ROWS.format("Von:", "Gesendet:", "Montag, 3. März 2025 10:00", "An:", "Betreff:"),
    ROWS.format("De&nbsp;:", "Envoyé&nbsp;:", "lundi 3 mars 2025 10:00", "À&nbsp;:", "Objet&nbsp;:"),
]
WROTE = "On 3 Mar 2025, at 10:00, Ann Poe &lt;ann@a.org&gt; wrote:"
PAGE_HISTORY = [
    *(f"<div><p>{each}</p></div><p>{SECOND}</p><p>{THIRD}</p>" for each in HEADERS),
    f'<hr><div id="divRplyFwdMsg"><font>{HEADERS[0]}</font></div><div>{SECOND}</div>',
    f'<div class="gmail_quote"><p>{WROTE}</p><blockquote class="gmail_quote"><p>{SECOND}</p></blockquote></div>',
    f'<div><br><blockquote type="cite"><div>{WROTE}</div><br><div>{SECOND}</div></blockquote></div>',
    f'<div class="moz-cite-prefix">{WROTE}<br></div><blockquote type="cite"><p>{SECOND}</p></blockquote>',
]


def page_mail(subject: str, html: str) -> Article:
    message = EmailMessage()
    message["From"], message["Subject"] = "Tom Vale <t@a.org>", subject
    message.set_content(f"<html><body>{html}</body></html>", subtype="html")
    return read(message.as_bytes(), ".eml")


@pytest.mark.parametrize("history", PAGE_HISTORY)
def test_quoted_history_of_a_page_is_not_the_senders_own_words(history: str) -> None:
    assert body(page_mail("Re: Dam", f"<div><p>{PROSE}</p></div>{history}")) == [PROSE]
    assert body(page_mail("Re: Dam", f"<div>{THIRD}</div>{history}")) == [THIRD]


def test_answers_between_quotations_are_the_senders_own() -> None:
    quoted = f'<blockquote type="cite"><p>{SECOND}</p></blockquote>'
    html = f"<p>{WROTE}</p>{quoted}<p>{PROSE}</p>{quoted}<p>{THIRD}</p>"
    assert body(page_mail("Re: Dam", html)) == [PROSE, THIRD]


def test_a_quotation_that_is_no_mail_is_the_senders_own() -> None:
    html = f"<p>{PROSE}</p><blockquote><p>{SECOND}</p></blockquote><p>{THIRD}</p>"
    assert body(page_mail("Dam", html)) == [PROSE, SECOND, THIRD]


def test_lines_that_were_broken_for_transport_are_one() -> None:
    message = EmailMessage()
    message["From"], message["Content-Type"] = "Tom Vale <t@a.org>", 'text/plain; charset="utf-8"; format=flowed'
    text = PROSE.replace("night, ", "night, \n").replace(" within", " \nwithin")
    content = message.as_bytes() + f"{text}\n\n{SECOND.replace('Tuesday ', chr(10).join(('Tuesday ', '')))}\n".encode()
    assert body(read(content, ".eml")) == [PROSE, SECOND]


def test_words_below_a_quotation_are_the_senders_own() -> None:
    assert body(read(mail("Re: Dam", f"{HISTORY[0]}\n\n{PROSE}\n"), ".eml")) == [PROSE]
    assert body(read(mail("Re: Dam", f"> {SECOND}\n{PROSE}\n> {THIRD}\n{PROSE}\n"), ".eml")) == [PROSE, PROSE]


def quoted(text: str) -> str:
    return "\n".join(f"> {line}" for line in text.split("\n"))


HEADER = "From: Ann Poe <ann@a.org>\nDate: Mon, 3 Mar 2025 at 10:00\nSubject: Dam breaks\nTo: Tom Vale <t@a.org>"


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Fwd: Dam breaks", f"See below.\n\n---------- Forwarded message ---------\n{HEADER}\n\n\n{PROSE}\n\n{SECOND}"),
        ("FW: Dam breaks", f"-----Original Message-----\n{HEADER.replace('Date', 'Sent')}\n\n{PROSE}\n\n{SECOND}"),
        (
            "Dam",
            "Begin forwarded message:\n\n"
            f"{HEADER.replace('From:', '*From:*').replace('Date:', '*Date:*')}\n\n{PROSE}\n\n{SECOND}",
        ),
        (
            "WG: Dam",
            "Von: Ann Poe\nGesendet: Montag, 3. März 2025 10:00\nAn: Tom\nBetreff: Dam breaks\n\n"
            + f"{PROSE}\n\n{SECOND}",
        ),
        (
            "Fwd: Dam breaks",
            "From: Ann Poe [mailto:ann@a.org]\nSent: Monday, March 3, 2025 10:00 AM\nSubject: Dam breaks\n\n"
            f"{PROSE}\n\n{SECOND}",
        ),
        ("Fwd: Dam", "See below.\n\n" + quoted(f"Begin forwarded message:\n\n{HEADER}\n\n{PROSE}\n\n{SECOND}")),
        ("Fw: Dam", f"------- Forwarded Message -------\n{HEADER}\n\n" + quoted(f"{PROSE}\n\n{SECOND}")),
        (
            "TR: Dam",
            "-------- Courriel transféré --------\nSujet : Dam breaks\nDate : lundi 3 mars 2025 10:00\nDe : Ann Poe\n"
            f"Pour : Tom Vale\n\n\n{PROSE}\n\n{SECOND}",
        ),
        *(("Fwd: Dam", f"<p>See below.</p><div><p>{each}</p></div><p>{PROSE}</p><p>{SECOND}</p>") for each in HEADERS),
        (
            "Fwd: Dam",
            '<div>See below.<blockquote type="cite"><div>Begin forwarded message:</div><br>'
            f"<div>{HEADERS[0]}</div><br><div><p>{PROSE}</p><p>{SECOND}</p></div></blockquote></div>",
        ),
    ],
)
def test_a_forwarded_mail_has_its_authors_name_and_date(subject: str, text: str) -> None:
    article = page_mail(subject, text) if text.startswith("<") else read(mail(subject, text), ".eml")
    source = article.source
    assert (source.author.value, source.published.value) == ("Ann Poe", "2025-03-03")
    assert source.title.value == "Dam breaks"
    assert body(article) == [PROSE, SECOND]


@pytest.mark.parametrize(
    ("row", "published", "outlet", "author"),
    [
        (
            {
                "date_publish": "2025-03-04 10:00:00",
                "maintext": PROSE,
                "source_domain": "www.herald.com",
                "authors": ["Jane Doe", "John Roe"],
                "title": "Pump",
                "url": "https://www.herald.com/pump",
            },
            "2025-03-04",
            "herald.com",
            "Jane Doe, John Roe",
        ),
        (
            {
                "webTitle": "Pump",
                "webPublicationDate": "2025-03-04T10:00:00Z",
                "fields": {"bodyText": PROSE, "byline": "Jane Doe"},
                "publication": "The Herald",
            },
            "2025-03-04",
            "The Herald",
            "Jane Doe",
        ),
        (
            {
                "headline": {"main": "Pump"},
                "byline": {"original": "By Jane Doe and John Roe"},
                "pub_date": "2025-03-04T10:00:00+0000",
                "source": "Herald",
                "text": [PROSE],
            },
            "2025-03-04",
            "Herald",
            "Jane Doe, John Roe",
        ),
        (
            {
                "title": {"rendered": "Pump"},
                "content": {"rendered": f"<p>{PROSE}</p>"},
                "date": 1741082400,
                "publisher": {"name": "Herald"},
            },
            "2025-03-04",
            "Herald",
            None,
        ),
        (
            {
                "_source": {
                    "title": "Pump",
                    "body": PROSE,
                    "published_at": "Tue, 04 Mar 2025 10:00:00 GMT",
                    "source": {"name": "Herald"},
                }
            },
            "2025-03-04",
            "Herald",
            None,
        ),
        (
            {"text": PROSE, "date": "04-Mar-2025", "source": "@herald", "author": "By Jane Doe"},
            "2025-03-04",
            None,
            "Jane Doe",
        ),
        (
            {"text": PROSE, "date": "2025-03-04", "domain": "herald.com", "publisher": "Herald"},
            "2025-03-04",
            "Herald",
            None,
        ),
        ({"text": PROSE, "date": "2025-3-4", "source": "U.S."}, "2025-03-04", None, None),
        ({"text": PROSE, "date": "04/03/2025", "source": "12 High Street"}, None, None, None),
    ],
)
def test_exports_of_other_systems_are_read(
    row: dict[str, object], published: str | None, outlet: str | None, author: str | None
) -> None:
    for content in (json.dumps([row]), json.dumps({"response": {"results": [row]}}), json.dumps(row)):
        article = read(content, ".json")
        source = article.source
        assert (source.published.value, source.outlet.value, source.author.value) == (published, outlet, author)
        assert body(article) == [PROSE]


@pytest.mark.parametrize(
    "text",
    [
        [PROSE, SECOND],
        [{"text": PROSE}, {"text": SECOND}],
        f"<p>{PROSE}</p><p>{SECOND}</p>",
        f"<div>{PROSE}<br><br/>{SECOND}</div>".replace("The", "<b>The</b>"),
        f"{PROSE}\n\n{SECOND}".replace("The", "&#84;he"),
        f"<article>\n<p>{PROSE}</p>\n<ul><li>{SECOND}</li></ul></article>",
    ],
)
def test_paragraphs_and_markup_in_a_text_field_become_paragraphs(text: object) -> None:
    assert body(read(json.dumps([{"id": "1", "text": text}]), ".json")) == [PROSE, SECOND]


@pytest.mark.parametrize(
    "markup",
    [
        f"<p>{PROSE}</p><p>{SECOND}</p>",
        f"<div>{PROSE}<br><br/>{SECOND}</div>",
        f'<p class="a">{PROSE.replace("pump", "<b>pump</b>")}</p>\n<p>{SECOND.replace("town", "<i>town</i>")}</p>',
    ],
)
def test_escaped_markup_in_a_text_field_is_read_as_markup(markup: str) -> None:
    rows = {".json": json.dumps([{"id": "1", "text": escape(markup)}])}
    rows[".csv"] = f'id,text\n1,"{escape(markup)}"\n'
    item = f"<item><title>B</title><description>{escape(escape(markup))}</description></item>"
    rows[".xml"] = f"<rss version='2.0'><channel><title>A</title>{item}</channel></rss>"
    for suffix, content in rows.items():
        assert body(read(content, suffix)) == [PROSE, SECOND]


@pytest.mark.parametrize(
    "text", ["Write &lt;you&gt; there.", "The tag &lt;p&gt; begins it.", "5 &lt; 6 &amp; 7 &gt; 6."]
)
def test_escaped_signs_in_a_text_field_are_signs(text: str) -> None:
    assert read(json.dumps([{"id": "1", "text": text}]), ".json").text == unescape(text)


@pytest.mark.parametrize("text", ["5 < 6 and 7 > 6, he said.", "AT&T bought it.", "Write <you> there; it is R&D."])
def test_signs_in_a_text_field_stay(text: str) -> None:
    assert read(json.dumps([{"id": "1", "text": text}]), ".json").text == text


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("1741082400", "2025-03-04"),
        ("1741082400000", "2025-03-04"),
        ("1741082400.5", "2025-03-04"),
        ("Tue Jan 28 15:28:56 CET 2020", "2020-01-28"),
        ("04-Mar-2025", "2025-03-04"),
        ("2025-3-4", "2025-03-04"),
        ("2025/3/4 10:00", "2025-03-04"),
        ("Tue, 04 Mar 2025 10:00:00 +0100", "2025-03-04"),
        ("Mar 4, 2025, 5:12 PM EST", "2025-03-04"),
        ("Tuesday, 4th March 2025", "2025-03-04"),
        ("20250304T101112Z", "2025-03-04"),
        ("03/04/2025", None),
        ("2025", None),
        ("March 2025", None),
        ("0", None),
        ("123456", None),
        ("Mar 4", None),
        ("04-Mar-25", None),
        ("published in 2025 by May & Co", None),
    ],
)
def test_dates_of_fields_are_read_where_their_form_decides_them(value: str, day: str | None) -> None:
    assert field_date(value) == day


CODED = """HD  Pump fails at Mill End
BY  By Jane Doe
WC  62 words
PD  4 March 2025
SN  The Harbury Herald
SC  HARHER
LA  English
CY  Copyright 2025 The Harbury Herald
LP
{prose}

TD
{second}

{third}
CO  acme : Acme Pumps
IN  ipump : Pumps
AN  Document HARHER00020250304el340000{n}

"""
SHOWN = """Pump fails at Mill End
By Jane Doe
62 words
4 March 2025
10:00
The Harbury Herald
HARHER
English
Copyright 2025. The Harbury Herald. All rights reserved.

{prose}

{second}

{third}

Document HARHER00020250304el340000{n}

"""
OLD_LEXIS = """
                               {n} of 2 DOCUMENTS


                             The Harbury Herald

                          March 4, 2025 Tuesday

Pump fails at Mill End

BYLINE: Jane Doe

SECTION: NEWS; Pg. 4

LENGTH: 62 words

{prose}

{second}

{third}

LOAD-DATE: March 5, 2025

LANGUAGE: ENGLISH

PUBLICATION-TYPE: Newspaper

                   Copyright 2025 The Harbury Herald
                          All Rights Reserved
"""
NEW_LEXIS = """Pump fails at Mill End

The Harbury Herald

March 4, 2025 Tuesday

Copyright 2025 The Harbury Herald All Rights Reserved

Section: NEWS; Pg. 4

Length: 62 words

Byline: Jane Doe

Body

{prose}

{second}

{third}

Classification

Language: ENGLISH

Load-Date: March 5, 2025

End of Document

"""


def export(form: str) -> str:
    first = form.format(prose=PROSE, second=SECOND, third=THIRD, n=1)
    return first + form.format(prose=PROSE, second=SECOND.replace("second", "third"), third=THIRD, n=2)


@pytest.mark.parametrize("kind", [".txt", ".rtf", ".docx"])
@pytest.mark.parametrize("form", [CODED, SHOWN, OLD_LEXIS, NEW_LEXIS], ids=["codes", "shown", "old", "new"])
def test_an_export_of_a_news_database_gives_its_articles(form: str, kind: str) -> None:
    text = export(form)
    contents: dict[str, str | bytes] = {".txt": text, ".rtf": rtf(*text.split("\n")), ".docx": word(*text.split("\n"))}
    found = read_all(contents[kind], kind)
    assert len({each.id for each in found}) == 2
    for each in found:
        source = each.source
        assert (source.title.value, source.outlet.value) == ("Pump fails at Mill End", "The Harbury Herald")
        assert (source.author.value, source.published.value) == ("Jane Doe", "2025-03-04")
        assert body(each)[0] == PROSE
        assert body(each)[2:] == [THIRD]


def test_an_article_that_mentions_documents_is_no_export() -> None:
    text = f"Pump fails\n\n{PROSE}\n\nPolice seized 3 of 50 documents on Monday, the court was told.\n\n{SECOND}"
    assert len(read_all(text, ".txt")) == 1
