"""Date resolution: the day, month or year that words name, only where the grammar decides it."""

from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from evals.harness.cases import CASES
from evals.studies.newsroom.resolved_dates import DatedSentence, judge
from index.reading import read_paths
from index.types import UNKNOWN, Fact, Span, inferred, stated
from service.answering.types import Question
from service.language.article_dates import dated
from service.language.date_resolution import resolve_dates
from service.rendering import terminal
from service.runtime.home_lock import Home
from service.runtime.settings import Settings
from service.workspace import Workspace
from tests.conftest import light_engines

FRIDAY = stated("2025-10-10", "publication line")


def read(text: str, published: Fact = FRIDAY) -> list[tuple[str, str]]:
    return [(each.words, each.value) for each in dated(text, Span(start=0, end=len(text)), published)]


TUESDAY = date(2026, 3, 3)


def resolved(sentence: str, published: date = TUESDAY) -> dict[str, str]:
    return {each.text: each.date for each in resolve_dates(sentence, published)}


@pytest.mark.parametrize(
    ("text", "words", "value"),
    [
        ("The bridge fell yesterday.", "yesterday", "2025-10-09"),
        ("The bridge fell on Friday.", "Friday", "2025-10-10"),
        ("The bridge fell on Wednesday.", "Wednesday", "2025-10-08"),
        ("The bridge fell last Friday.", "last Friday", "2025-10-03"),
        ("The council will meet on Tuesday.", "Tuesday", "2025-10-14"),
        ("It opens next Friday.", "next Friday", "2025-10-17"),
        ("The toll fell last month.", "last month", "2025-09"),
        ("The toll was raised last year.", "last year", "2024"),
        ("He was arrested three days ago.", "three days ago", "2025-10-07"),
        ("It was built four years ago.", "four years ago", "2021"),
        ("Two houses burned over the weekend.", "the weekend", "2025-10-04/2025-10-05"),
    ],
)
def test_a_relative_date_is_resolved_against_the_publication_date(text: str, words: str, value: str) -> None:
    assert read(text) == [(words, value)]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("The city will open three shelters, officials said on Monday.", {"Monday": "2026-03-02"}),
        ("Officials said Monday the bridge will reopen.", {"Monday": "2026-03-02"}),
        ("Staff are expected to return, the union said on Sunday.", {"Sunday": "2026-03-01"}),
        ("The court announced late on Friday that it will hear the case.", {"Friday": "2026-02-27"}),
        ("“We will rebuild,” the governor told reporters on Saturday.", {"Saturday": "2026-02-28"}),
        (
            "The airline, which said on Thursday that it may cut jobs, is to meet the unions.",
            {"Thursday": "2026-02-26"},
        ),
    ],
)
def test_a_weekday_of_a_reporting_verb_looks_back(sentence: str, expected: dict[str, str]) -> None:
    assert resolved(sentence) == expected


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Tenants will begin receiving notice Monday.", {"Monday": "2026-03-09"}),
        ("Teachers are due to strike on Thursday.", {"Thursday": "2026-03-05"}),
        ("The group plans to march through the old town on Saturday.", {"Saturday": "2026-03-07"}),
        ("She has until Friday to reply.", {"Friday": "2026-03-06"}),
        ("The two ministers will meet on Wednesday and sign the treaty on Sunday.",
         {"Wednesday": "2026-03-04", "Sunday": "2026-03-08"}),
        ("The union said on Monday that it would strike on Friday.", {"Monday": "2026-03-02", "Friday": "2026-03-06"}),
        ("The minister said he would leave at the end of April.", {"April": "2026-04"}),
    ],
)  # fmt: skip
def test_plans_look_ahead(sentence: str, expected: dict[str, str]) -> None:
    assert resolved(sentence) == expected


@pytest.mark.parametrize(
    "sentence",
    [
        "Marchers remembered Bloody Sunday in the rain.",
        "Shops were crowded on Black Friday.",
        "He left Sheffield Wednesday for a rival.",
        "The Sunday Times printed the letters.",
        "The market is held every Friday.",
        "It happened on a Friday.",
        "The baths are closed on Mondays.",
        "The team lost on Ash Wednesday.",
        "One Thursday the clock stopped.",
        "The novel Saturday won no prizes.",
        "Hundreds of Saturday shoppers fled.",
        "Wednesday marks ten years since the crash.",
        "The Saturday Review of Books praised him.",
        "The first Monday of the month was market day.",
        "Worshippers left after Friday prayers.",
        "He died the following Tuesday.",
        "Today the valley is home to 3,000 people.",
        "The children of tomorrow will ask.",
    ],
)
def test_names_and_habits_are_no_dates(sentence: str) -> None:
    assert resolved(sentence) == {}


