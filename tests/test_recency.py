"""Recency: of the evidence for what is latest, that of newer reports comes first."""

import pytest

from index.search.scored_sentence import ScoredSentence
from index.types import Article, Fact, Filters, Source
from service.answering.recency import newest_first, newest_report_first
from service.answering.types import Question
from tests.conftest import Opener
from tests.test_extracts import FERRY, article, ranked


def evidence(published: str | None, name: str, probability: float) -> ScoredSentence:
    fact = Fact(value=published, basis="stated") if published else Fact()
    source = article(FERRY, name).model_copy(update={"source": Source(published=fact)})
    return ranked(source, {"aground": probability})[0]


def test_a_report_of_yesterday_comes_before_one_of_another_year_that_fits_a_little_better() -> None:
    found = newest_first([evidence("2015-10-27", "old", 0.6), evidence("2025-06-23", "new", 0.4)])
    assert [each.article_id for each in found] == ["new", "old"]
    assert sum(each.probability for each in found) == pytest.approx(1.0)


def test_it_does_not_matter_how_long_ago_all_of_it_was() -> None:
    found = newest_first([evidence("1815-03-01", "before", 0.6), evidence("1815-06-18", "after", 0.4)])
    assert [each.article_id for each in found] == ["after", "before"]


def test_a_report_that_hardly_fits_stays_behind() -> None:
    found = newest_first([evidence("2025-06-10", "about it", 0.97), evidence("2025-06-23", "else", 0.03)])
    assert [each.article_id for each in found] == ["about it", "else"]


@pytest.mark.parametrize("published", [None, "2025", "2025-02-30"])
def test_a_day_that_is_not_known_counts_as_the_oldest(published: str | None) -> None:
    sentences = [evidence(published, "undated", 0.4), evidence("2025-05-01", "dated", 0.41)]
    assert [each.article_id for each in newest_first(sentences)] == ["dated", "undated"]


def test_nothing_is_left_of_nothing() -> None:
    assert newest_first([]) == []


def test_extracts_of_the_newer_report_come_first_and_stay_together() -> None:
    days = {"old": "2025-05-01", "new": "2025-06-23", "same day": "2025-06-23T09:00:00", "undated": None}
    found = newest_report_first([evidence(day, name, 0.5) for name, day in days.items() for _ in range(2)])
    assert [each.article_id for each in found[::2]] == ["new", "same day", "old", "undated"]
    assert [each.article_id for each in found[::2]] == [each.article_id for each in found[1::2]]


def quake(year: int, relief: str) -> Article:
    source = Source(
        title=Fact(value=f"Quake relief {year}", basis="stated"),
        published=Fact(value=f"{year}-06-20", basis="stated"),
    )
    text = (f"Relief after the Ostrand quake {relief}.", "Roads to the north are open.")
    return article(text, f"quake-{year}").model_copy(update={"source": source})


def test_what_is_the_latest_is_answered_from_the_newer_report(workspace_of: Opener) -> None:
    opened = workspace_of(quake(2015, "reached the valley"), quake(2025, "has begun in the valley"))
    asked = "What is the latest on relief after the Ostrand quake?"

    def first(as_of: str) -> str:
        return opened.ask(Question(text=asked, filters=Filters(as_of=as_of))).citations[0].article_id

    assert first("2025-06-24") == "quake-2025"
    assert first("2016-06-24") == "quake-2015"
