"""Article body: every whole sentence is body, and names before a dash or a colon are no datelines."""

import pytest

from index.errors import InputError
from index.reading import ArticleRecord, RawFile, read_raw, read_text, to_article
from index.types import Article

PROSE = "The pump at Mill End failed on Monday night, and the river flooded the lower town within an hour."
SECOND = "The mayor said on Tuesday that the town would buy a second pump before the end of the winter."


def read(text: str, suffix: str = ".txt") -> Article:
    [found] = read_raw(RawFile(id="a", name=f"a{suffix}", content=text.encode(), suffix=suffix))
    assert isinstance(found, Article), found
    return found


def body(article: Article) -> list[str]:
    return [" ".join(span.of(article.text).split()) for span in article.body]


SHORT_SENTENCES = [
    "Three children drowned.",
    "Nobody was hurt.",
    "The toll rose to 12.",
    "“We lost everything.”",
    "By Monday the river had fallen.",
    "They flew to the U.S.",
    "He died at 8 p.m.",
    "Pictures showed a broken dam.",
    "Updated figures came on Friday.",
    "eBay shares fell sharply.",
    "Who was to blame?",
    "他死了。",
]


@pytest.mark.parametrize("suffix", [".txt", ".md"])
@pytest.mark.parametrize("sentence", SHORT_SENTENCES)
def test_a_short_sentence_is_body_wherever_it_stands(sentence: str, suffix: str) -> None:
    assert sentence in body(read(f"Pump fails at Mill End\n\n{PROSE}\n\n{sentence}\n", suffix))
    assert sentence in body(read(f"Pump fails at Mill End\n\n{sentence}\n\n{PROSE}\n", suffix))
    assert sentence in body(read(f"{sentence}\n\n{PROSE}\n\n{SECOND}\n", suffix))


@pytest.mark.parametrize(
    "line",
    [
        "Latest News",
        "By Jane Doe",
        "By Jane Doe and John Roe.",
        "Photo: Jane Doe.",
        "Updated March 4, 2025, 5:12 p.m.",
        "Published: 4 March 2025.",
        "© 2025 Mill End Herald.",
        "Copyright 2025 Acme Inc.",
        "All rights reserved.",
        "Read more about the flood.",
        "Sign up for our letter.",
        "Acme Media Inc.",
        "scor/as",
    ],
)
def test_what_stands_around_an_article_is_not_body(line: str) -> None:
    assert body(read(f"{PROSE}\n\n{SECOND}\n\n{line}\n")) == [PROSE, SECOND]
    assert body(read(f"Pump fails at Mill End\n{line}\n\n{PROSE}\n\n{SECOND}\n")) == [PROSE, SECOND]


def test_a_short_headline_with_a_full_stop_is_title_and_body() -> None:
    article = read(f"Pump fails again.\n\n{PROSE}\n\n{SECOND}")
    assert (article.source.title.value, body(article)) == ("Pump fails again.", ["Pump fails again.", PROSE, SECOND])


@pytest.mark.parametrize(
    "opening",
    [
        "NATO — which has 32 members — said on Monday that it would send pumps to Mill End.",
        "ORTIZ: The pump was old when we bought it, and everybody in the town hall knew that.",
        "BREAKING: The pump at Mill End failed on Monday night, and the lower town is under water.",
        "OPINION: The town of Mill End should have bought a second pump many years ago, at any price.",
        "EXCLUSIVE — The pump at Mill End was never inspected, papers that we have seen show.",
        "WHO — The pump at Mill End was never inspected, the agency said in a report on Tuesday.",
        "FEMA - The agency will send four pumps to the town of Mill End before the weekend, it said.",
        "CORRECTION: The pump failed on Monday and not on Tuesday, as we said in an earlier version.",
        "UN — The council met on Monday to talk of the flood at Mill End, and adjourned after an hour.",
        "VIDEO – The moment when the dam above the lower town of Mill End broke on Monday night.",
        "IN PICTURES: The lower town of Mill End under water on Tuesday, a day after the pump failed.",
        "GENEVA (GMT) which is an hour behind the town of Mill End reported the first flood on Monday.",
    ],
)
def test_capitals_before_a_dash_or_colon_stay(opening: str) -> None:
    article = read(f"Pump fails at Mill End\n\n{opening}\n\n{SECOND}")
    assert body(article)[0] == opening
    assert (article.source.place.value, article.source.outlet.value) == (None, None)


