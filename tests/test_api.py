"""Routes over the seeds, without any model: shapes, statuses, streams and problems."""

import json
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from service.api import create_app
from service.runtime.home_lock import Home
from service.runtime.settings import Settings
from service.workspace import Workspace
from tests.conftest import light_engines

RALLY = "Which party's political rally in the Mustang district saw a suicide bombing?"
SEVERAL = "Which attacks are said to have been carried out by ISKP?"


@pytest.fixture
def client(workspace: Workspace) -> Iterator[TestClient]:
    with TestClient(create_app(workspace)) as opened:
        yield opened


def events(client: TestClient, **body: object) -> list[tuple[str, dict[str, object]]]:
    with client.stream("POST", "/v1/ask", json={"stream": True, **body}) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        lines = [line for line in response.iter_lines() if line.startswith(("event:", "data:"))]
    names, data = lines[::2], lines[1::2]
    return [(n.removeprefix("event: "), json.loads(d.removeprefix("data: "))) for n, d in zip(names, data, strict=True)]


def test_ask_answers_with_citations_that_resolve(client: TestClient) -> None:
    answer = client.post("/v1/ask", json={"question": RALLY}).json()
    assert answer["verdict"] == "answered"
    for citation in answer["citations"]:
        text = client.get(f"/v1/articles/{citation['article_id']}?version={citation['version']}").json()["text"]
        assert text[citation["start"] : citation["end"]] == citation["quote"]


def test_a_stream_gives_evidence_then_sentences_then_the_same_answer(client: TestClient) -> None:
    found = events(client, question=RALLY)
    names = [name for name, _ in found]
    assert names[0] == "evidence"
    assert names[-1] == "done"
    assert names[: names.index("sentence")] == ["evidence", "evidence"]
    assert found[-1][1]["text"] == client.post("/v1/ask", json={"question": RALLY}).json()["text"]


def test_a_sentence_cites_by_the_numbers_of_the_last_evidence_before_it(client: TestClient) -> None:
    offered: dict[int, dict[str, object]] = {}
    cited: dict[int, dict[str, object]] = {}
    for name, data in events(client, question=SEVERAL):
        if name == "evidence":
            offered = {each["number"]: each for each in data["citations"]}  # type: ignore[attr-defined]
        elif name == "sentence":
            cited |= {number: offered[number] for number in data["citations"]}  # type: ignore[attr-defined]
    assert len(cited) > 1
    assert [cited[number] for number in sorted(cited)] == data["citations"]


def test_a_refusal_streams_what_was_read_and_then_only_what_is_closest(client: TestClient) -> None:
    (early, found), (last, answer) = events(client, question="Which sourdough hydration suits a beginner?")
    assert (early, found["final"], found["citations"], last) == ("evidence", False, [], "done")
    assert (answer["verdict"], answer["citations"]) == ("not_in_corpus", [])


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "says"),
    [
        ("POST", "/v1/ask", {"question": " "}, 422, "empty"),
        ("POST", "/v1/ask", {"question": " ", "stream": True}, 422, "empty"),
        ("POST", "/v1/ask", {"question": "x " * 50_000}, 422, "characters"),
        ("POST", "/v1/ask", {"question": "Who?", "as_of": "yesterday"}, 422, "not a day"),
        ("POST", "/v1/ask", {"question": "Who?", "colour": "red"}, 422, "colour"),
        ("POST", "/v1/ask", {}, 422, "question"),
        ("GET", "/v1/articles/nothing", None, 404, "no article 'nothing'"),
        ("GET", "/v1/articles/000_af5a69d05544d7a4?version=7", None, 404, "version 7"),
        ("DELETE", "/v1/articles/nothing", None, 404, "no article"),
        ("GET", "/v1/search?q=", None, 422, "q"),
        ("POST", "/v1/articles", {"articles": []}, 422, "articles"),
        ("GET", "/v1/nothing", None, 404, "Not Found"),
        ("DELETE", "/v1/articles/a%0Ab", None, 404, "Not Found"),
        ("PUT", "/v1/articles", None, 405, "Method Not Allowed"),
    ],
)
def test_a_bad_request_is_a_problem_in_one_line(
    client: TestClient, method: str, path: str, body: object, status: int, says: str
) -> None:
    response = client.request(method, path, json=body)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == status
    assert says in problem["detail"]
    assert "\n" not in problem["detail"]


def test_articles_are_listed_added_and_removed(client: TestClient) -> None:
    body = {
        "articles": [
            {"id": "a/b", "text": "The harbour of Norwick was closed.", "source": "Gazette"},
            {"id": "c", "text": " "},
        ]
    }
    report = client.post("/v1/articles", json=body).json()
    assert report["new"] == ["a/b"]
    assert "empty" in report["refused"][0]["reason"]
    listed = client.get("/v1/articles").json()
    assert listed["total"] == 6
    assert {a["id"]: a["outlet"] for a in listed["articles"]}["a/b"] == "Gazette"
    assert client.get("/v1/articles/a%2Fb").json()["text"].startswith("The harbour")
    assert client.delete("/v1/articles/a%2Fb").status_code == 200
    assert client.get("/v1/articles/a%2Fb").status_code == 404
    assert client.get("/v1/search?q=harbour Norwick").json()["results"][0]["article_id"] != "a/b"


def test_search_gives_exact_passages(client: TestClient) -> None:
    hit = client.get("/v1/search", params={"q": "Dabori agreement", "limit": 1}).json()["results"][0]
    text = client.get(f"/v1/articles/{hit['article_id']}").json()["text"]
    assert text[hit["start"] : hit["end"]] == hit["text"]
    assert "Dabori" in hit["text"]


def test_ready_tells_the_truth_part_by_part(client: TestClient, settings: Settings) -> None:
    assert client.get("/health").json()["status"] == "ok"
    assert client.get("/ready").status_code == 200
    empty_home = settings.home.with_name("empty")
    empty = Workspace(settings.model_copy(update={"home": empty_home}), light_engines(), Home(empty_home))
    with TestClient(create_app(empty)) as other:
        response = other.get("/ready")
        assert response.status_code == 503
        assert [part["name"] for part in response.json()["parts"] if not part["ok"]] == ["collection"]
        assert other.post("/v1/ask", json={"question": "Who won?"}).status_code == 409
    empty.close()


def test_the_reference_documents_every_route(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    assert {"/v1/ask", "/v1/search", "/v1/articles", "/v1/articles/{article_id}", "/health", "/ready"} <= set(paths)
    page = client.get("/docs")
    assert page.status_code == 200
    assert 'src="http' not in page.text
    assert 'href="http' not in page.text
