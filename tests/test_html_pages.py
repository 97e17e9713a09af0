"""HTML pages: what a browser hides or strikes out is not read, and what it shows is read as it is meant."""

import sys

import pytest

from index.errors import InputError
from index.reading import RawFile, json_ld, page_metadata, read_raw
from index.reading.html_blocks import parse
from index.reading.html_rendering import render
from index.types import Article

LEAD = "The pump at Mill End failed on Monday night, and the river flooded the lower town within an hour."
SECOND = "The council opened the school hall for the forty families who could not go home before Wednesday."
THIRD = "A spare pump is to arrive from the next county by the end of the week, the water board said."


def page(inner: str, head: str = "", title: str = "Pump fails at Mill End") -> str:
    return (
        f"<!DOCTYPE html><html><head><title>{title}</title>{head}</head><body><article><h1>{title}</h1>"
        f"<p>{LEAD}</p>{inner}<p>{SECOND}</p></article></body></html>"
    )


def read(html: str) -> list[Article | InputError]:
    return list(read_raw(RawFile(id="page", name="page.html", content=html.encode(), suffix=".html")))


def article(html: str) -> Article:
    found = [item for item in read(html) if isinstance(item, Article)]
    assert len(found) == 1
    return found[0]


def body(html: str) -> list[str]:
    found = article(html)
    return [span.of(found.text) for span in found.body]


HIDING = {
    "display": ('<span style="display:none">never </span>', ""),
    "display, important": ('<span style="color: red; DISPLAY : None !important">never </span>', ""),
    "visibility": ('<span style="visibility:hidden">never </span>', ""),
    "collapse": ('<b style="visibility: collapse">never </b>', ""),
    "aria-hidden": ('<span aria-hidden="true">never </span>', ""),
    "attribute": ("<span hidden>never </span>", ""),
    "attribute with a value": ('<span hidden="until-found">never </span>', ""),
    "class hidden": ('<span class="x hidden">never </span>', ""),
    "class visually-hidden": ('<span class="visually-hidden">never </span>', ""),
    "class sr-only": ('<span class="sr-only">never </span>', ""),
    "class screen-reader-text": ('<em class="screen-reader-text">never </em>', ""),
    "class u-visuallyhidden": ('<span class="u-visuallyHidden">never </span>', ""),
    "opacity": ('<span style="opacity:0">never </span>', ""),
    "opacity with decimals": ('<span style="opacity: 0.0;">never </span>', ""),
    "off screen": ('<span style="position:absolute;left:-9999px">never </span>', ""),
    "off screen above": ('<span style="position: fixed; top: -100em">never </span>', ""),
    "indented": ('<span style="display:block;text-indent:-9999px">never </span>', ""),
    "font size": ('<span style="font-size:0">never </span>', ""),
    "font size with a unit": ('<span style="font-size: 0px">never </span>', ""),
    "clip": ('<span style="position:absolute;clip:rect(0 0 0 0)">never </span>', ""),
    "clip with commas": ('<span style="clip: rect(1px, 1px, 1px, 1px)">never </span>', ""),
    "clip-path": ('<span style="clip-path: inset(50%)">never </span>', ""),
    "one pixel": ('<span style="width:1px;height:1px;overflow:hidden">never </span>', ""),
    "mso-hide": ('<span style="mso-hide:all">never </span>', ""),
    "transparent": ('<span style="color:transparent">never </span>', ""),
    "ink as paper": ('<span style="color:#fff;background-color:#fff">never </span>', ""),
    "scaled": ('<span style="transform: scale(0)">never </span>', ""),
    "template": ("<template>never </template>", ""),
    "noscript": ("<noscript>never </noscript>", ""),
    "closed dialog": ("<dialog>never </dialog>", ""),
    "style rule": ('<span class="q7">never </span>', "<style>.q7{display:none}</style>"),
    "style rule with others": (
        '<i class="k">never </i>',
        "<style>p{margin:0} p .k, .z { left: 0; visibility : hidden }</style>",
    ),
    "style rule for screens": ('<i class="k">never </i>', "<style>@media screen{ .k{display:none} }</style>"),
    "style rule by id": (
        '<i id="k">never </i>',
        "<style>/* a { */ article p > #k{position:absolute;left:-999em}</style>",
    ),
    "transparent with a background": (
        '<i class="k">never </i>',
        "<style>.k{color:transparent;background-clip:padding-box}</style>",
    ),
    "margin with position": ('<span style="position:absolute;margin-left:-9999px">never </span>', ""),
    "range of widths": ('<i class="k">never </i>', "<style>@media (width >= 600px){.k{display:none}}</style>"),
    "style rule by attribute": ('<i data-x="1">never </i>', '<style>[data-x="1"]{opacity:0}</style>'),
    "inside": ('<span style="display:none">in <b>truth</b> never </span>', ""),
}


