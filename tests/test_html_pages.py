"""HTML pages: what a browser hides or strikes out is not read, and what it shows is read as it is meant."""

import pytest

from index.errors import InputError
from index.reading import RawFile, read_raw
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