@pytest.mark.parametrize(
    ("dateline", "place", "published", "outlet"),
    [
        ("MILL END, Ohio, March 4, 2025 (AP) — ", "Mill End", "2025-03-04", "AP"),
        ("KYIV, Ukraine (AP) — ", "Kyiv", None, "AP"),
        ("LONDON, 4 March 2025 (Reuters) – ", "London", "2025-03-04", "Reuters"),
        ("Dresden, 5 March 2026. ", "Dresden", "2026-03-05", None),
        ("LONDON — ", "London", None, None),
        ("KYIV, Ukraine — ", "Kyiv", None, None),
        ("RIO DE JANEIRO (Reuters) - ", "Rio de Janeiro", None, "Reuters"),
        ("PORT-AU-PRINCE, Haiti (AP) _ ".replace("_", "—"), "Port-au-Prince", None, "AP"),
        ("WASHINGTON, Tuesday, March 4, 2025 — ", "Washington", "2025-03-04", None),
        ("Harbury, Mar. 4, 2025: ", "Harbury", "2025-03-04", None),
        ("BEIJING, March 4, 2025 (Xinhua) -- ", "Beijing", "2025-03-04", "Xinhua"),
        ("LONDON, March 4, 2025 (GMT) — ", "London", "2025-03-04", None),
        ("ST. LOUIS — ", "St. Louis", None, None),
        ("GENEVA, March 4, 2025 (WHO) — ", "Geneva", "2025-03-04", None),
        ("BERLIN, 12. November 2024 – ", "Berlin", "2024-11-12", None),
        ("Berlin, den 12. März 2024 (dpa) - ", "Berlin", "2024-03-12", "dpa"),
        ("FRANKFURT AM MAIN, Dienstag, 12. Nov. 2024 – ", "Frankfurt am Main", "2024-11-12", None),
        ("PARIS, 3 juin 2024 (AFP) — ", "Paris", "2024-06-03", "AFP"),
        ("Lyon, le 1er août 2024. ", "Lyon", "2024-08-01", None),
        ("ÉVIAN, lundi 3 févr. 2025 – ", "Évian", "2025-02-03", None),
    ],
)
def test_datelines_are_read(dateline: str, place: str, published: str | None, outlet: str | None) -> None:
    article = read(f"Pump fails at Mill End\n\n{dateline}{PROSE}\n\n{SECOND}")
    source = article.source
    assert (source.place.value, source.published.value, source.outlet.value) == (place, published, outlet)
    assert body(article) == [PROSE, SECOND]


@pytest.mark.parametrize(
    ("opening", "place", "given", "published", "outlet"),
    [
        ("MILL END, Ohio, March 4, 2025 (AP) — ", "Mill End", {}, "2025-03-04", "AP"),
        ("KYIV, Ukraine (AP) — ", "Kyiv", {"published": "2026-01-02", "outlet": "Herald"}, "2026-01-02", "Herald"),
        ("LONDON, 4 March 2025 (Reuters) – ", "London", {"published": "last week"}, None, "Reuters"),
        ("", None, {"published": "2026-01-02"}, "2026-01-02", None),
    ],
)
def test_a_dateline_of_a_record_is_no_part_of_its_first_sentence(
    opening: str, place: str | None, given: dict[str, str], published: str | None, outlet: str | None
) -> None:
    article = to_article(ArticleRecord.model_validate({"id": "a", "text": f"{opening}{PROSE}\n\n{SECOND}", **given}))
    source = article.source
    assert (source.place.value, source.published.value, source.outlet.value) == (place, published, outlet)
    assert body(article) == [PROSE, SECOND]


