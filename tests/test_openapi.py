"""OpenAPI: the service conforms to its API reference, for generated and for invalid requests."""

from functools import partial
from typing import Any

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from service.answering.types import Question
from service.api import create_app
from service.api.app import create_app_to_describe
from service.api.openapi import openapi_text, undescribed
from service.workspace import Workspace
from tests.test_architecture import ROOT

RALLY = "Which party's political rally in the Mustang district saw a suicide bombing?"
ROUTES = [(path, method) for path, methods in create_app_to_describe().openapi()["paths"].items() for method in methods]
MESSAGE = {"role": "user", "content": RALLY}
UNEXAMPLED = "ask replay check/export briefs chat/completions feedback engine conversations/{conversation}".split()
UNEXAMPLED += ["articles/{article_id}", "check", "search"]
LOOSE: dict[str, list[Any]] = {f"/v1/{name}": [positive_data_acceptance] for name in UNEXAMPLED}
"""A schema cannot say that a question has words, that a receipt was kept, or that since is not later than until."""
OUTSIDE = ("/v1/addresses", "/v1/engine/download")
"""Asked with what was made up, these routes would look for it on the network."""


@pytest.mark.parametrize(("path", "method"), [route for route in ROUTES if route[0] not in OUTSIDE])
def test_a_route_keeps_to_its_description(workspace: Workspace, path: str, method: str) -> None:
    route = schemathesis.openapi.from_asgi("/openapi.json", create_app(workspace))[path][method]

    @settings(max_examples=30, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(case=route.as_strategy())
    def keeps(case: schemathesis.Case[Any]) -> None:
        case.call_and_validate(excluded_checks=LOOSE.get(path, []))

    keeps()


@pytest.mark.parametrize(
    ("path", "method", "request_"),
    [
        ("/v1/ask", "post", {"body": {"question": RALLY}}),
        ("/v1/ask", "post", {"body": {"question": RALLY, "stream": True}}),
        ("/v1/briefs", "post", {"body": {"topic": "The suicide bombing at a political rally"}}),
        ("/v1/briefs", "post", {"body": {"topic": "The suicide bombing at a political rally", "stream": True}}),
        ("/v1/briefs", "get", {"query": {"topic": "The rally"}}),
        ("/v1/check", "post", {"body": {"text": "ISKP carried out a suicide bombing at a political rally."}}),
        ("/v1/check/export", "post",
         {"body": {"text": "It rained.", "report": {"sentences": [], "revision": ""}}, "query": {"format": "md"}}),
        ("/v1/replay", "post", {"body": {"receipt": "kept"}}),
        ("/v1/search", "get", {"query": {"q": RALLY}}),
        ("/v1/articles/{article_id}", "get", {"path_parameters": {"article_id": "000_af5a69d05544d7a4"}}),
        ("/v1/chat/completions", "post", {"body": {"model": "footnote", "messages": [MESSAGE]}}),
        ("/v1/models/{model}", "get", {"path_parameters": {"model": "footnote"}}),
        ("/v1/conversations/{conversation}", "get", {"path_parameters": {"conversation": "rally"}}),
        ("/v1/conversations/{conversation}", "patch",
         {"path_parameters": {"conversation": "rally"}, "body": {"title": "The rally"}}),
        ("/v1/conversations/{conversation}", "delete", {"path_parameters": {"conversation": "rally"}}),
        ("/v1/conversations/{conversation}/export", "get",
         {"path_parameters": {"conversation": "rally"}, "query": {"format": "docx"}}),
        ("/v1/answers/{receipt}", "get", {"path_parameters": {"receipt": "kept"}}),
        ("/v1/answers/{receipt}/export", "get",
         {"path_parameters": {"receipt": "kept"}, "query": {"format": "csl-json"}}),
        ("/v1/feedback", "post", {"body": {"receipt": "kept", "note": "It names no party."}}),
        ("/v1/engine", "get", {}),
        ("/v1/samples", "post", {"body": {}}),
        ("/v1/articles/{article_id}", "delete", {"path_parameters": {"article_id": "000_af5a69d05544d7a4"}}),
    ],
)  # fmt: skip
def test_what_a_reader_asks_for_comes_as_described(
    workspace: Workspace, path: str, method: str, request_: dict[str, Any]
) -> None:
    answer = workspace.ask(Question(text=RALLY, conversation="rally"))
    workspace.store.history.keep_answer("kept", answer.model_dump_json())
    route = schemathesis.openapi.from_asgi("/openapi.json", create_app(workspace))[path][method]
    case = route.Case(media_type="application/json" if "body" in request_ else None, **request_)
    assert case.call_and_validate().status_code == 200


def test_every_field_and_parameter_is_described() -> None:
    assert undescribed(create_app_to_describe().openapi()) == []


def test_the_committed_reference_is_the_one_of_the_service() -> None:
    """The committed reference is current; `python -m service.api > docs/openapi.json` regenerates it."""
    committed = (ROOT / "docs" / "openapi.json").read_text(encoding="utf-8")
    assert committed == openapi_text(create_app_to_describe())


def test_a_file_comes_as_bytes_of_no_other_kind(workspace: Workspace) -> None:
    story = b"The pier of Norwick was painted red in May, the mayor said."
    with TestClient(create_app(workspace)) as client:
        send = partial(client.post, "/v1/uploads", content=story)
        taken = send(params={"name": "a folder/pier story.txt"}, headers={"content-type": "application/octet-stream"})
        assert taken.json()["new"] == ["pier-story"]
        assert send(params={"name": "pier.txt"}, headers={"content-type": "text/plain"}).status_code == 415
        unread = send(params={"name": "pier.xyz"}, headers={"content-type": "application/octet-stream"})
        assert "is not a kind Footnote reads" in unread.json()["refused"][0]["reason"]


def test_an_address_of_this_machine_is_not_fetched(workspace: Workspace) -> None:
    with TestClient(create_app(workspace)) as client:
        refused = client.post("/v1/addresses", json={"url": "http://127.0.0.1:9/"}).json()["refused"]
        assert "127.0.0.1" in refused[0]["reason"]
        assert client.post("/v1/addresses", json={"link": "x"}).status_code == 422


def test_a_model_that_is_not_known_is_not_downloaded(workspace: Workspace) -> None:
    with TestClient(create_app(workspace)) as client:
        refused = client.post("/v1/engine/download", json={"model": "no-such-model"})
        assert (refused.status_code, "known are all-minilm" in refused.json()["detail"]) == (422, True)
        assert client.post("/v1/engine/download", json={"name": "qwen3-4b"}).status_code == 422