@pytest.mark.parametrize(
    "sentence",
    [
        "The hearing was set for Friday.",
        "The group planned to march on Friday.",
        "The council has called for a vote on Friday.",
        "Campaigning ended ahead of Sunday's election.",
        "The school was shut until Thursday.",
        "Envoys could meet on Friday.",
        "The coach leaves next Friday.",
        "The bells ring on Sunday.",
        "Investors were awaiting Friday's data.",
        "The union called off Thursday's strike.",
        "Had the vote been held on Sunday, the party would have lost.",
        "The January 6 riot changed the country.",
        "The bridge opened about 30 years ago.",
    ],
)
def test_what_may_lie_on_either_side_is_not_resolved(sentence: str) -> None:
    assert resolved(sentence) == {}


@pytest.mark.parametrize(
    ("sentence", "published", "expected"),
    [
        ("He would be retiring at the end of February, he said.", date(2018, 12, 20), {"February": "2019-02"}),
        ("She said the plant would close in March.", date(2018, 12, 20), {"March": "2019-03"}),
        ("The memo was written between June and July 2016.", date(2019, 6, 11),
         {"June": "2016-06", "July 2016": "2016-07"}),
        ("The fund grew from November to February 2016.", date(2019, 6, 11),
         {"November": "2015-11", "February 2016": "2016-02"}),
        ("“We will open next year,” he said in 2016.", date(2019, 6, 11), {"next year": "2017", "2016": "2016"}),
        ("“We will open in June,” he said in 2016.", date(2019, 6, 11), {"2016": "2016"}),
        ("In an interview in 2016 she said that it “opens tomorrow”.", date(2019, 6, 11), {"2016": "2016"}),
        ("He was jailed in 2011 and released in March.", date(2019, 6, 11), {"2011": "2011"}),
        ("The dam will be ready in October.", date(2018, 12, 20), {"October": "2019-10"}),
        ("The dam was opened in October.", date(2018, 12, 20), {"October": "2018-10"}),
        ("He predicted that the March 20 summit would fail.", date(2026, 3, 3), {"March 20": "2026-03-20"}),
    ],
)  # fmt: skip
def test_a_year_comes_from_the_time_of_the_sentence(sentence: str, published: date, expected: dict[str, str]) -> None:
    assert resolved(sentence, published) == expected


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("“We will finish tomorrow,” she said on Monday.", {"tomorrow": "2026-03-03", "Monday": "2026-03-02"}),
        ("“The talks on Thursday went well,” she said on Friday.", {"Thursday": "2026-02-26", "Friday": "2026-02-27"}),
        ("“We will finish tomorrow,” she said.", {}),
        ("“Nobody came yesterday”, said a villager.", {}),
        ('The envoy said on Sunday: "We leave tomorrow."', {"Sunday": "2026-03-01", "tomorrow": "2026-03-02"}),
        ("In a statement issued on Sunday, the firm said it “will reopen next month”.",
         {"Sunday": "2026-03-01", "next month": "2026-04"}),
    ],
)  # fmt: skip
def test_quoted_words_stand_on_the_day_they_were_said(sentence: str, expected: dict[str, str]) -> None:
    assert resolved(sentence) == expected


def test_the_development_sentences_are_resolved_precisely() -> None:
    lines = (CASES / "dates.jsonl").read_text(encoding="utf-8").splitlines()
    judged = [each for line in lines for each in judge(DatedSentence.model_validate_json(line))]
    right = sum(each.expected is not None and each.resolved is not None for each in judged)
    assert right / sum(each.resolved is not None for each in judged) >= 0.98
    assert right / sum(each.expected is not None for each in judged) >= 0.9


def test_each_date_has_its_words_span_precision_and_anchor() -> None:
    sentence = "“We will open next year,” he said on 5 May 2016."
    (ahead, said) = resolve_dates(sentence, date(2019, 6, 11))
    assert sentence[ahead.start : ahead.end] == ahead.text == "next year"
    assert (ahead.date, ahead.precision, ahead.basis) == ("2017", "year", "inferred")
    assert (ahead.anchor, ahead.anchor_words) == ("2016-05-05", "5 May 2016")
    assert (said.date, said.precision, said.basis, said.anchor) == ("2016-05-05", "day", "stated", None)


