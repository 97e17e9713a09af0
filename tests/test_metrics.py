"""Metrics, request logs, request ids, traces, and the readiness of each component."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from index.embedding import HashEmbedder
from index.errors import ModelError
from index.reading import read_paths
from index.search.reranking import OverlapReader
from service.api import create_app
from service.api.admission import AdmissionPolicy
from service.api.api_keys import APIKeys
from service.api.json_logs import JSONFormatter
from service.engines import Engines
from service.generation.scripted_generator import ScriptedGenerator
from service.runtime.home_lock import Home
from service.runtime.settings import Settings
from service.workspace import Workspace
from tests.conftest import SEEDS

RALLY = "Which party's political rally in the Mustang district saw a suicide bombing?"
KEY = "k" * 32


@pytest.fixture
def client(workspace: Workspace) -> Iterator[TestClient]:
    with TestClient(create_app(workspace)) as opened:
        yield opened


def figures(client: TestClient) -> dict[str, float]:
    found = text_string_to_metric_families(client.get("/metrics").text)
    return {
        "/".join([sample.name, *(v for k, v in sorted(sample.labels.items()) if k != "le")]): sample.value
        for family in found
        for sample in family.samples
        if not sample.name.endswith("_bucket")
    }


def test_requests_and_answers_are_counted_once_each(client: TestClient) -> None:
    before = figures(client)
    for _ in range(3):
        client.post("/v1/ask", json={"question": RALLY})
    client.post("/v1/ask", json={"question": "Which sourdough hydration suits a beginner?"})
    client.get("/v1/articles/none/such?secret=1")
    now = figures(client)
    assert now["footnote_requests_total/POST//v1/ask/200"] == 4
    assert now["footnote_requests_total/GET//v1/articles/{article_id:path}/404"] == 1
    assert now["footnote_answers_total/answered"] - before["footnote_answers_total/answered"] == 1
    assert now["footnote_answers_total/not_in_corpus"] == 1
    assert now["footnote_shared_answers_total"] == 2
    assert now["footnote_stage_seconds_count/search"] == 2
    assert (now["footnote_articles"], now["footnote_chunks"]) == (5, now["footnote_index_chunks"])
    assert now["footnote_requests_under_way"] == 1  # the one that asks


def test_gate_verdicts_are_counted(settings: Settings) -> None:
    script = ScriptedGenerator(lambda messages: "1" if len(script.calls) % 2 else " The moon is made of cheese.")
    engines = Engines(HashEmbedder(), OverlapReader(), script, composes=True)
    workspace = Workspace(settings, engines, Home(settings.home))
    workspace.ingest(read_paths([SEEDS]))
    with TestClient(create_app(workspace)) as client:
        answer = client.post("/v1/ask", json={"question": RALLY, "trace": True}).json()
        assert answer["withheld"]
        now = figures(client)
        assert (now["footnote_gate_total/withheld"], now["footnote_gate_total/accepted"]) == (1, 0)
    workspace.close()
    names = [stage["name"] for stage in answer["trace"]]
    assert names[:9] == ["embed", "search", "evidence", "read", "judge", "queue", "choose", "write", "gate"]
    assert all(stage["seconds"] >= 0 <= stage["at"] for stage in answer["trace"])


def test_an_answer_has_a_trace_only_when_asked(client: TestClient) -> None:
    assert client.post("/v1/ask", json={"question": RALLY}).json()["trace"] is None
    steps = client.post("/v1/ask", json={"question": RALLY, "trace": True}).json()["trace"]
    assert [step["name"] for step in steps][:5] == ["embed", "search", "evidence", "read", "judge"]
    assert steps[1]["details"]["passages"] > 0


@pytest.mark.parametrize(
    ("offered", "kept"), [("client-7.a_b", True), ("", False), ("a b", False), ("x" * 65, False), ("<script>", False)]
)
def test_request_id_is_kept_when_it_is_safe_in_a_log(client: TestClient, offered: str, kept: bool) -> None:
    request_id = client.get("/health", headers={"X-Request-ID": offered}).headers["x-request-id"]
    assert (request_id == offered) is kept
    assert request_id


def logged(workspace: Workspace, policy: AdmissionPolicy, key: str = "") -> list[dict[str, object]]:
    page, logger = io.StringIO(), logging.getLogger("footnote")
    handler = logging.StreamHandler(page)
    handler.setFormatter(JSONFormatter())
    logger.addHandler(handler)
    logger.setLevel("INFO")
    try:
        with TestClient(create_app(workspace, policy)) as client:
            headers = {"X-Request-ID": "mine", "Authorization": f"Bearer {key}"}
            client.post("/v1/ask?key=inquery", json={"question": RALLY}, headers=headers)
    finally:
        logger.removeHandler(handler)
    return [json.loads(line) for line in page.getvalue().splitlines()]


def test_a_log_line_names_the_request_and_no_secret(workspace: Workspace) -> None:
    (line,) = logged(workspace, AdmissionPolicy(keys=APIKeys([KEY])), KEY)
    assert (line["request"], line["route"], line["status"]) == ("mine", "/v1/ask", 200)
    assert str(line["caller"]).startswith("key-")
    said = json.dumps(line)
    assert not [secret for secret in (KEY, RALLY, "Mustang", "inquery") if secret in said]


def test_a_refused_key_is_not_logged_either(workspace: Workspace) -> None:
    (line,) = logged(workspace, AdmissionPolicy(keys=APIKeys([KEY])), "wrong" * 8)
    assert line["status"] == 401
    assert "wrong" not in json.dumps(line)


def test_an_error_of_ours_is_a_problem_that_names_the_request(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("inner secret")

    monkeypatch.setattr(workspace.store.articles, "list_current", broken)
    with TestClient(create_app(workspace)) as client:
        response = client.get("/v1/articles", headers={"X-Request-ID": "mine"})
    assert (response.status_code, response.headers["content-type"]) == (500, "application/problem+json")
    assert "mine" in response.json()["detail"]
    assert "secret" not in response.text


class Failing(ScriptedGenerator):
    """An engine whose last start failed."""

    starts = 3

    def state(self) -> str:
        raise ModelError("the model file cannot be loaded")


@pytest.mark.parametrize(("composes", "status"), [(True, 503), (False, 200)])
def test_an_engine_that_fails_stops_only_those_who_need_it(settings: Settings, composes: bool, status: int) -> None:
    engines = Engines(HashEmbedder(), OverlapReader(), Failing([]), composes=composes)
    workspace = Workspace(settings, engines, Home(settings.home))
    workspace.ingest(read_paths([SEEDS]))
    with TestClient(create_app(workspace)) as client:
        response = client.get("/ready")
        assert response.status_code == status
        part = next(part for part in response.json()["parts"] if part["name"] == "engine")
        assert (part["ok"], part["degraded"]) == (not composes, True)
        assert "cannot be loaded" in part["detail"]
    workspace.close()