@pytest.mark.parametrize(
    ("line", "place", "published"),
    [
        ("Lyon, le 3 juin 2024", "Lyon", "2024-06-03"),
        ("Wien, am 12. November 2024", "Wien", "2024-11-12"),
        ("12. November 2024", None, "2024-11-12"),
        ("Le 3 juin 2024", None, "2024-06-03"),
        ("Aktualisiert am 12. November 2024", None, None),
    ],
)
def test_a_line_above_the_text_gives_place_and_date(line: str, place: str | None, published: str | None) -> None:
    text = f"{line}\n\nPump fails at Mill End\n\n{PROSE}\n\n{SECOND}"
    page = f"<article><h1>Pump fails at Mill End</h1><p>{line}</p><p>{PROSE}</p><p>{SECOND}</p></article>"
    for article in (read(text), read(page, ".html")):
        source = article.source
        assert (source.title.value, source.place.value) == ("Pump fails at Mill End", place)
        assert (source.published.value, body(article)) == (published, [PROSE, SECOND])


@pytest.mark.parametrize("opening", ["Am Dienstag, 12. November 2024. ", "Le 3 juin 2024 ", "Seit 3. Mai 2024 "])
def test_a_date_in_a_sentence_is_no_dateline(opening: str) -> None:
    article = read(f"Pump fails at Mill End\n\n{opening}{PROSE}\n\n{SECOND}")
    assert (article.source.place.value, body(article)) == (None, [opening + PROSE, SECOND])


@pytest.mark.parametrize(
    ("byline", "authors"),
    [
        ("By Jane Doe", "Jane Doe"),
        ("By Jane Doe and John Roe", "Jane Doe, John Roe"),
        ("By Jane Doe, John Roe and Ann Poe", "Jane Doe, John Roe, Ann Poe"),
        ("By Jane Doe, John Roe, and Ann de la Cruz, Herald Staff Writers", "Jane Doe, John Roe, Ann de la Cruz"),
        ("BY JANE DOE, JOHN ROE AND ANN POE", "JANE DOE, JOHN ROE, ANN POE"),
        ("By Jane Doe | The Harbury Herald", "Jane Doe"),
        ("By Jane Doe, Associated Press", "Jane Doe"),
        ("By Jane Doe & John Roe in Mill End", "Jane Doe"),
        ("By Martin King Jr. and Ann Poe", "Martin King Jr., Ann Poe"),
        ("By Monday evening the town had been told", None),
    ],
)
def test_a_byline_names_all_its_authors(byline: str, authors: str | None) -> None:
    assert read(f"Pump fails at Mill End\n{byline}\n\n{PROSE}\n\n{SECOND}").source.author.value == authors


WRAPPED = [
    "The pump at Mill End failed on Monday night, and the river\n"
    "Tarn flooded Lower Ford, Harbury and all the old town of\n"
    "Mill End, officials said.",
    "Police named the three victims as the brothers Tom and Adam\n"
    "Vale, who were 12 and 14 years old, and their friend Maria\n"
    "Ortiz of Harbury.",
    "The vote in the House was won by the party of the Prime\n"
    "Minister, Ann Moss, with the help of all the members from\n"
    "Northern Ireland.",
    "A spokesman said the tunnel would be built by the company\n"
    "Acme, which is also building the road from Mill End to the\n"
    "Humber.",
    "He was taken to the hospital of Harbury by a helicopter of\n"
    "The Red Cross, and is said to be in a serious condition by\n"
    "Dr. Poe.",
]


@pytest.mark.parametrize("wrapped", WRAPPED)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_wrapped_lines_that_begin_with_capitals_are_one_paragraph(wrapped: str, end: str) -> None:
    text = f"Pump fails at Mill End\nBy Jane Doe\n\n{wrapped}\n\n{wrapped}\n".replace("\n", end)
    article = read_text("a", text)
    assert body(article) == [" ".join(wrapped.split())] * 2
    assert article.source.title.value == "Pump fails at Mill End"


def test_a_headline_on_the_line_above_a_wrapped_paragraph_stays_a_headline() -> None:
    article = read(f"Pump fails at Mill End\n{WRAPPED[0]}\n\n{WRAPPED[1]}")
    assert article.source.title.value == "Pump fails at Mill End"
    assert body(article) == [" ".join(each.split()) for each in WRAPPED[:2]]


PAGE = f"<h1>Pump fails at Mill End</h1>\n<p>{PROSE}</p>\n<p>{SECOND}</p>\n<p>Three children drowned.</p>"


