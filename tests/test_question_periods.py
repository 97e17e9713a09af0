"""Question periods: find the period that a question asks about, and rank articles published in it."""

from datetime import date
from pathlib import Path

import pytest

from index.dates.periods import date_proximity, periods
from index.reading import read_paths
from index.types import Filters
from service.runtime.home_lock import Home
from service.runtime.settings import Settings
from service.workspace import Workspace
from tests.conftest import light_engines

TODAY = date(2025, 3, 20)


def asked(question: str) -> list[tuple[str, str]]:
    return [(each.first.isoformat(), each.last.isoformat()) for each in periods(question, TODAY)]


@pytest.mark.parametrize(
    ("question", "first", "last"),
    [
        ("What happened on 12 March 2021?", "2021-03-12", "2021-03-26"),
        ("What happened on March 12th, 2021?", "2021-03-12", "2021-03-26"),
        ("What did the report of 2021-03-12 say?", "2021-03-12", "2021-03-26"),
        ("How many were killed in October 2023?", "2023-10-01", "2023-11-14"),
        ("How many were killed in October?", "2024-10-01", "2024-11-14"),
        ("Who was arrested on 3 February?", "2025-02-03", "2025-02-17"),
        ("What did the council decide in 2019?", "2019-01-01", "2020-01-14"),
        ("Which company announced this week that it will close?", "2025-03-06", "2025-03-20"),
        ("Who was recently elected?", "2025-03-06", "2025-03-20"),
        ("What will open next month?", "2025-03-06", "2025-03-20"),
    ],
)
def test_the_period_of_a_question(question: str, first: str, last: str) -> None:
    assert asked(question) == [(first, last)]


@pytest.mark.parametrize("question", ["Who may march with them?", "Was it 31 February 2023?", "How many of 2500 men?"])
def test_what_only_looks_like_a_date_is_no_period(question: str) -> None:
    assert asked(question) == []


def test_proximity_halves_every_fortnight_and_is_zero_without_a_date() -> None:
    wanted = periods("What happened on 12 March 2021?", TODAY)
    days = {"2021-03-20": 1.0, "2021-04-09": 0.5, "2021": 0.0, None: 0.0}
    assert date_proximity(days, wanted) == days


@pytest.mark.parametrize(
    ("question", "as_of", "first"),
    [
        ("How many crowns will the bridge cost, as announced this week?", "2025-03-20", "late"),
        ("How many crowns will the bridge cost, as announced this week?", "2024-03-20", "early"),
        ("How many crowns will the bridge cost?", "2025-03-20", "late"),
        ("How many crowns did the bridge cost in March 2024?", "2025-03-20", "early"),
    ],
)
def test_articles_of_the_period_asked_about_rank_first(tmp_path: Path, question: str, as_of: str, first: str) -> None:
    lines = [
        '{"id": "early", "text": "The bridge will cost 30 crowns.", "published": "2024-03-15"}',
        '{"id": "late", "text": "The bridge will cost 50 crowns.", "published": "2025-03-15"}',
    ]
    (tmp_path / "news.jsonl").write_text("\n".join(lines), encoding="utf-8")
    settings = Settings(home=tmp_path / "home", exact=True)
    workspace = Workspace(settings, light_engines(), Home(settings.home))
    try:
        workspace.ingest(read_paths([tmp_path / "news.jsonl"]))
        assert workspace.search(question, 2, Filters(as_of=as_of)).results[0].article_id == first
    finally:
        workspace.close()