@pytest.mark.parametrize(("hidden", "head"), HIDING.values(), ids=HIDING)
def test_hidden_text_is_not_read(hidden: str, head: str) -> None:
    found = article(page(f"<p>The mayor said he would {hidden}resign over the flood, and he left.</p>", head))
    assert "never" not in found.text
    assert "The mayor said he would resign over the flood, and he left." in found.text


SHOWN = {
    "closed details": ("<details><summary>More</summary><p>WORDS</p></details>", ""),
    "aria-hidden false": ('<p aria-hidden="false">WORDS</p>', ""),
    "later rule": ('<p class="k open">WORDS</p>', "<style>.k{display:none} .k.open{display:block}</style>"),
    "more specific rule": ('<p class="k" id="a">WORDS</p>', "<style>#a{display:block} .k{display:none}</style>"),
    "inline style": ('<p class="k" style="display:block">WORDS</p>', "<style>.k{display:none}</style>"),
    "print rule": ('<p class="k">WORDS</p>', "<style>@media print{.k{display:none}}</style>"),
    "narrow screens": ('<p class="k">WORDS</p>', "<style>@media (max-width: 600px){.k{display:none}}</style>"),
    "larger screens": ('<p class="hidden md:block">WORDS</p>', ""),
    "narrow range": ('<p class="k">WORDS</p>', "<style>@media (width <= 600px){.k{display:none}}</style>"),
    "narrow range, reversed": ('<p class="k">WORDS</p>', "<style>@media (600px >= width){.k{opacity:0}}</style>"),
    "narrow devices": ('<p class="k">WORDS</p>', "<style>@media (max-device-width:600px){.k{opacity:0}}</style>"),
    "inherited colours": ('<p style="color:inherit;background-color:inherit">WORDS</p>', ""),
    "colours by name": ('<p style="color:var(--a);background:var(--a)">WORDS</p>', ""),
    "gradient": ('<p style="color:transparent;background-clip:text">WORDS</p>', ""),
    "gradient, prefixed": ('<p style="color:transparent;-webkit-background-clip:text">WORDS</p>', ""),
    "float layout": ('<div style="float:left;margin-left:-100%"><p>WORDS</p></div>', ""),
    "sidebar layout": ('<p style="margin-left:-250px">WORDS</p>', ""),
    "pseudo-element": ('<p class="k">WORDS</p>', "<style>.k::after{display:none}</style>"),
    "half opacity": ('<p style="opacity:0.5">WORDS</p>', ""),
    "small shift": ('<p style="position:relative;left:-5px">WORDS</p>', ""),
    "class of another sense": ('<p class="hidden-gems">WORDS</p>', ""),
    "broken stylesheet": (
        '<p class="k">WORDS</p>',
        "<style>.k{display:none;;; } } <b></style>".replace("none", "bl ock"),
    ),
}


@pytest.mark.parametrize(("shown", "head"), SHOWN.values(), ids=SHOWN)
def test_shown_text_is_read(shown: str, head: str) -> None:
    assert THIRD in article(page(shown.replace("WORDS", THIRD), head)).text


def test_a_rule_that_scripts_undo_does_not_hide_the_article() -> None:
    html = page(f"<p>{THIRD}</p>", "<style>body{opacity:0} article{visibility:hidden}</style>")
    assert body(html) == [LEAD, THIRD, SECOND]


def test_a_rule_that_hides_paragraphs_until_they_scroll_into_view_is_undone() -> None:
    many = [f"{THIRD} It was the {number}th pump." for number in range(4, 13)]
    inner = "".join(f'<p class="fade"><b class="fade">{text}</b></p>' for text in many)
    assert body(page(inner, "<style>.fade{opacity:0} .never{display:none}</style>")) == [LEAD, *many, SECOND]


def test_small_text_that_one_rule_hides_twice_stays_hidden() -> None:
    inner = f'<div class="k"><p class="k">{THIRD}</p></div>'
    assert body(page(inner, "<style>.k{display:none}</style>")) == [LEAD, SECOND]


