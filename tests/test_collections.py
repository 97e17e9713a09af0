"""Collections over HTTP: chosen by a field, limited by keys, and never mixed by anything that the service keeps."""

import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any, cast

import httpx
import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from index.errors import FootnoteError, InputError
from index.reading import read_text
from index.types import Filters
from service.answering.types import Question
from service.api import create_app, first_key
from service.api.admission import AdmissionPolicy
from service.api.api_keys import APIKeys
from service.client import RemoteWorkspace
from service.library.types import ArticleEdit
from service.runtime.home_lock import open_home
from service.runtime.settings import Settings
from service.workspaces import Workspaces
from tests.conftest import light_engines

WHO = "Who closed the harbour of Norwick?"
STORIES = {
    "default": "The mayor Ada Quill closed the harbour of Norwick on Friday, the council said.",
    "desk": "The union of dockers closed the harbour of Norwick on Monday, the council said.",
    "project": "The navy closed the harbour of Norwick on Sunday, the council said.",
}
WORD = {"default": "Quill", "desk": "dockers", "project": "navy"}
ALL, DESK, BOTH = "a" * 32, "d" * 32, "b" * 32
KEYS = (ALL, f"desk={DESK}", f"desk+project={BOTH}")


@pytest.fixture
def workspaces(settings: Settings) -> Iterator[Workspaces]:
    with closing(Workspaces(settings, light_engines(), open_home(settings))) as opened:
        for name, text in STORIES.items():
            if name != "default":
                opened.add(name)
            opened.open(name).ingest([read_text(f"{name}-story", text)])
        yield opened


@pytest.fixture
def client(workspaces: Workspaces) -> Iterator[TestClient]:
    with TestClient(create_app(workspaces)) as opened:
        yield opened


def keyed(workspaces: Workspaces, key: str) -> TestClient:
    policy = AdmissionPolicy(keys=APIKeys(KEYS))
    return TestClient(create_app(workspaces, policy), headers={"Authorization": f"Bearer {key}"})


def mentioned(response: Any) -> set[str]:
    """Return the collections whose names or articles a response shows."""
    assert response.status_code < 500, response.text
    return {name for name in STORIES if f"{name}-story" in response.text or WORD[name] in response.text}


def streamed(client: TestClient, path: str, **body: object) -> Any:
    return client.post(path, json={"stream": True, **body})


@pytest.mark.parametrize("name", [None, *STORIES])
def test_every_route_answers_from_the_chosen_collection_alone(client: TestClient, name: str | None) -> None:
    body: dict[str, Any] = {} if name is None else {"collection": name}
    chosen = name or "default"
    answer = client.post("/v1/ask", json={"question": WHO, "conversation": "c", **body})
    receipt = answer.json()["receipt"]["id"]
    message = {"role": "user", "content": WHO}
    responses = [
        answer,
        streamed(client, "/v1/ask", question=WHO, **body),
        client.post("/v1/ask", json={"question": WHO}, params=body),
        client.post("/v1/replay", json={"receipt": receipt, **body}),
        client.post("/v1/check", json={"text": STORIES[chosen], **body}),
        streamed(client, "/v1/check", text=STORIES[chosen], **body),
        client.get("/v1/search", params={"q": "harbour of Norwick", **body}),
        client.get("/v1/articles", params=body),
        client.get(f"/v1/articles/{chosen}-story", params=body),
        client.post("/v1/briefs", json={"topic": "The harbour of Norwick", **body}),
        streamed(client, "/v1/briefs", topic="The harbour of Norwick", **body),
        client.get(f"/v1/answers/{receipt}", params=body),
        client.get(f"/v1/answers/{receipt}/export", params=body),
        client.get("/v1/conversations/c", params=body),
        client.post("/v1/chat/completions", json={"model": "footnote", "messages": [message], **body}),
        client.patch(f"/v1/articles/{chosen}-story", json={"author": "Ada Poe", **body}),
    ]
    assert [(each.status_code, mentioned(each)) for each in responses] == [(200, {chosen})] * len(responses)


