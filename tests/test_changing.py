"""Articles that are removed while something is made of them: one line, a status that says come again, never a crash."""

from collections.abc import Sequence

import pytest
from fastapi.testclient import TestClient

from index.errors import CollectionChanged
from index.retrieval import Retriever
from index.types import Passage
from service.api import create_app
from service.desk import Desk
from service.types import EvidenceFound, Question

RALLY = "Which party's political rally in the Mustang district saw a suicide bombing?"


@pytest.fixture
def emptied(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A collection whose articles all go as soon as a search has found them."""
    for name in ("distinct", "passages"):
        found = getattr(Retriever, name)

        def once(self: Retriever, *args: object, found: object = found, **named: object) -> Sequence[Passage]:
            passages: Sequence[Passage] = found(self, *args, **named)  # type: ignore[operator]
            for article in desk.catalogue.articles():
                desk.remove(article.id)
            return passages

        monkeypatch.setattr(Retriever, name, once)
    return desk


def test_an_answer_is_not_finished_from_articles_that_went(desk: Desk) -> None:
    stream = desk.stream(Question(text=RALLY))
    first = next(stream)
    assert isinstance(first, EvidenceFound)
    for article_id in {passage.article_id for passage in first.passages}:
        desk.remove(article_id)
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
def test_every_route_says_come_again(emptied: Desk, route: str, body: dict[str, object]) -> None:
    with TestClient(create_app(emptied), raise_server_exceptions=False) as client:
        reply = client.post(route, json=body)
    assert (reply.status_code, reply.headers.get("retry-after")) == (503, "1"), reply.text
    assert "removed" in reply.text
