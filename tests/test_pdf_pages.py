"""PDF pages: columns in reading order, whole sentences over lines, columns and pages, and what is around the text."""

import io
import os
import stat
from pathlib import Path

import pytest
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject, NumberObject, StreamObject

from index.errors import InputError
from index.reading import RawFile, read_raw
from index.reading.pdf_layout import lines_of, pieces_of
from index.reading.pdf_pages import Character, PdfPage
from index.types import Article

Text = tuple[float, float, float, str]
"""Place from the lower left corner, font size and words of a line."""
LINES = (
    "The pump at Mill End failed on Monday night, and the river",
    "flooded the lower town within an hour. The council opened",
    "the school hall for the forty families who could not go home",
    "before Wednesday. A spare pump is to arrive by Friday.",
)
SENTENCES = (
    "The pump at Mill End failed on Monday night, and the river flooded the lower town within an hour.",
    "The council opened the school hall for the forty families who could not go home before Wednesday.",
)


def pdf(*pages: list[Text], pictures: tuple[int, ...] = (), title: str = "") -> bytes:
    """Return a small PDF with these lines on its pages, and a picture on some of them."""
    writer = PdfWriter()
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
            NameObject("/Encoding"): NameObject("/WinAnsiEncoding"),
        }
    )
    for number, texts in enumerate(pages):
        page = writer.add_blank_page(width=600, height=800)
        drawn = "".join(f"BT /F1 {size} Tf 1 0 0 1 {x} {y} Tm ({line}) Tj ET\n" for x, y, size, line in texts)
        found = DictionaryObject({NameObject("/Font"): DictionaryObject({NameObject("/F1"): writer._add_object(font)})})
        if number in pictures:
            drawn += "q 500 0 0 700 50 50 cm /I1 Do Q\n"
            found[NameObject("/XObject")] = DictionaryObject({NameObject("/I1"): writer._add_object(_picture())})
        stream = DecodedStreamObject()
        stream.set_data(drawn.encode("cp1252"))
        page[NameObject("/Contents")] = writer._add_object(stream)
        page[NameObject("/Resources")] = found
    if title:
        writer.add_metadata({"/Title": title})
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


def _picture() -> StreamObject:
    picture = DecodedStreamObject()
    picture.set_data(b"\xff")
    names = {"/Type": "/XObject", "/Subtype": "/Image", "/ColorSpace": "/DeviceGray"}
    picture.update({NameObject(key): NameObject(value) for key, value in names.items()})
    sizes = {"/Width": 1, "/Height": 1, "/BitsPerComponent": 8}
    picture.update({NameObject(key): NumberObject(value) for key, value in sizes.items()})
    return picture


def column(lines: tuple[str, ...] | list[str], x: float = 50, top: float = 700, size: float = 11) -> list[Text]:
    return [(x, top - number * size * 1.3, size, line) for number, line in enumerate(lines)]


def read(content: bytes) -> list[Article | InputError]:
    return list(read_raw(RawFile(id="file", name="file.pdf", content=content, suffix=".pdf")))


def article(content: bytes) -> Article:
    found = [item for item in read(content) if isinstance(item, Article)]
    assert len(found) == 1, read(content)
    return found[0]


def body(content: bytes) -> list[str]:
    found = article(content)
    return [span.of(found.text) for span in found.body]


LEFT = [
    "The pump at Mill End failed on",
    "Monday night, and the river",
    "flooded the lower town. The",
    "council opened the school hall",
    "for the forty families who could",
    "not go home before Wednesday.",
]
RIGHT = [
    "A spare pump is to arrive from",
    "the next county on Friday, the",
    "water board said. Its chairman",
    "promised an inquiry into the",
    "failure, and the mayor said that",
    "she would ask for a new dam.",
]


@pytest.mark.parametrize("gutter", [14, 20, 40])
@pytest.mark.parametrize("by_row", [True, False])
def test_columns_are_read_one_after_the_other(gutter: int, by_row: bool) -> None:
    left, right = column(LEFT, 50), column(RIGHT, 215 + gutter)
    drawn = [each for pair in zip(left, right, strict=True) for each in pair] if by_row else [*right, *left]
    text = " ".join(body(pdf(drawn)))
    assert text == " ".join([*LEFT, *RIGHT])


def test_a_headline_stands_above_its_columns() -> None:
    head = [(50.0, 730.0, 20.0, "Pump fails at Mill End and floods the lower town")]
    found = article(pdf([*column(LEFT, 50), *head, *column(RIGHT, 240)]))
    assert found.text.startswith("Pump fails at Mill End and floods the lower town\n\n" + " ".join(LEFT))
    assert found.source.title.value == "Pump fails at Mill End and floods the lower town"


