"""HTML blocks: tables, lists, captions, live blogs and the lines around an article."""

import sys

import pytest

from index.reading.html_blocks import parse
from index.reading.html_rendering import render
from tests.test_html_pages import LEAD, SECOND, THIRD, body, page

TABLES = {
    "head": ("<tr><th>Town</th><th>Dead</th></tr><tr><td>Mill End</td><td>3</td></tr>", ["Town: Mill End; Dead: 3"]),
    "thead": (
        "<thead><tr><td>Town</td><td>Dead</td></tr></thead><tbody><tr><td>Mill End</td><td>3</td></tr></tbody>",
        ["Town: Mill End; Dead: 3"],
    ),
    "no head": (
        "<tr><td>Town</td><td>Dead</td></tr><tr><td>Mill End</td><td>3</td></tr><tr><td>Alder</td><td>1</td></tr>",
        ["Town: Mill End; Dead: 3", "Town: Alder; Dead: 1"],
    ),
    "row heads": (
        "<tr><td></td><th>2024</th><th>2025</th></tr><tr><th>Mill End</th><td>3</td><td>4</td></tr>",
        ["Mill End; 2024: 3; 2025: 4"],
    ),
    "wide head": (
        '<tr><th rowspan="2">Town</th><th colspan="2">Dead</th></tr><tr><th>Men</th><th>Women</th></tr>'
        "<tr><td>Mill End</td><td>1</td><td>2</td></tr>",
        ["Town: Mill End; Dead Men: 1; Dead Women: 2"],
    ),
    "rowspan": (
        '<tr><th>Town</th><th>Year</th><th>Dead</th></tr><tr><td rowspan="2">Mill End</td><td>2024</td><td>3</td></tr>'
        "<tr><td>2025</td><td>4</td></tr>",
        ["Town: Mill End; Year: 2024; Dead: 3", "Town: Mill End; Year: 2025; Dead: 4"],
    ),
    "pairs": ("<tr><th>Town</th><td>Mill End</td></tr><tr><th>Dead</th><td>3</td></tr>", ["Town: Mill End", "Dead: 3"]),
    "markup": (
        "<tr><th><p>Town</p></th><th>Dead<br>in 2025</th></tr><tr><td><b>Mill</b> End</td><td>3<sup>1</sup></td></tr>",
        ["Town: Mill End; Dead in 2025: 3"],
    ),
}


@pytest.mark.parametrize(("table", "rows"), TABLES.values(), ids=TABLES)
def test_a_table_is_a_paragraph_a_row_with_the_heads_of_its_columns(table: str, rows: list[str]) -> None:
    assert body(page(f"<table>{table}</table>")) == [LEAD, *rows, SECOND]
    assert body(page("").replace("</article>", f"<table>{table}</table></article>")) == [LEAD, SECOND, *rows]


def test_a_page_arranged_as_a_table_is_no_table() -> None:
    html = f"<html><body><table><tr><td>Menu</td><td><p>{LEAD}</p><p>{SECOND}</p></td></tr></table></body></html>"
    assert body(html) == [LEAD, SECOND]


SHORT = "Three children drowned."


@pytest.mark.parametrize(
    "html",
    [
        f"<p>{LEAD}</p><p>{SHORT}</p>",
        f"<p>{SHORT}</p><p>{LEAD}</p>",
        f"<p>{LEAD}</p><p>“{SHORT}”</p>",
        f"<div>{LEAD}</div><div>{SHORT}</div>",
        f"<p>{LEAD}</p><p>{SHORT}</p><p>{SECOND}</p><p>{SHORT.replace('Three', 'Four')}</p>",
        f"<section><p>{LEAD}</p></section><section><p>{SHORT}</p></section>",
    ],
)
def test_the_first_and_the_last_sentence_are_body_however_short(html: str) -> None:
    found = body(f"<html><body><article><h1>Pump fails at Mill End</h1>{html}</article></body></html>")
    assert len(found) == html.count("</p>") + html.count("</div>")
    assert any("children drowned." in each for each in found)


