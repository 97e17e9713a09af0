"""Conversation and feedback routes: store, list, rename, export and delete, without loss."""

import io
import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from docx import Document
from fastapi.testclient import TestClient

from index.reading import read_paths
from service.api import create_app
from service.runtime.home_lock import Home
from service.runtime.settings import Settings
from service.workspace import Workspace
from tests.conftest import SEEDS, light_engines

RALLY = "Which party's political rally in the Mustang district saw a suicide bombing?"
BREAD = "Which sourdough hydration suits a beginner?"


@pytest.fixture
def client(workspace: Workspace) -> Iterator[TestClient]:
    with TestClient(create_app(workspace)) as opened:
        yield opened


def ask(client: TestClient, question: str, conversation: str = "kabul") -> dict[str, Any]:
    answer: dict[str, Any] = client.post("/v1/ask", json={"question": question, "conversation": conversation}).json()
    return answer


def test_a_reload_loses_nothing(settings: Settings) -> None:
    with (
        closing(Workspace(settings, light_engines(), Home(settings.home))) as workspace,
        TestClient(create_app(workspace)) as client,
    ):
        workspace.ingest(read_paths([SEEDS]))
        answers = [ask(client, RALLY), ask(client, BREAD)]
    with (
        closing(Workspace(settings, light_engines(), Home(settings.home))) as workspace,
        TestClient(create_app(workspace)) as client,
    ):
        kept = client.get("/v1/conversations/kabul").json()
        assert [turn["answer"] for turn in kept["history"]] == answers
        assert kept["title"] == RALLY
        assert client.get(f"/v1/answers/{answers[0]['receipt']['id']}").json() == answers[0]


def test_conversations_are_listed_renamed_and_deleted(client: TestClient, workspace: Workspace) -> None:
    first = ask(client, RALLY, "one")
    ask(client, BREAD, "two")
    client.post("/v1/feedback", json={"receipt": first["receipt"]["id"]})
    assert [each["id"] for each in client.get("/v1/conversations").json()["conversations"]] == ["two", "one"]
    assert client.patch("/v1/conversations/one", json={"title": " The  rally "}).json()["title"] == "The rally"
    assert client.get("/v1/conversations/one").json()["title"] == "The rally"
    assert client.delete("/v1/conversations/one").json()["title"] == "The rally"
    for gone in ("/v1/conversations/one", f"/v1/answers/{first['receipt']['id']}", "/v1/conversations/one/export"):
        assert client.get(gone).status_code == 404
    assert client.get("/v1/feedback").json() == {"feedback": []}
    assert client.get("/v1/conversations").json()["total"] == 1
    assert "rally" not in workspace.store.history.conversation("two").title


def test_a_repeated_question_gets_the_same_rewriting(client: TestClient) -> None:
    ask(client, "When was Mehmet Goren arrested?")
    rewritten = [ask(client, "By whom?")["asked"] for _ in range(2)]
    assert rewritten == ["By whom was Mehmet Goren arrested?"] * 2
    alone = [ask(client, "Why did Pakistan launch the operation?", "alone")["asked"] for _ in range(2)]
    assert alone == [None, None]


def test_feedback_is_kept_until_it_is_deleted(client: TestClient) -> None:
    receipt = ask(client, RALLY)["receipt"]["id"]
    client.post("/v1/feedback", json={"receipt": receipt, "note": "It was Mastung."})
    client.post("/v1/feedback", json={"receipt": receipt, "verdict": "wrong", "note": "The place."})
    found = client.get("/v1/feedback").json()["feedback"]
    assert [(each["receipt_id"], each["verdict"], each["note"]) for each in found] == [(receipt, "wrong", "The place.")]
    assert client.get("/v1/conversations/kabul").json()["history"][0]["feedback"] == found[0]
    assert client.delete(f"/v1/feedback/{receipt}").status_code == 204
    assert client.get("/v1/feedback").json()["feedback"] == []
    assert client.delete(f"/v1/feedback/{receipt}").status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/v1/feedback", {"receipt": "nothing"}, 404),
        ("POST", "/v1/feedback", {"receipt": "nothing", "verdict": "so-so"}, 422),
        ("GET", "/v1/conversations/nothing", None, 404),
        ("PATCH", "/v1/conversations/kabul", {"title": "  "}, 422),
        ("PATCH", "/v1/conversations/nothing", {"title": "A"}, 404),
        ("GET", "/v1/conversations/kabul/export?format=odt", None, 422),
    ],
)
def test_an_impossible_request_is_a_problem(
    client: TestClient, method: str, path: str, body: object, status: int
) -> None:
    ask(client, RALLY)
    response = client.request(method, path, json=body)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"


def exported(client: TestClient, form: str) -> bytes:
    ask(client, RALLY)
    ask(client, RALLY)
    response = client.get("/v1/conversations/kabul/export", params={"format": form})
    assert response.status_code == 200
    assert "attachment" in response.headers["content-disposition"]
    return response.content


def test_markdown_has_a_footnote_for_every_mark(client: TestClient) -> None:
    text = exported(client, "markdown").decode()
    body, _, notes = text.partition("\n\n[^1]: ")
    assert body.startswith("---\ntitle: ")
    cited = client.get("/v1/conversations/kabul").json()["history"][0]["answer"]["citations"]
    for number in range(1, 2 * len(cited) + 1):
        assert body.count(f"[^{number}]") == 1
    assert f"[^{2 * len(cited)}]: " in notes


def test_a_word_document_has_the_sentences_of_all_answers(client: TestClient) -> None:
    document = Document(io.BytesIO(exported(client, "docx")))
    texts = [paragraph.text for paragraph in document.paragraphs]
    answer = client.get("/v1/conversations/kabul").json()["history"][0]["answer"]
    assert texts.count(answer["sentences"][0]["text"]) == 2


def test_csl_json_names_each_cited_article_once(client: TestClient) -> None:
    items = json.loads(exported(client, "csl-json"))
    cited = client.get("/v1/conversations/kabul").json()["history"][0]["answer"]["citations"]
    assert {item["id"] for item in items} == {f"{c['article_id']}@{c['version']}" for c in cited}
    assert len(items) == len({item["id"] for item in items})
    first = next(item for item in items if cited[0]["article_id"] in item["id"])
    assert "-".join(f"{part:02}" for part in first["issued"]["date-parts"][0]) == cited[0]["published"]
    assert cited[0]["quote"].split()[0] in first["note"]


def test_words_of_an_article_stay_words_in_every_export(workspace: Workspace, client: TestClient) -> None:
    hostile = "The mayor of Lindholm said **[this](http://x.test)** <script>a(1)</script> \x0b was written on walls."
    record = {"id": "h", "title": "# Walls", "outlet": "<b>Gazette</b>", "text": hostile}
    client.post("/v1/articles", json={"articles": [record]})
    receipt = ask(client, "What did the mayor of Lindholm say was written on walls?")["receipt"]["id"]
    path = f"/v1/answers/{receipt}/export"
    markdown = client.get(path).text
    assert "script" in markdown
    ours = [line for line in markdown.splitlines() if line.startswith("**") and line.endswith("**[^1]")]
    assert len(ours) <= 1
    markdown = "\n".join(line for line in markdown.splitlines() if line not in ours)
    assert not any(mark in markdown.replace("\\" + mark, "") for mark in ("<", "**", "](h"))
    paragraphs = Document(io.BytesIO(client.get(path, params={"format": "docx"}).content)).paragraphs
    assert any("<script>" in each.text for each in paragraphs[1:3])