def test_what_one_collection_keeps_is_not_found_in_another(client: TestClient) -> None:
    asked = client.post("/v1/ask", json={"question": WHO, "conversation": "c", "collection": "desk"}).json()
    receipt = asked["receipt"]["id"]
    brief = client.post("/v1/briefs", json={"topic": "The harbour", "collection": "desk"}).json()["receipt"]["id"]
    assert client.post("/v1/feedback", json={"receipt": receipt, "collection": "desk"}).status_code == 200
    paths = [
        f"answers/{receipt}",
        f"answers/{receipt}/export",
        f"briefs/{brief}",
        "conversations/c",
        "articles/desk-story",
    ]
    for params in ({}, {"collection": "project"}):
        assert {client.get(f"/v1/{path}", params=params).status_code for path in paths} == {404}
        assert client.post("/v1/replay", json={"receipt": receipt, **params}).status_code == 404
        assert client.post("/v1/feedback", json={"receipt": receipt, **params}).status_code == 404
        assert client.delete("/v1/articles/desk-story", params=params).status_code == 404
        assert client.get("/v1/conversations", params=params).json()["total"] == 0
        assert client.get("/v1/briefs", params=params).json()["total"] == 0
        assert client.get("/v1/feedback", params=params).json()["feedback"] == []
    assert {client.get(f"/v1/{path}?collection=desk").status_code for path in paths} == {200}


def test_articles_are_added_to_the_chosen_collection_alone(client: TestClient) -> None:
    one = {"id": "late", "text": "A strike closed the airport of Norwick on Friday, the union said."}
    assert client.post("/v1/articles", json={"articles": [one], "collection": "desk"}).json()["new"] == ["late"]
    upload = {"content-type": "application/octet-stream"}
    sent = client.post("/v1/uploads?name=pier.txt&collection=desk", content=b"The pier was painted.", headers=upload)
    assert sent.json()["new"] == ["pier"]
    assert len(client.post("/v1/samples", json={"collection": "desk"}).json()["new"]) == 5
    totals = {name: client.get("/v1/articles", params={"collection": name}).json()["total"] for name in STORIES}
    assert totals == {"default": 1, "desk": 8, "project": 1}


def test_an_unknown_collection_is_not_found_and_those_there_are_named(client: TestClient) -> None:
    message = {"role": "user", "content": WHO}
    for response in (
        client.get("/v1/articles?collection=sport"),
        client.post("/v1/ask", json={"question": WHO, "collection": "sport"}),
        client.post("/v1/articles", json={"articles": [{"id": "a", "text": "b"}], "collection": "../desk"}),
        client.get("/ready?collection=Desk"),
    ):
        assert response.status_code == 404
        assert "there are default, desk, project" in response.json()["detail"]
    chat = client.post("/v1/chat/completions", json={"model": "footnote/sport", "messages": [message]})
    assert chat.status_code == 404
    assert "default, desk, project" in chat.json()["error"]["message"]


def test_two_names_in_one_request_are_refused(client: TestClient) -> None:
    response = client.post("/v1/ask?collection=desk", json={"question": WHO, "collection": "project"})
    assert (response.status_code, "two collections" in response.json()["detail"]) == (422, True)
    same = client.post("/v1/ask?collection=desk", json={"question": WHO, "collection": "desk"})
    assert mentioned(same) == {"desk"}


def test_the_media_type_of_a_body_does_not_hide_its_collection(client: TestClient) -> None:
    body = json.dumps({"question": WHO, "collection": "desk"}).encode()
    for kind in ("application/json; charset=utf-8", "application/vnd.api+json", "text/plain"):
        assert mentioned(client.post("/v1/ask", content=body, headers={"content-type": kind})) <= {"desk"}


def test_a_field_in_an_uploaded_file_does_not_choose_its_collection(client: TestClient) -> None:
    for field in ("project", "sport"):
        record = {"id": f"late-{field}", "text": f"A strike closed the {field} bridge on Friday.", "collection": field}
        response = client.post(
            "/v1/uploads",
            params={"name": f"{field}.json", "collection": "desk"},
            content=json.dumps(record),
            headers={"Content-Type": "application/octet-stream"},
        )
        assert response.json()["new"] == [f"late-{field}"]
        assert client.get(f"/v1/articles/late-{field}?collection=desk").status_code == 200