def test_three_columns_are_read_in_order() -> None:
    parts = [LEFT, RIGHT, [line.replace("pump", "dam") for line in LEFT]]
    drawn = [
        each
        for row in zip(*(column(part, 30 + 185 * i, size=10) for i, part in enumerate(parts)), strict=True)
        for each in row
    ]
    assert " ".join(body(pdf(drawn))) == " ".join(line for part in parts for line in part)


TITLE = (50.0, 760.0, 22.0, "Pump fails at Mill End")
SHORT = "The dam is old."


def test_a_title_that_ends_like_a_sentence_is_not_body() -> None:
    title = "Pump fails at Mill End, and forty families have to leave their houses."
    found = article(pdf([(50.0, 760.0, 20.0, title), *column(LINES, top=670)], title=title))
    assert found.source.title.value == title
    assert [span.of(found.text) for span in found.body] == [" ".join(LINES)]


@pytest.mark.parametrize(
    "above",
    [
        [(50.0, 735.0, 14.0, "Forty families had to leave their houses")],
        [
            (50.0, 738.0, 14.0, "The river flooded the lower town and forty"),
            (50.0, 720.0, 14.0, "families had to leave"),
        ],
        [(50.0, 735.0, 11.0, "Forty families had to leave"), (50.0, 720.0, 9.0, "By Jane Doe")],
    ],
)
@pytest.mark.parametrize("size", [11.0, 14.0])
def test_the_first_sentence_below_headline_and_standfirst_is_body(above: list[Text], size: float) -> None:
    found = article(pdf([TITLE, *above, (50.0, 695.0, size, SHORT), *column(LINES, top=670)]))
    assert [span.of(found.text) for span in found.body] == [SHORT, " ".join(LINES)]
    assert found.source.title.value == "Pump fails at Mill End"


ROWS = [("Town", "Dead", "Year"), ("Mill End", "3", "2024"), ("Alder", "1", "2025")]
TABLE = [(50.0 + 130 * i, 600.0 - 15 * n, 10.0, cell) for n, row in enumerate(ROWS) for i, cell in enumerate(row)]


@pytest.mark.parametrize(
    "between",
    [TABLE, [(50.0, 560.0, 8.0, "Figure 1. The dam at Mill End")], [(50.0, 560.0, 9.0, "The dam. Photo: Jane Doe")]],
)
@pytest.mark.parametrize("base", [540.0, 60.0])
def test_the_last_sentence_below_a_figure_or_a_table_is_body(between: list[Text], base: float) -> None:
    drawn = [TITLE, *column(LINES), *between, (50.0, base, 11.0, "Nobody was hurt.")]
    assert body(pdf(drawn, pictures=(0,))) == [" ".join(LINES), "Nobody was hurt."]


BOX = ["The pump is", "forty years old.", "It cost 2 million."]
AROUND = [
    "The pump at Mill End failed on Monday night, and the",
    "river flooded the lower town within an",
    "hour. The council opened the school",
    "hall for the forty families who could",
    "not go home before Wednesday. A spare",
    "pump is to arrive by Friday, and until then the",
    "fire brigade of the county will help out at the dam.",
]


@pytest.mark.parametrize("size", [9, 10])
@pytest.mark.parametrize("reverse", [True, False])
def test_a_box_follows_the_column_that_runs_around_it(size: float, reverse: bool) -> None:
    drawn = [*column(AROUND), *column(BOX, 265, 684, size)]
    assert body(pdf(drawn[::-1] if reverse else drawn)) == [" ".join(AROUND), " ".join(BOX)]


def test_a_box_between_two_columns_follows_them() -> None:
    left = ["Engineers went to the", "dam on Thursday and", "found cracks in it that", "nobody had seen before."]
    right = ["The governor wants the", "report in March, before", "the next flood, and the", "county pays for it all."]
    box = ["The dam is really old.", "It cost 2 million, too.", "It is 40 metres high."]
    drawn = [
        *column(LEFT),
        *column(left, top=614),
        *column(RIGHT, 260),
        *column(right, 310, 614),
        *column(box, 190, 614, 9),
    ]
    text = " ".join(body(pdf(drawn)))
    assert text == " ".join([*LEFT, *left, *RIGHT, *right, *box])


def test_a_sentence_goes_on_below_a_box_inside_its_column() -> None:
    box = ["The dam in figures", "It is 40 metres high.", "It cost 2 million."]
    drawn = [*column(LEFT[:3]), *column(box, 70, 650, 9), *column(LEFT[3:], top=600), *column(RIGHT, 260)]
    assert body(pdf(drawn)) == [" ".join(LEFT), *box[1:], " ".join(RIGHT)]


