"""Brief routes and CLI command, and brief scorers: a bad brief gets a bad score."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import httpx
import pytest
from click.testing import CliRunner
from fastapi.testclient import TestClient

from evals.harness.cases import CASES
from evals.harness.suites.briefs.brief_cases import Nugget, TopicCase, read_facts, read_stories
from evals.harness.suites.briefs.brief_scorers import SCORERS, ObservedBrief
from index.types import Filters
from service.api import create_app
from service.briefing.types import PARTS, Brief, BriefRequest
from service.cli import footnote, options
from service.client import RemoteWorkspace
from service.workspace import Workspace

TOPIC = "ISKP and the Taliban"


@pytest.fixture
def client(workspace: Workspace) -> Iterator[TestClient]:
    with TestClient(create_app(workspace)) as opened:
        yield opened


def test_a_stream_gives_the_parts_in_order_and_then_the_brief(client: TestClient) -> None:
    with client.stream("POST", "/v1/briefs", json={"topic": TOPIC, "stream": True}) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        sent = [line for line in response.iter_lines() if line.startswith(("event:", "data:"))]
    names = [line.removeprefix("event: ") for line in sent[::2]]
    data = [json.loads(line.removeprefix("data: ")) for line in sent[1::2]]
    assert names == ["part"] * len(PARTS) + ["done"]
    assert [each["part"] for each in data[:-1]] == list(PARTS)
    assert [each["content"] for each in data[:-1]] == [data[-1][name] for name in PARTS]
    assert [c["number"] for each in data[:-1] for c in each["citations"]] == list(
        range(1, len(data[-1]["citations"]) + 1)
    )


def test_a_brief_is_listed_and_read_again_in_every_form(client: TestClient) -> None:
    made = client.post("/v1/briefs", json={"topic": TOPIC}).json()
    listed = client.get("/v1/briefs", params={"topic": TOPIC.lower()}).json()
    receipt = made["receipt"]["id"]
    assert [each["receipt"] for each in listed["briefs"]] == [receipt]
    assert client.get(f"/v1/briefs/{receipt}").json() == made
    kinds = {form: client.get(f"/v1/briefs/{receipt}?format={form}").headers["content-type"] for form in ("md", "html")}
    assert kinds == {"md": "text/markdown; charset=utf-8", "html": "text/html; charset=utf-8"}
    assert client.get(f"/v1/briefs/{receipt}?format=csl").json()[0]["type"] == "article-newspaper"
    assert client.get("/v1/briefs/none").status_code == 404


@pytest.mark.parametrize("body", [{"topic": " "}, {"topic": " ", "stream": True}, {"topic": TOPIC, "since": "soon"}])
def test_an_unusable_topic_is_a_problem_before_any_stream(client: TestClient, body: dict[str, object]) -> None:
    response = client.post("/v1/briefs", json=body)
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"


def test_the_command_gets_the_same_brief_from_a_server(client: TestClient, workspace: Workspace) -> None:
    remote = RemoteWorkspace("http://testserver", cast(httpx.Client, client))
    request = BriefRequest(topic=TOPIC, filters=Filters(as_of="2026-11-01"), length="summary")
    ours, theirs = workspace.brief(request), remote.brief(request)
    assert ours.model_dump(exclude={"receipt"}) == theirs.model_dump(exclude={"receipt"})
    assert remote.brief_archive.briefs(None, 10, 0).total == 2


@pytest.fixture
def command(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setattr(workspace, "close", lambda: None)
    monkeypatch.setattr(options, "own_or_served", lambda settings: workspace)
    return CliRunner()


def test_the_command_prints_or_writes_a_brief(command: CliRunner, tmp_path: Path) -> None:
    done = command.invoke(footnote, ["brief", TOPIC])
    assert done.exit_code == 0
    assert f"\n---\n\n# {TOPIC}\n" in done.stdout
    out = tmp_path / "brief.html"
    assert command.invoke(footnote, ["brief", TOPIC, "--format", "html", "--out", str(out)]).exit_code == 0
    assert out.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_brief_topics_report_their_failures_at_the_end(command: CliRunner, tmp_path: Path) -> None:
    topics = tmp_path / "topics.toml"
    topics.write_text(f'[[topic]]\ntopic = "?"\n[[topic]]\ntopic = "{TOPIC}"\n', encoding="utf-8")
    done = command.invoke(footnote, ["brief", "--all", str(topics), "--out", str(tmp_path / "out")])
    assert done.exit_code == 1
    assert done.stdout.strip().endswith("iskp-and-the-taliban.md")
    assert "1/2 ?" in done.stderr
    assert "footnote: ?: the topic is empty" in done.stderr
    assert command.invoke(footnote, ["brief"]).exit_code == 2


@pytest.fixture(scope="module")
def facts_and_stories() -> tuple[int, int]:
    facts, stories = read_facts(CASES / "briefs.jsonl"), read_stories(CASES / "brief_stories.jsonl")
    return len(facts.topics), sum(len(story.planted()) for story in stories)


def test_there_are_enough_cases(facts_and_stories: tuple[int, int]) -> None:
    topics, planted = facts_and_stories
    assert topics >= 6
    assert planted >= 20


def seen(brief: Brief, *, resolves: bool = True) -> ObservedBrief:
    facts = read_facts(CASES / "briefs.jsonl")
    topic = TopicCase(
        kind="topic", id="t", topic=TOPIC, as_of="2026-11-01",
        vital=(Nugget(text="there", has=(("Taliban",),)), Nugget(text="nowhere", has=(("zeppelin",),))),
    )  # fmt: skip
    numbers = {citation.number: resolves for citation in brief.citations}
    return ObservedBrief(
        id="t", kind="seeds", brief=brief, resolving=numbers, facts=facts, topic=topic, planted=(("3", "4"),)
    )


def mean(name: str, of: ObservedBrief) -> float:
    values = [score.value for score in SCORERS[name](of) if score.value is not None]
    return sum(values) / len(values)


def test_a_bad_brief_gets_a_bad_score(workspace: Workspace) -> None:
    brief = workspace.brief(BriefRequest(topic=TOPIC, filters=Filters(as_of="2026-11-01")))
    assert mean("cited_sentences", seen(brief)) == 1.0
    assert mean("cited_sentences", seen(brief, resolves=False)) == 0.0
    assert mean("vital_nuggets", seen(brief)) == 0.5
    assert mean("same_points", seen(brief)) == 0.0
    assert mean("same_points", seen(brief.model_copy(update={"points": brief.points[:1] * 2}))) > 0.0
    assert mean("events_doubled", seen(brief.model_copy(update={"timeline": brief.timeline[:1] * 2}))) == 1.0
    late = tuple(event.model_copy(update={"date": "1999"}) for event in brief.timeline)
    assert mean("timeline_dates", seen(brief.model_copy(update={"timeline": late}))) == 0.0
    wrong = tuple(speaker.model_copy(update={"name": "Nobody", "described": None}) for speaker in brief.speakers)
    assert mean("speakers_right", seen(brief.model_copy(update={"speakers": wrong}))) == 0.0
    assert mean("differences_found", seen(brief)) == 0.0


@pytest.mark.real_models
def test_with_the_real_models_a_brief_has_the_vital_nuggets(real_workspace: Workspace) -> None:
    facts = read_facts(CASES / "briefs.jsonl")
    topic = facts.topics[0]
    brief = real_workspace.brief(BriefRequest(topic=topic.topic, filters=Filters(as_of=topic.as_of, undated=True)))
    resolving = dict.fromkeys((citation.number for citation in brief.citations), True)
    observed = ObservedBrief(id=topic.id, kind="seeds", brief=brief, resolving=resolving, facts=facts, topic=topic)
    assert mean("vital_nuggets", observed) == 1.0
    assert mean("cited_sentences", observed) == 1.0
    assert mean("timeline_dates", observed) == 1.0