@pytest.mark.parametrize(
    "struck",
    [
        "<del>two</del> ",
        "<s>two</s> ",
        "<strike>two</strike> ",
        '<span style="text-decoration:line-through">two</span> ',
        '<span style="text-decoration-line: line-through">two</span> ',
        '<del datetime="2026-03-01"><b>two</b></del> ',
    ],
)
def test_struck_out_words_are_not_read(struck: str) -> None:
    assert "The flood killed three people that night." in body(
        page(f"<p>The flood killed {struck}<ins>three</ins> people that night.</p>")
    )


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("The flood killed 12<sup>3</sup> people.", "The flood killed 12 people."),
        ("The flood killed 12 people.<sup>3</sup> The water rose.", "The flood killed 12 people. The water rose."),
        ("The mayor<sup>[4]</sup> left office in 2019<sup>5,6</sup>.", "The mayor left office in 2019."),
        ('It cost 10<sup><a href="#fn1">1</a></sup> coins.', "It cost 10 coins."),
        ('It cost £5m<sup class="footnote-ref">2</sup> to mend.', "It cost £5m to mend."),
        ("It cost £5m<sup>2</sup> to mend the pump.", "It cost £5m to mend the pump."),
        ("The board* and the mayor<sup>†</sup> disagreed.", "The board* and the mayor disagreed."),
        ("The families<sup>a</sup> went home on Friday.", "The families went home on Friday."),
        ('About 40<a href="#n7"><sup>7</sup></a> families left.', "About 40 families left."),
        ("They counted 10<sup>6</sup> cells.", "They counted 10^6 cells."),
        ("They counted 3 × 10<sup>-9</sup> grams of it.", "They counted 3 × 10^-9 grams of it."),
        ("The counter has 2<sup>16</sup> settings.", "The counter has 2^16 settings."),
        ("A key of 2<sup>128</sup> bits is safe.", "A key of 2^128 bits is safe."),
        ("There are 3<sup>9</sup> possible boards.", "There are 3^9 possible boards."),
        ("The sum is 4 + 2<sup>5</sup> = 36 coins.", "The sum is 4 + 2^5 = 36 coins."),
        ("The dose was 5<sup>-3</sup> grams of it.", "The dose was 5^-3 grams of it."),
        ("The bridge has 7<sup>1</sup> arches.", "The bridge has 7 arches."),
        ("A cube of 12<sup>3</sup> = 1728 bricks.", "A cube of 12^3 = 1728 bricks."),
        ("So a<sup>2</sup>+b<sup>2</sup>=c<sup>2</sup> holds.", "So a²+b²=c² holds."),
        ("The fit has an R<sup>2</sup> of 0.9.", "The fit has an R² of 0.9."),
        ("A χ<sup>2</sup> test and i<sup>2</sup> = -1.", "A χ² test and i² = -1."),
        ("It grows as (x+1)<sup>2</sup> does.", "It grows as (x+1)² does."),
        ("The lake (a deep one)<sup>2</sup> rose.", "The lake (a deep one) rose."),
        ("It burnt 40 square miles, or 12 miles<sup>2</sup>.", "It burnt 40 square miles, or 12 miles²."),
        ("It's<sup>2</sup> the U.S<sup>3</sup> model.", "It's the U.S model."),
        ("The flood came 12<sup>3</sup> times.", "The flood came 12 times."),
        ("In the 20<sup>th</sup> century and the XXI<sup>e</sup>.", "In the 20th century and the XXIe."),
        ("The lake covers 12 km<sup>2</sup> of land.", "The lake covers 12 km² of land."),
        ("The pump moves 5 m<sup>3</sup> a minute.", "The pump moves 5 m³ a minute."),
        ("The load was 300 W/m<sup>2</sup> at noon.", "The load was 300 W/m² at noon."),
        ("He wrote E = mc<sup>2</sup> on the wall.", "He wrote E = mc² on the wall."),
        ("The 21<sup>st</sup> pump failed.", "The 21st pump failed."),
        ("It holds 1<sup>1</sup>/<sub>2</sub> tonnes of H<sub>2</sub>O.", "It holds 1 1/2 tonnes of H2O."),
        ("Bread now costs $1<sup>99</sup> a loaf.", "Bread now costs $1.99 a loaf."),
        ("The Acme<sup>TM</sup> pump failed again.", "The AcmeTM pump failed again."),
        ("They found traces of <sup>14</sup>C in the mud.", "They found traces of ¹⁴C in the mud."),
    ],
)
def test_a_superscript_is_a_note_marker_or_an_exponent(html: str, text: str) -> None:
    assert text in body(page(f"<p>{html}</p>"))


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("Vale said <q>the dam is old</q> and left.", "Vale said “the dam is old” and left."),
        ("<q>The dam is old.</q> Vale left.", "“The dam is old.” Vale left."),
        ("Vale said <q>they told me <q>wait</q> twice</q>.", "Vale said “they told me ‘wait’ twice”."),
        ("Vale said “<q>the dam is old</q>” and left.", "Vale said “the dam is old” and left."),
        ("Vale said <q>“the dam is old”</q> and left.", "Vale said “the dam is old” and left."),
        ('Vale said <q cite="x">the <b>dam</b></q> failed.', "Vale said “the dam” failed."),
    ],
)
def test_a_quotation_element_gets_its_marks(html: str, text: str) -> None:
    assert text in body(page(f"<p>{html}</p>"))