def test_a_chat_client_chooses_by_the_name_of_the_model(client: TestClient) -> None:
    message = {"role": "user", "content": WHO}
    found = client.post("/v1/chat/completions", json={"model": "footnote-quote/desk", "messages": [message]})
    assert mentioned(found) == {"desk"}
    link = found.json()["choices"][0]["message"]["annotations"][0]["url_citation"]["url"]
    assert "/?collection=desk#article?" in link
    names = [model["id"] for model in client.get("/v1/models").json()["data"]]
    assert {"footnote", "footnote/desk", "footnote-compose/project"} < set(names)
    assert client.get("/v1/models/footnote/desk").json()["id"] == "footnote/desk"
    assert client.get("/v1/models/footnote/sport").status_code == 404


def test_collections_are_added_listed_and_removed(client: TestClient) -> None:
    assert client.post("/v1/collections", json={"name": "sport"}).json() == {"name": "sport", "default": False}
    statuses = {
        name: client.post("/v1/collections", json={"name": name}).status_code for name in ("sport", "default", "A")
    }
    assert statuses == {"sport": 409, "default": 409, "A": 422}
    listed = client.get("/v1/collections").json()["collections"]
    assert [each["name"] for each in listed] == ["default", "desk", "project", "sport"]
    assert [each["default"] for each in listed] == [True, False, False, False]
    assert client.post("/v1/ask", json={"question": WHO, "collection": "sport"}).status_code == 409
    assert client.delete("/v1/collections/desk").status_code == 200
    assert client.get("/v1/articles?collection=desk").status_code == 404
    assert client.delete("/v1/collections/default").status_code == 422
    assert client.delete("/v1/collections/desk").status_code == 404


def test_a_key_for_one_collection_never_learns_of_another(workspaces: Workspaces) -> None:
    client = keyed(workspaces, DESK)
    message = {"role": "user", "content": WHO}
    assert [each["name"] for each in client.get("/v1/collections").json()["collections"]] == ["desk"]
    assert mentioned(client.get("/v1/articles")) == mentioned(client.get("/v1/articles?collection=desk")) == {"desk"}
    for name in ("project", "default", "sport"):
        for refused in (
            client.post("/v1/ask", json={"question": WHO, "collection": name}),
            client.get("/v1/search", params={"q": "harbour", "collection": name}),
            client.post("/v1/chat/completions", json={"model": f"footnote/{name}", "messages": [message]}),
            client.delete(f"/v1/articles/{name}-story", params={"collection": name}),
            client.get("/ready", params={"collection": name}),
        ):
            assert refused.status_code == 404
            said = json.dumps(refused.json()).replace(f"'{name}'", "")
            assert not [other for other in ("project", "default") if other in said]
    shown = client.get("/v1/models").text + client.get("/ready").text + client.get("/v1/engine").text
    assert "project" not in shown
    for whole in (
        client.get("/metrics"),
        client.post("/v1/collections", json={"name": "sport"}),
        client.delete("/v1/collections/desk"),
        client.delete("/v1/collections/project"),
        client.post("/v1/engine", json={"model": "smollm2"}),
        client.post("/v1/engine/download", json={"model": "qwen3-0.6b"}),
    ):
        assert (whole.status_code, whole.json()["title"]) == (403, "NotPermitted")
    assert workspaces.names() == ["default", "desk", "project"]


def test_a_key_for_several_collections_names_one(workspaces: Workspaces) -> None:
    client = keyed(workspaces, BOTH)
    unnamed = client.post("/v1/ask", json={"question": WHO})
    assert (unnamed.status_code, "for desk, project" in unnamed.json()["detail"]) == (422, True)
    assert mentioned(client.post("/v1/ask", json={"question": WHO, "collection": "project"})) == {"project"}
    assert [each["name"] for each in client.get("/v1/collections").json()["collections"]] == ["desk", "project"]
    assert mentioned(keyed(workspaces, ALL).get("/v1/articles")) == {"default"}


@pytest.mark.parametrize(
    "given", [f"Desk={ALL}", f"={ALL}", f"a_b={ALL}", f"desk+={ALL}", "desk=short", "desk=" + "x" * 19]
)
def test_a_limit_that_cannot_be_read_opens_nothing(given: str) -> None:
    with pytest.raises(InputError) as raised:
        APIKeys([given])
    assert ALL not in str(raised.value)