@pytest.mark.parametrize(
    "sentence",
    [
        "Dresden, 5 March 2026.",
        "MILL END, Ohio, March 4, 2025 (AP) — A pump failed.",
        "LONDON, 4 March 2025 (Reuters) – A pump failed.",
        "São Paulo, March 4, 2026: A pump failed.",
        "BONN, March 2 (Agency) - A pump failed.",
        "Rio de Janeiro, 4 March 2026 — A pump failed.",
    ],
)
def test_a_dateline_is_no_event(sentence: str) -> None:
    assert resolved(sentence) == {}


def test_a_sentence_that_begins_with_a_date_is_no_dateline() -> None:
    assert resolved("On 5 March 2025: a pump failed.") == {"5 March 2025": "2025-03-05"}


BLOG = "Floods: as it happened\n\n{first}\n\nThe river is rising.\n\n{second}\n\nThe bridge will close tonight."


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("Monday 2 March 2026, 19:10", "Monday 2 March 2026, 21:40", "2026-03-02"),
        ("2 March, 7:10pm", "2 March, 9:40pm", "2026-03-02"),
        ("March 1, 2026 19:10 GMT", "March 2, 2026 21:40 GMT", "2026-03-02"),
        ("19:10, 1 March 2026", "21:40, 2 March 2026", "2026-03-02"),
        ("2 March 2026 at 19:10", "21:40", "2026-03-02"),
        ("19:10", "21:40", None),
    ],
)
def test_tonight_in_a_live_blog_is_the_day_of_its_entry(first: str, second: str, expected: str | None) -> None:
    text = BLOG.format(first=first, second=second)
    span = Span(start=text.index("The bridge"), end=len(text))
    found = dated(text, span, stated("2026-03-03", "publication line"))
    assert [each.value for each in found] == ([expected] if expected else [])


def test_words_inside_a_longer_quotation_are_not_counted_from_the_publication_date() -> None:
    text = "“The wall is cracked. It broke yesterday. We left,” said a neighbour."
    span = Span(start=text.index("It"), end=text.index(" We"))
    assert dated(text, span, FRIDAY) == ()


@pytest.mark.parametrize(
    "text",
    [
        "On Friday, 10 October 2025, it fell.",
        "It opens on Fridays.",
        "In today’s world it fell.",
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
    assert found.basis == "inferred: counted from the publication date, itself inferred, 10 October 2025"
    assert text[found.start : found.start + len(found.words)] == found.words


def test_a_footnote_shows_the_resolved_date(tmp_path: Path) -> None:
    line = '{"id": "fall", "text": "The old bridge fell into the river yesterday.", "published": "2025-10-10"}'
    (tmp_path / "news.jsonl").write_text(line, encoding="utf-8")
    settings = Settings(home=tmp_path / "home", exact=True)
    with closing(Workspace(settings, light_engines(), Home(settings.home))) as workspace:
        workspace.ingest(read_paths([tmp_path / "news.jsonl"]))
        answer = workspace.ask(Question(text="What fell into the river?"))
    assert [(d.words, d.value) for d in answer.citations[0].dates] == [("yesterday", "2025-10-09")]
    assert "(“yesterday”: 9 October 2025, counted from the publication date, 10 October 2025)" in terminal.answer(
        answer
    )


@pytest.mark.parametrize("space", ["\n", "\u00a0", "\u202f", "\t"])
def test_a_date_over_any_space_keeps_its_year(space: str) -> None:
    sentence = f"In March{space}2020 the bridge closed, and on 3 June{space}1999 it had burned."
    found = resolve_dates(sentence, date(2025, 10, 10))
    assert [(each.text, each.date, each.basis) for each in found] == [
        (f"March{space}2020", "2020-03", "stated"),
        (f"3 June{space}1999", "1999-06-03", "stated"),
    ]


@pytest.mark.parametrize("words", ["3-5 March 2020", "March 3-5, 2020"])
@pytest.mark.parametrize("published", [None, date(2025, 10, 10)])
def test_a_range_that_states_its_year_is_stated(words: str, published: date | None) -> None:
    (found,) = resolve_dates(f"The summit met in Oslo from {words}.", published)
    assert (found.date, found.basis) == ("2020-03-03/2020-03-05", "stated")