@pytest.mark.parametrize("tag", ["ul", "ol"])
@pytest.mark.parametrize("item", ["<li>{}</li>", "<li><p>{}</p></li>", "<li><b>{}</b></li>"])
def test_a_list_is_a_paragraph_an_item(tag: str, item: str) -> None:
    items = ["two pumps", "forty families", "The school hall was opened."]
    html = f"<p>The report names:</p><{tag}>{''.join(item.format(each) for each in items)}</{tag}>"
    assert body(page(html)) == [LEAD, "The report names:", *items, SECOND]


@pytest.mark.parametrize(
    "figure",
    [
        "<figure><img src=a><figcaption>WORDS</figcaption></figure>",
        "<figure><img src=a><figcaption><p>WORDS</p></figcaption></figure>",
        '<div class="wp-caption"><img src=a><p class="wp-caption-text">WORDS</p></div>',
        '<div><img src=a></div><p class="caption">WORDS</p>',
        '<img src=a><div class="image-caption">WORDS</div>',
    ],
)
def test_a_caption_is_not_body(figure: str) -> None:
    html = page(figure.replace("WORDS", "Workers clear the lower road on Tuesday."))
    assert body(html) == [LEAD, SECOND]


ENTRIES = (
    ("2026-03-05T21:40:00Z", "The pump failed tonight."),
    ("2026-03-06T06:05:00Z", "The water is falling today."),
)


@pytest.mark.parametrize(
    "entry",
    [
        "<article><time datetime='{0}'>21:40</time><p>{1}</p></article>",
        "<div class='e'><header><h3><time datetime='{0}'>9.40pm</time> Pump</h3></header><p>{1}</p></div>",
        "<li><span><time datetime='{0}'>1h ago</time></span><div>{1}</div></li>",
        "<p><time datetime='{0}'>21:40</time> – {1}</p>",
        "<h3><time datetime='{0}'>21:40</time></h3><p>{1}</p>",
        "<section><p><time datetime='{0}'>21:40</time></p><p>{1}</p></section>",
    ],
)
def test_an_entry_of_a_live_blog_has_its_own_time(entry: str) -> None:
    found = "\n".join(body(page("<div>" + "".join(entry.format(*each) for each in ENTRIES) + "</div>")))
    assert "5 March 2026, 21:40: The pump failed tonight." in found
    assert "6 March 2026, 06:05: The water is falling today." in found


def test_a_long_live_blog_takes_time_in_proportion() -> None:
    steps = []
    for count in (100, 400):
        entries = (
            f"<article><h3><time datetime='2026-03-05T21:40:00Z'>9pm</time></h3><p>Pump {number} failed.</p></article>"
            for number in range(count)
        )
        tree = parse(f"<div>{''.join(entries)}</div>", "page.html")
        steps.append(0)

        def count_step(*_: object) -> None:
            steps[-1] += 1

        sys.setprofile(count_step)
        render(tree)
        sys.setprofile(None)
        assert tree.text_content().count("5 March 2026, 21:40: Pump") == count
    assert steps[1] < 6 * steps[0]


@pytest.mark.parametrize(
    "line",
    [
        "<p><time datetime='2026-03-05T21:40Z'>5 March</time> <time datetime='2026-03-05T22:40Z'>6 March</time></p>",
        "<time datetime='2026-03-05T21:40Z'>5 March</time>",
        "<div>By Ann Berg <time datetime='2026-03-05T21:40Z'>5 March</time></div>",
    ],
)
def test_the_time_of_an_article_is_no_entry(line: str) -> None:
    html = page("").replace("</h1>", f"</h1>{line}")
    assert LEAD in body(html)


@pytest.mark.parametrize(
    "line", ["By Jane Doe and John Roe.", "Photo: Jane Doe.", "All rights reserved.", "Acme Media Inc."]
)
def test_a_short_line_that_stands_around_articles_is_not_body(line: str) -> None:
    html = (
        page(f"<p>{THIRD}</p>")
        .replace("</h1>", f"</h1><p>{line}</p>")
        .replace("</article>", f"<p>{line}</p></article>")
    )
    assert body(html) == [LEAD, THIRD, SECOND]