def test_padding_at_the_end_belongs_to_the_key() -> None:
    padded = "MDEyMzQ1Njc4OWFiY2RlZg=="
    assert APIKeys([padded]).client_of(padded) is not None
    limited = APIKeys([f"desk={padded}"]).client_of(padded)
    assert limited is not None
    assert limited.collections == frozenset({"desk"})
    assert APIKeys([f"desk={padded}"]).client_of(f"desk={padded}") is None


def test_the_command_sends_the_key_of_its_collection() -> None:
    given = f"desk={DESK} {ALL}"
    assert (first_key(given, None, "desk"), first_key(given, None, "project"), first_key(given, None)) == (
        DESK,
        ALL,
        ALL,
    )
    with pytest.raises(InputError, match="'project'"):
        first_key(f"desk={DESK}", None, "project")


def test_metrics_count_all_open_collections_and_name_none(client: TestClient) -> None:
    client.post("/v1/ask", json={"question": WHO, "collection": "desk"})
    client.get("/v1/articles/desk-story?collection=desk")
    text = client.get("/metrics").text
    assert not [name for name in ("desk", "project") if name in text]
    samples = [each for family in text_string_to_metric_families(text) for each in family.samples]
    assert [each.value for each in samples if each.name == "footnote_articles"] == [3.0]
    assert sum(each.value for each in samples if each.name == "footnote_answers_total") == 1.0


def test_the_client_of_the_command_passes_the_collection_on(client: TestClient) -> None:
    remote = RemoteWorkspace("http://testserver", cast(httpx.Client, client), collection="desk")
    assert "dockers" in remote.ask(Question(text=WHO)).text
    assert [each.id for each in remote.articles(10, 0).articles] == ["desk-story"]
    events = list(remote.check_stream(STORIES["desk"], Filters()))
    assert "dockers" in str(events[-1])
    remote.ingest([read_text("late", "A strike closed the airport of Norwick on Friday.")])
    assert client.get("/v1/articles/late").status_code == 404
    assert client.get("/v1/articles/late?collection=desk").status_code == 200
    with pytest.raises(FootnoteError, match="no collection 'sport'"):
        RemoteWorkspace("http://testserver", cast(httpx.Client, client), collection="sport").articles(1, 0)


def test_every_route_of_a_collection_describes_its_field(client: TestClient) -> None:
    schema = client.get("/openapi.json").json()
    lacking = [
        f"{method} {path}"
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
        if path.startswith("/v1/")
        and not path.startswith(("/v1/collections", "/v1/models"))
        and "collection" not in {each["name"] for each in operation.get("parameters", [])}
    ]
    assert lacking == []
    bodies = [
        "AskBody",
        "BriefBody",
        "CheckBody",
        "IngestBody",
        "ReplayBody",
        "EditBody",
        "ChatRequest",
        "FeedbackBody",
    ]
    assert [name for name in bodies if "collection" not in schema["components"]["schemas"][name]["properties"]] == []


def test_articles_are_copied_with_their_body_and_what_was_corrected(workspaces: Workspaces) -> None:
    text = f"Harbour News\n\nPier closes\n\n{STORIES['default']}\n\nPhoto: Ada Quill"
    workspaces.open("desk").ingest([read_text("pier", text)])
    workspaces.open("desk").edit("pier", ArticleEdit(outlet="The Norwick Post"))
    with TestClient(create_app(workspaces)) as client:
        copied = client.post("/v1/collections/project/articles", json={"article_ids": ["pier"], "collection": "desk"})
        assert copied.json()["new"] == ["pier"]
        missing = client.post("/v1/collections/project/articles", json={"article_ids": ["pier"]})
        assert (missing.status_code, "pier" in missing.json()["detail"]) == (404, True)
    there, here = (workspaces.open(name).store.articles.get("pier").article for name in ("project", "desk"))
    assert (there.text, there.body) == (here.text, here.body)
    assert there.source.outlet.value == "The Norwick Post"


def test_a_limited_key_copies_only_into_its_own_collections(workspaces: Workspaces) -> None:
    body = {"article_ids": ["desk-story"], "collection": "desk"}
    with keyed(workspaces, DESK) as desk, keyed(workspaces, BOTH) as both:
        refused = desk.post("/v1/collections/project/articles", json=body)
        assert (refused.status_code, mentioned(refused) - {"project"}) == (404, set())
        assert both.post("/v1/collections/project/articles", json=body).json()["new"] == ["desk-story"]
