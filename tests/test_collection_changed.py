"""Articles removed during a request: one line, a 503 with Retry-After, never a crash, and no words of theirs."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from typing import Any

import pytest
from fastapi.testclient import TestClient

from index.embedding import HashEmbedder
from index.errors import CollectionChanged, NotFound
from index.reading import read_paths
from index.search.hybrid_retrieval import HybridRetriever
from index.search.reranking import OverlapReader, RerankingFinder
from index.search.scored_sentence import ScoredSentence
from index.search.word_vectors import WordVectors
from index.types import Filters, Passage
from service.answering.query import has_expected_kind
from service.answering.receipts import ReceiptWriter
from service.answering.types import Event, EvidenceFound, Question, SentenceAccepted, Style
from service.api import create_app
from service.briefing.briefer import Briefer
from service.briefing.types import BriefRequest, PartReady
from service.checking.checker import Checker
from service.runtime.home_lock import Home
from service.runtime.settings import Settings
from service.workspace import Workspace
from tests.conftest import SEEDS, light_engines

RALLY = "Which party's political rally in the Mustang district saw a suicide bombing?"
MOSQUE = "How many people were killed when the Shia mosque was attacked?"
SOURDOUGH = "Which sourdough hydration suits a beginner baker in winter?"
DRAFT = " ISKP carried out a suicide bombing at a Baloch Awami Party (BAP) rally."


def remove_all(workspace: Workspace) -> None:
    for article in workspace.store.articles.list_current():
        workspace.remove(article.id)


def events_after(events: Iterator[Any], last: Callable[[Any], bool], remove: Callable[[], None]) -> list[Any]:
    """Return the events that follow the removal of all articles, which comes after the event that `last` names."""
    assert any(map(last, events))
    remove()
    found: list[Any] = []
    with pytest.raises(CollectionChanged, match="ask again"):
        found.extend(events)
    return found


def is_first(event: Event) -> bool:
    return isinstance(event, EvidenceFound)


def is_final(event: Event) -> bool:
    return isinstance(event, EvidenceFound) and event.final


def is_sentence(event: Event) -> bool:
    return isinstance(event, SentenceAccepted)


@pytest.mark.parametrize(
    ("question", "style", "last"),
    [
        (RALLY, "quote", is_first),
        (RALLY, "quote", is_final),
        (RALLY, "compose", is_first),
        (RALLY, "compose", is_final),
        (MOSQUE, "quote", is_sentence),
        (SOURDOUGH, "quote", is_first),
    ],
)
def test_no_words_of_a_removed_article_are_streamed(
    settings: Settings, question: str, style: Style, last: Callable[[Event], bool]
) -> None:
    with closing(Workspace(settings, light_engines("1", DRAFT), Home(settings.home))) as workspace:
        workspace.ingest(read_paths([SEEDS]))
        stream = workspace.stream(Question(text=question, style=style))
        assert events_after(stream, last, lambda: remove_all(workspace)) == []


def test_no_part_of_a_brief_is_streamed_after_its_articles_went(workspace: Workspace) -> None:
    stream = workspace.brief_stream(BriefRequest(topic="Attacks by ISKP"))
    last: Callable[[Any], bool] = lambda event: isinstance(event, PartReady)  # noqa: E731
    assert events_after(stream, last, lambda: remove_all(workspace)) == []


class RemovingFinder(RerankingFinder):
    """Finder that has all articles removed once it has found sentences of theirs."""

    def __init__(self, workspace: Workspace) -> None:
        word_vectors = WordVectors(workspace.store, HashEmbedder())
        super().__init__(workspace.store, word_vectors, OverlapReader(), has_expected_kind)
        self._workspace = workspace

    def candidates(self, *args: Any, **named: Any) -> list[ScoredSentence]:
        found = super().candidates(*args, **named)
        remove_all(self._workspace)
        return found


@pytest.mark.parametrize("topic", ["Attacks by ISKP", "Zymurgy"])
def test_a_brief_neither_quotes_nor_shows_as_closest_what_went(workspace: Workspace, topic: str) -> None:
    receipts = ReceiptWriter(workspace.settings, embedder="hash", reranker="overlap")
    briefer = Briefer(workspace.store, workspace.retriever, RemovingFinder(workspace), receipts)
    with pytest.raises(NotFound, match="any more"):
        next(briefer.brief(BriefRequest(topic=topic)))


def test_a_check_cites_nothing_that_went_while_later_sentences_were_checked(workspace: Workspace) -> None:
    checker = Checker(workspace.store, workspace.retriever, RemovingFinder(workspace), workspace.settings.passages)
    text = "ISKP carried out a suicide bombing at a Baloch Awami Party (BAP) rally. The army said so."
    with pytest.raises(NotFound, match="any more"):
        checker.check(text, Filters())


@pytest.fixture
def emptied(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A collection whose articles are all removed as soon as a search has found them."""
    for name in ("deduplicated_passages", "passages"):
        found = getattr(HybridRetriever, name)

        def once(self: HybridRetriever, *args: object, found: object = found, **named: object) -> Sequence[Passage]:
            passages: Sequence[Passage] = found(self, *args, **named)  # type: ignore[operator]
            remove_all(workspace)
            return passages

        monkeypatch.setattr(HybridRetriever, name, once)
    return workspace


@pytest.mark.parametrize(
    ("route", "body"),
    [
        ("/v1/ask", {"question": RALLY}),
        ("/v1/check", {"text": "A rally in Mastung was bombed."}),
        ("/v1/briefs", {"topic": "Attacks by ISKP"}),
        ("/v1/chat/completions", {"model": "footnote", "messages": [{"role": "user", "content": RALLY}]}),
    ],
)
def test_every_route_answers_503_with_retry_after(emptied: Workspace, route: str, body: dict[str, object]) -> None:
    with TestClient(create_app(emptied), raise_server_exceptions=False) as client:
        reply = client.post(route, json=body)
    assert (reply.status_code, reply.headers.get("retry-after")) == (503, "1"), reply.text
    assert "removed" in reply.text
