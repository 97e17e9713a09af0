"""Articles removed during a request: one line, a 503 with Retry-After, never a crash."""

from collections.abc import Sequence

import pytest
from fastapi.testclient import TestClient

from index.errors import CollectionChanged
from index.search.hybrid_retrieval import HybridRetriever
from index.types import Passage
from service.answering.types import EvidenceFound, Question
from service.api import create_app
from service.workspace import Workspace

RALLY = "Which party's political rally in the Mustang district saw a suicide bombing?"


@pytest.fixture
def emptied(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A collection whose articles are all removed as soon as a search has found them."""
    for name in ("deduplicated_passages", "passages"):
        found = getattr(HybridRetriever, name)

        def once(self: HybridRetriever, *args: object, found: object = found, **named: object) -> Sequence[Passage]:
            passages: Sequence[Passage] = found(self, *args, **named)  # type: ignore[operator]
            for article in workspace.store.articles.list_current():
                workspace.remove(article.id)
            return passages

        monkeypatch.setattr(HybridRetriever, name, once)
    return workspace


def test_an_answer_is_not_finished_from_articles_that_went(workspace: Workspace) -> None:
    stream = workspace.stream(Question(text=RALLY))
    first = next(stream)
    assert isinstance(first, EvidenceFound)
    for article_id in {passage.article_id for passage in first.passages}:
        workspace.remove(article_id)
    with pytest.raises(CollectionChanged, match="ask again"):
        list(stream)


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
