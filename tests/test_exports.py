"""Exports: JSON and CSV of other systems, and news databases."""

import json
from html import escape, unescape

import pytest

from index.reading.field_dates import field_date
from tests.test_documents import PROSE, SECOND, THIRD, body, read, read_all, rtf, word


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