def test_a_large_initial_belongs_to_its_word() -> None:
    first = [(50.0, 686.0, 30.0, "T"), (75.0, 700.0, 11.0, "he pump at Mill End failed on Monday night, and")]
    rest = column(["the river flooded the lower town within an hour."], 75, 686)
    assert SENTENCES[0] in body(pdf([TITLE, *first, *rest, *column(LINES, top=650)]))


@pytest.mark.parametrize("word", ["office", "offer", "affluent", "first", "flood", "battery"])
@pytest.mark.parametrize("size", [6.0, 11.0, 18.0])
def test_letters_of_a_ligature_are_all_read(word: str, size: float) -> None:
    ligature = next(each for each in ("ffi", "ffl", "ff", "fi", "fl", "tt") if each in word)
    before, after = word.split(ligature)
    letters = [Character(each, 10 + i * size / 2, 10 + (i + 1) * size / 2, 50, size) for i, each in enumerate(before)]
    left = 10 + len(before) * size / 2
    letters += [Character(each, left, left + 0.6 * size, 50, size) for each in ligature]
    left += 0.6 * size
    letters += [
        Character(each, left + i * size / 2, left + (i + 1) * size / 2, 50, size) for i, each in enumerate(after)
    ]
    [line] = lines_of(pieces_of(PdfPage(letters, 600, 800, False)))
    assert line.text == word


@pytest.mark.parametrize(
    ("broken", "whole"),
    [
        (
            ("The board gave no infor-", "mation about the old pump."),
            "The board gave no information about the old pump.",
        ),
        (
            ("The mayor thanked the volun-", "teers of the lower town."),
            "The mayor thanked the volunteers of the lower town.",
        ),
        (("The town lost twenty-", "five houses in the flood."), "The town lost twenty-five houses in the flood."),
        (
            ("A well-known firm left. The well-", "known firm built the dam."),
            "A well-known firm left. The well-known firm built the dam.",
        ),
        (
            ("The dam was built in 1970-", "1974 by a firm from Alder."),
            "The dam was built in 1970-1974 by a firm from Alder.",
        ),
        (
            ("The mayor met the local-", "and county boards on Friday."),
            "The mayor met the local- and county boards on Friday.",
        ),
        (
            ("It belongs to the Alder-", "Dunmore water board of 1950."),
            "It belongs to the Alder-Dunmore water board of 1950.",
        ),
    ],
)
def test_a_hyphen_at_a_line_end_is_undone_where_it_only_divides(broken: tuple[str, str], whole: str) -> None:
    assert whole in " ".join(
        body(pdf(column([*LINES[:3], "before Wednesday, as the council said on Monday night."[:50], *broken])))
    )


def test_ligatures_are_letters() -> None:
    from index.reading.pdf_layout import LIGATURES  # noqa: PLC0415

    assert "oﬃce ﬁre ﬂood eﬀort".translate(LIGATURES) == "office fire flood effort"


@pytest.mark.parametrize("pages", [2, 3, 6])
@pytest.mark.parametrize(
    ("head", "foot"),
    [
        ("The Mill End Gazette", "{0}"),
        ("Report of the water board {0}", "Page {0} of {1}"),
        ("5 March 2026", "- {0} -"),
        ("MILL END GAZETTE | NEWS | {0}", "www.gazette.example"),
        ("Chapter 2 The flood", "{0} / {1}"),
    ],
)
def test_running_heads_and_page_numbers_are_not_read(pages: int, head: str, foot: str) -> None:
    written = [
        [
            (50.0, 775.0, 9.0, head.format(n, pages)),
            *column([line.replace("e", "aeiouy"[n - 1]) for line in LINES]),
            (280.0, 20.0, 9.0, foot.format(n, pages)),
        ]
        for n in range(1, pages + 1)
    ]
    found = body(pdf(*written))
    assert found == [" ".join(LINES).replace("e", "aeiouy"[n]) for n in range(pages)]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (LINES[:1], LINES[1:]),
        (LINES[:2], LINES[2:]),
        (
            (*LINES[:2], "the school hall for the forty families who could not re-"),
            ("turn home before Wednesday. A spare pump is to arrive.",),
        ),
    ],
)
def test_a_sentence_over_a_page_end_is_one(first: tuple[str, ...], second: tuple[str, ...]) -> None:
    foot = (280.0, 20.0, 9.0, "{0}")
    pages = [[*column(part), (*foot[:3], str(number))] for number, part in enumerate((first, second), start=1)]
    found = body(pdf(*pages))
    assert len(found) == 1
    assert SENTENCES[0] in found[0]


