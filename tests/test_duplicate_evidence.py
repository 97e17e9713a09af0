"""Evidence deduplication: copies give one sentence, cited from the earliest article; later ones are listed with it."""

from collections.abc import Iterator

import pytest

from index.types import Filters
from service.answering.types import Question
from service.runtime.home_lock import Home
from service.runtime.settings import Settings
from service.workspace import Workspace
from tests.conftest import light_engines
from tests.test_syndication import OTHER, STORY, article, half

ASKED = "How much would the damage cost the town of the mayor?"
DAMAGE = "The mayor said that the damage would cost the town four million crowns."


@pytest.fixture
def workspace(settings: Settings) -> Iterator[Workspace]:
    opened = Workspace(settings, light_engines(), Home(settings.home))
    articles = [
        article("late", STORY, "2025-03-06", outlet="Courier"),
        article("early", f"NORWICK (AP) — {half(STORY)}", "2025-03-05", outlet="Herald"),
        article("middle", STORY.replace("said that the damage", "said the damage"), "2025-03-07", outlet="Gazette"),
        article("again", STORY, "2025-03-08", outlet="Courier"),
        article("own", OTHER, "2025-03-01", outlet="Islander"),
    ]
    opened.ingest(articles)
    yield opened
    opened.close()


def test_a_sentence_is_cited_once_from_its_earliest_article(workspace: Workspace) -> None:
    answer = workspace.ask(Question(text=ASKED))
    cited = [citation for citation in answer.citations if "four million" in citation.quote]
    assert [(citation.article_id, citation.quote) for citation in cited] == [("early", DAMAGE)]
    assert [(place.article_id, place.outlet) for place in cited[0].also] == [
        ("late", "Courier"),
        ("middle", "Gazette"),
        ("again", "Courier"),
    ]


def test_every_duplicate_resolves_too(workspace: Workspace) -> None:
    (citation,) = [c for c in workspace.ask(Question(text=ASKED)).citations if "four million" in c.quote]
    for place in citation.also:
        text = workspace.article(place.article_id, place.version).text
        assert "four million crowns" in text[place.start : place.end]


def test_nothing_later_than_the_day_is_named(workspace: Workspace) -> None:
    answer = workspace.ask(Question(text=ASKED, filters=Filters(as_of="2025-03-05")))
    named = {c.article_id for c in answer.citations} | {p.article_id for c in answer.citations for p in c.also}
    assert "late" not in named


def test_an_answer_counts_origins_not_outlets(workspace: Workspace) -> None:
    origins = workspace.ask(Question(text=ASKED)).origins
    assert origins is not None
    assert (origins.articles >= 3, origins.outlets >= 3, "AP" in origins.names) == (True, True, True)
    assert origins.origins < origins.outlets


def test_near_duplicates_do_not_take_the_places_of_other_passages(workspace: Workspace) -> None:
    vector = workspace.retriever.vector(ASKED)
    assert len(workspace.retriever.passages(ASKED, vector, 4)) == 4
    assert len(workspace.retriever.deduplicated_passages(ASKED, vector, 4)) == 5