@pytest.mark.parametrize(
    ("html", "paragraphs"),
    [
        ("The pump<br>failed again.", ["The pump failed again."]),
        ("The pump at<br/>\nMr.<br>Vale's mill failed.", ["The pump at Mr. Vale's mill failed."]),
        ("The <b>pump<br></b>failed again.", ["The pump failed again."]),
        ("The pump failed.<br><br>The river rose.", ["The pump failed.", "The river rose."]),
        ("The pump failed.<br> <br/>&nbsp;<br>The river rose.", ["The pump failed.", "The river rose."]),
        ("The pump failed.<br><br>The river<br>rose fast.", ["The pump failed.", "The river rose fast."]),
        ("<b>What failed</b><br>The pump failed.", ["What failed", "The pump failed."]),
    ],
)
def test_a_line_break_inside_a_sentence_is_a_space(html: str, paragraphs: list[str]) -> None:
    assert body(page(f"<p>{html}</p>"))[1:-1] == paragraphs


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


def titled(inner: str, head: str = "") -> Article:
    return article(page("", head).replace("</h1>", f"</h1>{inner}"))


@pytest.mark.parametrize(
    "byline",
    [
        '<p>By <a rel="author" href="/a">Jane Doe</a>, <a rel="author" href="/b">John Roe</a> and '
        '<a href="/c" rel="author nofollow">Ann Poe</a></p>',
        '<div class="authors"><span class="author">Jane Doe</span><span class="author">John Roe</span> '
        '<span class="author">Ann Poe</span></div>',
        '<ul><li class="byline__author">By Jane Doe</li><li class="byline__author">John Roe</li>'
        '<li class="byline__author"><a rel="author">Ann Poe</a></li></ul>',
        '<p><span itemprop="author" itemscope><b itemprop="name">Jane Doe</b></span> <i itemprop="author">John Roe</i> '
        '<i itemprop="author">Ann Poe</i></p>',
    ],
)
def test_every_author_that_a_page_marks_is_named(byline: str) -> None:
    assert titled(byline).source.author.value == "Jane Doe, John Roe, Ann Poe"


@pytest.mark.parametrize(
    "author",
    [
        '[{"name": "Jane Doe"}, {"name": "John Roe"}, {"name": "Ann Poe"}]',
        '["Jane Doe", "John Roe", "Ann Poe", "Jane Doe"]',
        '{"@list": [{"name": "Jane Doe"}, {"name": ["John Roe", "Ann Poe"]}]}',
        '[{"@type": "Person", "name": "Jane Doe"}, ["John Roe", {"@id": "#p"}]]',
    ],
)
def test_every_author_of_a_list_in_json_ld_is_named(author: str) -> None:
    nodes = f'[{{"@type": "NewsArticle", "author": {author}}}, {{"@id": "#p", "@type": "Person", "name": "Ann Poe"}}]'
    head = f'<script type="application/ld+json">{nodes}</script>'
    assert titled("", head).source.author.value == "Jane Doe, John Roe, Ann Poe"


def test_the_author_of_another_item_is_not_the_authors() -> None:
    other = '<div itemscope><i itemprop="author">Tom Vale</i></div>'
    inner = f'<p itemscope><i itemprop="author">Jane Doe</i></p><p class="author">{SECOND}</p>{other}'
    assert titled(inner).source.author.value == "Jane Doe"


HOST = '<meta property="og:site_name" content="millendherald.example">'
CANONICAL = '<link rel="canonical" href="https://www.millendherald.example/pump">'


@pytest.mark.parametrize(
    ("head", "title", "outlet"),
    [
        (f'{CANONICAL}<meta property="og:site_name" content="The Herald">', "", "The Herald"),
        (f'{CANONICAL}<meta name="application-name" content="The Herald">', "", "The Herald"),
        (f'{HOST}<meta name="publisher" content="The Herald">', "", "The Herald"),
        (CANONICAL, " | News | Mill End Herald", "Mill End Herald"),
        (f"{CANONICAL}{HOST}", " – The Mill End Herald", "The Mill End Herald"),
        (CANONICAL, " | News | Hosted by Acme", "millendherald.example"),
        (HOST, "", "millendherald.example"),
        ("", " | Mill End Herald", None),
    ],
)
def test_a_stated_name_of_the_outlet_goes_before_a_host(head: str, title: str, outlet: str | None) -> None:
    html = page("", head).replace("</title>", f"{title}</title>")
    assert article(html).source.outlet.value == outlet


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


def test_json_ld_is_parsed_once_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[tuple[str, ...]] = []

    def counted(scripts: tuple[str, ...]) -> list[json_ld.Node]:
        parsed.append(scripts)
        return json_ld.nodes(scripts)

    monkeypatch.setattr(page_metadata, "nodes", counted)
    article(page("", '<script type="application/ld+json">{"@type": "NewsArticle"}</script>'))
    assert len(parsed) == 1