def test_a_sentence_goes_on_past_a_note_at_the_foot() -> None:
    note = [(50.0, 90.0, 8.0, "1 The board was founded in 1950 by two towns.")]
    found = body(pdf([*column(LINES[:2]), *note], column(LINES[2:])))
    assert " ".join(LINES) in found


def test_long_lines_of_one_paragraph_are_one() -> None:
    lines = [
        "The pump at Mill End failed on Monday night, and the river flooded the lower town within an hour, he said.",
        "The council opened the school hall for the forty families who could not go home before, and asked for help",
        "from the next county, whose water board has a spare pump that is to arrive by the end of the week.",
    ]
    assert body(pdf(column(lines, 20, size=9))) == [" ".join(lines)]


@pytest.mark.parametrize(
    ("top", "bottom"),
    [
        ("3/5/26, 9:40 AM Pump fails at Mill End - Gazette", "https://gazette.example/2026/pump 1/1"),
        ("05.03.2026, 09:40 Pump fails at Mill End", "https://gazette.example/2026/pump 1/1"),
        ("Pump fails at Mill End https://gazette.example/2026/pump", "1 of 1 05/03/2026, 09:40"),
        ("3/5/2026 Pump fails at Mill End", "file:///home/me/pump.html 1/1"),
        ("2026-03-05, 09:40 Pump fails at Mill End", "www.gazette.example/pump 1 / 1"),
    ],
)
def test_what_a_browser_prints_around_a_page_is_not_read(top: str, bottom: str) -> None:
    menu = [(50.0, 740.0, 11.0, "Home"), (120.0, 740.0, 11.0, "News"), (190.0, 740.0, 11.0, "Sport")]
    found = article(pdf([(20.0, 785.0, 8.0, top), *menu, *column(LINES), (20.0, 12.0, 8.0, bottom)]))
    assert [span.of(found.text) for span in found.body] == [" ".join(LINES)]
    assert "1/1" not in found.text
    if "https" in top + bottom:
        assert found.source.url == "https://gazette.example/2026/pump"
        assert found.source.outlet.value == "gazette.example"


@pytest.mark.parametrize(
    ("before", "mark", "after", "text"),
    [
        ("The flood killed 12", "3", "people in the town.", "The flood killed 12 people in the town."),
        ("They counted 10", "6", "cells in the water.", "They counted 10^6 cells in the water."),
        ("The counter has 2", "16", "settings in all.", "The counter has 2^16 settings in all."),
        ("The lake covers 12 km", "2", "of the valley.", "The lake covers 12 km² of the valley."),
        ("It was the 21", "st", "failure of the pump.", "It was the 21st failure of the pump."),
        ("The board met in 2019", "[4]", "to discuss the dam.", "The board met in 2019 to discuss the dam."),
    ],
)
def test_a_superscript_of_a_pdf_is_a_note_marker_or_an_exponent(before: str, mark: str, after: str, text: str) -> None:
    raised = f"{before}) Tj /F1 6.5 Tf 4 Ts ({mark}) Tj /F1 11 Tf 0 Ts ( {after}"
    drawn = [*column(LINES), (50.0, 600.0, 11.0, raised)]
    assert text in " ".join(body(pdf(drawn)))


def test_scanned_pages_are_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    found = read(pdf(column(LINES), [], [], column(LINES), pictures=(1, 2)))
    assert isinstance(found[0], Article)
    assert "pages 2-3 of it are pictures without text" in str(found[1])
    (refused,) = read(pdf([], pictures=(0,)))
    assert "no text; install tesseract" in str(refused)


def test_scanned_pages_are_recognised_with_tesseract(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "tesseract"
    program.write_text(f"#!/bin/sh\ncat >/dev/null\nprintf '{LINES[0]}\\n{LINES[1]}\\n\\nThe dam is old.\\n'\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    found = read(pdf(column(LINES), [], pictures=(1,)))
    assert len(found) == 1
    assert "The dam is old." in body(pdf(column(LINES), [], pictures=(1,)))


def test_the_outlet_is_not_taken_from_a_copyright_line() -> None:
    foot = [(50.0, 60.0, 8.0, "Copyright 2026 Somebody Else Ltd. All rights reserved.")]
    assert article(pdf([*column(LINES), *foot])).source.outlet.value is None


def test_title_and_date_come_from_the_first_page() -> None:
    head = [(50.0, 740.0, 18.0, "Pump fails at Mill End"), (50.0, 722.0, 9.0, "5 March 2026")]
    found = article(pdf([*head, *column(LINES)], column(LINES))).source
    assert (found.title.value, found.published.value) == ("Pump fails at Mill End", "2026-03-05")
