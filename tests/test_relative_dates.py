"""Relative dates, resolved against the publication date."""

from contextlib import closing
from pathlib import Path

import pytest

from index.dates.resolution import dated
from index.reading import read_paths
from index.types import UNKNOWN, Fact, Span, inferred, stated
from service.answering.types import Question
from service.rendering import terminal
from service.runtime.home_lock import Home
from service.runtime.settings import Settings
from service.workspace import Workspace
from tests.conftest import light_engines

FRIDAY = stated("2025-10-10", "publication line")


def read(text: str, published: Fact = FRIDAY) -> list[tuple[str, str]]:
    return [(each.words, each.value) for each in dated(text, Span(start=0, end=len(text)), published)]


@pytest.mark.parametrize(
    ("text", "words", "value"),
    [
        ("The bridge fell yesterday.", "yesterday", "2025-10-09"),
        ("The bridge fell on Friday.", "on Friday", "2025-10-10"),
        ("The bridge fell on Wednesday.", "on Wednesday", "2025-10-08"),
        ("The bridge fell last Friday.", "last Friday", "2025-10-03"),
        ("The council will meet on Tuesday.", "on Tuesday", "2025-10-14"),
        ("It opens next Friday.", "next Friday", "2025-10-17"),
        ("The toll fell last month.", "last month", "2025-09"),
        ("The toll was raised last year.", "last year", "2024"),
        ("He was arrested three days ago.", "three days ago", "2025-10-07"),
        ("It was built 40 years ago.", "40 years ago", "1985"),
    ],
)
def test_a_relative_date_is_resolved_against_the_publication_date(text: str, words: str, value: str) -> None:
    assert read(text) == [(words, value)]


@pytest.mark.parametrize(
    "text",
    [
        "On Friday, 3 October, it fell.",
        "It opens on Fridays.",
        "In today’s world it fell.",
        "Friday October 3 it fell.",
    ],
)
def test_absolute_and_habitual_dates_are_not_relative(text: str) -> None:
    assert read(text) == []


def test_without_a_publication_date_nothing_is_resolved() -> None:
    assert read("The bridge fell yesterday.", UNKNOWN) == []
    assert read("The bridge fell yesterday.", stated("2025-10", "front matter")) == []


def test_the_basis_says_when_the_publication_date_is_itself_inferred() -> None:
    text = "It fell yesterday."
    (found,) = dated(text, Span(start=0, end=len(text)), inferred("2025-10-10", "dateline without a year"))
    assert found.basis == "inferred: counted from the publication date, itself inferred"
    assert text[found.start : found.start + len(found.words)] == found.words


def test_a_footnote_shows_the_resolved_date(tmp_path: Path) -> None:
    line = '{"id": "fall", "text": "The old bridge fell into the river yesterday.", "published": "2025-10-10"}'
    (tmp_path / "news.jsonl").write_text(line, encoding="utf-8")
    settings = Settings(home=tmp_path / "home", exact=True)
    with closing(Workspace(settings, light_engines(), Home(settings.home))) as workspace:
        workspace.ingest(read_paths([tmp_path / "news.jsonl"]))
        answer = workspace.ask(Question(text="What fell into the river?"))
    assert [(d.words, d.value) for d in answer.citations[0].dates] == [("yesterday", "2025-10-09")]
    assert "(“yesterday”: 9 October 2025, counted from the publication date)" in terminal.answer(answer)