@pytest.mark.parametrize(
    "markup",
    [
        PAGE,
        f"<div class='article'>{PAGE}</div>",
        f"<article>{PAGE}</article>",
        f"<head><title>Pump fails at Mill End</title></head><body>{PAGE}</body>",
        f"<!-- saved -->\n<section>{PAGE}</section>",
        f"<meta charset='utf-8'>{PAGE}",
        f"\n\n   {PAGE.upper().replace('H1', 'h1')}".replace("<P>", "<p>").replace("</P>", "</p>"),
    ],
)
def test_markup_in_a_text_file_is_read_as_a_page(markup: str) -> None:
    article = read(markup)
    assert "<" not in article.text
    assert any("THREE CHILDREN" in each.upper() for each in body(article))


@pytest.mark.parametrize(
    "text",
    [
        "<3 is not markup, she said.",
        "a < b and b > c",
        "<Music plays.> The band came on at nine.",
        "<http://a.org/x> said so",
    ],
)
def test_angle_brackets_in_prose_are_no_markup(text: str) -> None:
    assert read(f"{text}\n\n{PROSE}\n\n{SECOND}").text.startswith(text)


def mail(html: str, plain: str = PROSE) -> str:
    return (
        "From: Ann <ann@a.org>\nSubject: Pump\nMIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=b\n\n"
        f"--b\nContent-Type: text/plain\n\n{plain}\n\n--b\nContent-Type: text/html\n\n{html}\n--b--\n"
    )


@pytest.mark.parametrize("html", ["", " ", "<!-- -->", "<html></html>", "\x00\x01\x02", "<![CDATA[", "<html>" * 3000])
def test_a_mail_whose_page_does_not_parse_is_read_from_its_text(html: str) -> None:
    assert PROSE in read(mail(html), ".eml").text


def test_a_mail_without_any_text_is_refused() -> None:
    [found] = read_raw(RawFile(id="a", name="a.eml", content=mail("", " ").encode(), suffix=".eml"))
    assert isinstance(found, InputError)


@pytest.mark.parametrize(
    ("markdown", "shown"),
    [
        ("The flood killed ~~two~~ three people that night.", "The flood killed three people that night."),
        ("~~Nobody was hurt, the mayor said on Monday.~~", None),
        ("The flood killed <del>two</del> three people that night.", "The flood killed three people that night."),
        ("The lake covers 12 km<sup>2</sup> of <b>land</b>.", "The lake covers 12 km² of land."),
        ("The mayor <span hidden>never</span> left the hall.<!-- check this -->", "The mayor left the hall."),
        ("<p>The mayor left the <i>hall</i>.</p>", "The mayor left the hall."),
        ("The *old* [dam](https://a.org/dam) at [[Mill End|Mill End]] broke.", "The old dam at Mill End broke."),
        ("They paid ~ 40 crowns, or 2 * 3 < 7 pounds.", "They paid ~ 40 crowns, or 2 * 3 < 7 pounds."),
        ("```\npump --start\n```", None),
    ],
)
def test_markdown_is_read_as_the_page_that_it_makes(markdown: str, shown: str | None) -> None:
    article = read(f"---\ndate: 2025-03-04\n---\n# Pump fails\n\n{PROSE}\n\n{markdown}\n\n{SECOND}\n", ".md")
    assert body(article) == [PROSE, *([shown] if shown else []), SECOND]
    assert (article.source.title.value, article.source.published.value) == ("Pump fails", "2025-03-04")


@pytest.mark.parametrize(
    ("markdown", "rows"),
    [
        (
            "| Town | Dead |\n|---|--:|\n| Mill End | 3 |\n| Alder | ~~2~~ 1 |",
            ["Town: Mill End; Dead: 3", "Town: Alder; Dead: 1"],
        ),
        ("Town | Men | Women\n:-- | --- | ---\nMill End | 3 |", ["Town: Mill End; Men: 3"]),
        ("<table><tr><th>Town</th><th>Dead</th></tr><tr><td>A</td><td>1</td></tr></table>", ["Town: A; Dead: 1"]),
    ],
)
def test_a_table_of_markdown_is_a_paragraph_a_row(markdown: str, rows: list[str]) -> None:
    assert body(read(f"# Pump fails\n\n{PROSE}\n\n{markdown}\n\n{SECOND}\n", ".md")) == [PROSE, *rows, SECOND]
    assert body(read(f"# Pump fails\n\n{PROSE}\n\n{markdown}\n", ".md")) == [PROSE, *rows]
