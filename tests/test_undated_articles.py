"""Undated articles, unknown outlets and denials: what an answer says about what it did not use."""

from collections.abc import Iterator

import pytest

from index.reading import read_text
from index.types import Filters, stated
from service.answering.types import Question
from service.rendering import terminal
from service.runtime.home_lock import Home
from service.runtime.settings import Settings
from service.workspace import Workspace
from tests.conftest import light_engines

PUMP = "The pump at Mill End failed on Monday night, and the river flooded the lower town within an hour."
ASKED = "When did the pump at Mill End fail?"


@pytest.fixture
def collection(settings: Settings) -> Iterator[Workspace]:
    opened = Workspace(settings, light_engines(), Home(settings.home))
    dated = read_text("dated", f"Dam holds\n\n{PUMP.replace('pump', 'dam')}")
    source = dated.source.model_copy(update={"outlet": stated("Herald", "x"), "published": stated("2025-03-04", "x")})
    undated = read_text(
        "undated", f"Sabotage suspected\nBy Zelda Quux\n\nXANTEN, Germany (AP) — {PUMP}\n\nPhoto: Wyvern"
    )
    opened.ingest([dated.model_copy(update={"source": source}), undated])
    yield opened
    opened.close()


def ask(collection: Workspace, text: str = ASKED, **filters: str) -> tuple[set[str], str, int]:
    answer = collection.ask(Question(text=text, filters=Filters.model_validate(filters)))
    used = {each.article_id for each in (*answer.citations, *answer.closest)}
    return used, terminal.answer(answer), answer.undated_left_out


@pytest.mark.parametrize(
    "filters",
    [
        {"since": "2025-01-01"},
        {"as_of": "2025-06-01"},
        {"until": "2025-06-01"},
        {"since": "2020-01-01", "until": "2025-12-31"},
        {"since": "2025-03-04", "as_of": "2025-03-04"},
        {"until": "2025-03-03"},
    ],
)
def test_a_date_filter_leaves_undated_articles_out_and_says_so(collection: Workspace, filters: dict[str, str]) -> None:
    used, shown, left_out = ask(collection, **filters)
    assert ("undated" in used, left_out) == (False, 1)
    assert "1 undated article" in " ".join(shown.split())


@pytest.mark.parametrize("filters", [{}, {"as_of": "2100-01-01"}, {"until": "2100-01-01"}])
def test_an_undated_article_was_published_before_it_was_taken_in(
    collection: Workspace, filters: dict[str, str]
) -> None:
    used, shown, left_out = ask(collection, **filters)
    assert ("undated" in used, left_out) == (True, 0)
    assert "undated article" not in shown


def test_an_unknown_outlet_names_the_outlets_there_are(collection: Workspace) -> None:
    shown = " ".join(ask(collection, outlet="Gazette")[1].split())
    assert "No article is from “Gazette”; the outlets are “AP”, “Herald”." in shown
    assert "No article is from" not in ask(collection, outlet="herald")[1]


@pytest.mark.parametrize("word", ["sabotage", "Quux", "Xanten", "Wyvern", "Germany", "suspecting"])
def test_a_word_that_stands_anywhere_in_an_article_is_not_denied(collection: Workspace, word: str) -> None:
    assert collection.store.articles.unmentioned([word.lower(), "volcano", "sab_tage"]) == ("volcano", "sab_tage")
    shown = " ".join(ask(collection, f"Which volcano was {word} of?")[1].split())
    assert "No article mentions “volcano”." in shown


def test_a_byline_with_accents_is_not_denied_and_no_name_of_a_field_is_a_mention(collection: Workspace) -> None:
    article = read_text("byline", PUMP)
    source = article.source.model_copy(update={"author": stated("Zoë Müller", "byline")})
    collection.ingest([article.model_copy(update={"source": source})])
    assert collection.store.articles.unmentioned(["muller", "zoe", "basis", "stated"]) == ("basis", "stated")
