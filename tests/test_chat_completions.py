"""Chat completions with OpenAI's client library: answers, streams, models and errors, without a real model."""

import math
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import openai
import pytest
from fastapi.testclient import TestClient
from openai.types.chat import ChatCompletionMessageParam

from index.embedding import HashEmbedder
from index.errors import EngineBusy, EngineCrashed
from index.reading import read_paths
from index.search.reranking import OverlapReader
from service.api import create_app
from service.api.admission import AdmissionPolicy
from service.api.api_keys import APIKeys
from service.engines import Engines
from service.generation.scripted_generator import ScriptedGenerator
from service.generation.supervisor import LlamaProcess
from service.generation.types import Limits, Message
from service.runtime.home_lock import Home
from service.runtime.settings import Settings
from service.workspace import Workspace
from tests.conftest import SEEDS

RALLY = "Which party's political rally in the Mustang district saw a suicide bombing?"
BREAD = "Which sourdough hydration suits a beginner?"


@pytest.fixture
def client(workspace: Workspace) -> Iterator[openai.OpenAI]:
    with TestClient(create_app(workspace)) as http:
        yield openai.OpenAI(base_url="http://testserver/v1", api_key="none", http_client=http, max_retries=0)


def said(*texts: str) -> list[ChatCompletionMessageParam]:
    """Return messages with alternating questions and answers."""
    return [
        {"role": "assistant", "content": text} if i % 2 else {"role": "user", "content": text}
        for i, text in enumerate(texts)
    ]


def extra(found: object) -> dict[str, Any]:
    """Fields that Footnote adds to OpenAI's format."""
    value = getattr(found, "footnote", None)
    assert isinstance(value, dict)
    return value


def test_an_answer_carries_its_citations_in_the_text_and_beside_it(client: openai.OpenAI, workspace: Workspace) -> None:
    reply = client.chat.completions.create(model="footnote", messages=said(RALLY))
    message = reply.choices[0].message
    assert message.content is not None
    assert message.annotations
    for annotation in message.annotations:
        cited = annotation.url_citation
        assert message.content[cited.start_index : cited.end_index].strip("[]").isdecimal()
        place = cited.model_dump()
        text = workspace.store.articles.get(place["article_id"], place["version"]).article.text
        assert text[place["start"] : place["end"]] == place["quote"]
        assert " ".join(place["quote"].split()).split()[3] in message.content.split("\n\n[1]")[1]
    assert reply.choices[0].finish_reason == "stop"
    assert extra(reply)["verdict"] == "answered"
    assert workspace.store.history.receipt(extra(reply)["receipt"]["id"])


def test_a_stream_is_the_same_answer_in_pieces(client: openai.OpenAI) -> None:
    whole = client.chat.completions.create(model="footnote", messages=said(RALLY))
    options: Any = {"include_usage": True}
    stream = client.chat.completions.create(model="footnote", messages=said(RALLY), stream=True, stream_options=options)
    chunks = list(stream)
    pieces = [choice.delta.content for chunk in chunks for choice in chunk.choices if choice.delta.content]
    assert len(pieces) > 1
    assert "".join(pieces) == whole.choices[0].message.content
    assert chunks[0].choices[0].delta.role == "assistant"
    assert [c.finish_reason for chunk in chunks for c in chunk.choices if c.finish_reason] == ["stop"]
    assert chunks[-1].choices == []
    assert chunks[-1].usage == whole.usage
    assert len({chunk.id for chunk in chunks}) == 1


def test_a_refusal_is_an_ordinary_answer(client: openai.OpenAI) -> None:
    for stream in (False, True):
        found = client.chat.completions.create(model="footnote", messages=said(BREAD), stream=stream)
        text = (
            "".join(c.delta.content or "" for chunk in found for c in chunk.choices)
            if isinstance(found, openai.Stream)
            else found.choices[0].message.content or ""
        )
        assert text.startswith("This collection does not answer the question.")
        assert "[1]" not in text


def test_usage_counts_the_tokens_of_the_model_that_writes(client: openai.OpenAI, workspace: Workspace) -> None:
    reply = client.chat.completions.create(model="footnote", messages=said(RALLY))
    assert reply.usage is not None
    assert reply.usage.model_dump()["estimated"] is False
    assert reply.usage.prompt_tokens == len(RALLY.split())  # the script counts words
    assert reply.usage.completion_tokens == len((reply.choices[0].message.content or "").split())
    assert reply.usage.total_tokens == reply.usage.prompt_tokens + reply.usage.completion_tokens


def test_an_answer_of_quotations_needs_no_engine_to_count_it(
    client: openai.OpenAI, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dead(messages: object) -> int:
        raise EngineCrashed("the language model stopped")

    monkeypatch.setattr(workspace, "count_tokens", dead)
    reply = client.chat.completions.create(model="footnote", messages=said(RALLY))
    content = reply.choices[0].message.content or ""
    assert "[1]" in content
    assert reply.usage is not None
    assert reply.usage.model_dump()["estimated"] is True
    assert reply.usage.prompt_tokens == math.ceil(len(RALLY) / 4)
    assert reply.usage.completion_tokens == math.ceil(len(content) / 4)


ENGINE = """
import json, sys
def say(**reply): print(json.dumps(reply), flush=True)
say(id=0, kind="done")
for line in sys.stdin:
    asked = json.loads(line)
    if asked["op"] == "count": say(id=asked["id"], kind="count", count=len(asked["messages"][0]["content"]))
    elif asked["op"] == "cancel": say(id=asked["id"], kind="cancelled")
    else: say(id=asked["id"], kind="text", text="It")
"""
"""Child process that streams without end, and counts characters when asked for a token count."""


def test_a_busy_engine_does_not_delay_an_answer_of_quotations(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "model.gguf").touch()
    model = LlamaProcess(tmp_path / "model.gguf", name="slow", digest="", command=(sys.executable, "-c", ENGINE))
    engines = Engines(HashEmbedder(), OverlapReader(), model, composes=False)
    with closing(engines), closing(Workspace(settings, engines, Home(settings.home))) as workspace:
        workspace.ingest(read_paths([SEEDS]))
        with TestClient(create_app(workspace)) as http, ThreadPoolExecutor() as pool:

            def usage() -> dict[str, Any]:
                body = {"model": "footnote", "messages": said(RALLY)}
                sent = pool.submit(http.post, "/v1/chat/completions", json=body)
                found: dict[str, Any] = sent.result(timeout=20).json()["usage"]
                return found

            assert usage()["estimated"]
            assert model.pid is None  # not started only to count
            model.start()
            assert (usage()["estimated"], usage()["prompt_tokens"]) == (False, len(RALLY))
            with closing(model.stream([Message(role="user", content="Write.")], Limits())):
                assert usage()["estimated"]


def test_a_follow_up_is_rewritten_from_the_messages(client: openai.OpenAI) -> None:
    first = "When was Mehmet Goren arrested?"
    answer = client.chat.completions.create(model="footnote", messages=said(first)).choices[0].message.content or ""
    later = client.chat.completions.create(model="footnote", messages=said(first, answer, "By whom?"))
    assert extra(later)["asked"] == "By whom was Mehmet Goren arrested?"
    alone = client.chat.completions.create(model="footnote", messages=said(RALLY))
    assert extra(alone)["asked"] is None


def test_the_style_is_the_model_and_dates_go_beside(client: openai.OpenAI) -> None:
    reply = client.chat.completions.create(
        model="footnote-quote",
        messages=[{"role": "system", "content": "Say it is proven."}, *said(RALLY)],
        temperature=0.3,
        extra_body={"footnote": {"until": "1999-01-01"}},
    )
    settings = extra(reply)["receipt"]["settings"]
    assert (settings["style"], settings["until"]) == ("quote", "1999-01-01")


@pytest.mark.parametrize("stream", [False, True])
def test_older_turns_with_images_and_tools_do_not_fail_a_chat(client: openai.OpenAI, stream: bool) -> None:
    older: Any = [
        {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}}]},
        {"role": "assistant", "content": None, "tool_calls": [{"id": "1", "type": "function", "function": {}}]},
        {"role": "tool", "tool_call_id": "1", "content": "42"},
        {"role": "critic", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": RALLY}, {"type": "input_audio", "input_audio": {}}]},
    ]
    found = client.chat.completions.create(
        model="footnote",
        messages=older,
        stream=stream,
        extra_body={"tools": [], "reasoning_effort": "high", "chat_template_kwargs": {"x": 1}, "stream_options": {}},
    )
    assert "Baloch Awami Party" in text_of(found)


def test_the_end_of_a_long_message_is_the_question(client: openai.OpenAI) -> None:
    titled = "### Task:\nWrite a title for this chat.\n\n" + "<chat_history> USER: Hello. </chat_history>\n" * 200
    for message in (f"{titled}\n\n{RALLY}", titled, "word " * 2000, "x" * 9000):
        found = client.chat.completions.create(model="footnote", messages=said(message))
        assert text_of(found)
    asked = client.chat.completions.create(model="footnote", messages=said(f"{titled}\n\n{RALLY}"))
    assert extra(asked)["question"] == RALLY


def test_composed_sentences_are_prose_and_their_marks_stand_where_they_are_said_to(settings: Settings) -> None:
    reply = "ISKP carried out a suicide bombing at a Baloch Awami Party (BAP) political rally. [1]"
    script = ScriptedGenerator(lambda messages: f"{reply} {reply.replace('carried out', 'also carried out')} {reply}")
    engines = Engines(HashEmbedder(), OverlapReader(), script, composes=True, capable=True)
    with closing(Workspace(settings, engines, Home(settings.home))) as opened, TestClient(create_app(opened)) as http:
        opened.ingest(read_paths([SEEDS]))
        client = openai.OpenAI(base_url="http://testserver/v1", api_key="none", http_client=http, max_retries=0)
        whole = client.chat.completions.create(model="footnote", messages=said(RALLY))
        pieces = client.chat.completions.create(model="footnote", messages=said(RALLY), stream=True)
        assert text_of(pieces) == text_of(whole)
    message = whole.choices[0].message
    prose = (message.content or "").split("\n\n")[0]
    assert prose.count("ISKP carried out") >= 2
    assert message.annotations
    for annotation in message.annotations:
        cited = annotation.url_citation
        assert (message.content or "")[cited.start_index : cited.end_index].strip("[]").isdecimal()


def text_of(found: Any) -> str:
    """Return the content of a reply, whole or in chunks."""
    if isinstance(found, openai.Stream):
        return "".join(choice.delta.content or "" for chunk in found for choice in chunk.choices)
    return str(found.choices[0].message.content)


def test_models_are_listed(client: openai.OpenAI) -> None:
    names = [model.id for model in client.models.list()]
    assert names == ["footnote", "footnote-quote", "footnote-compose"]
    assert client.models.retrieve("footnote").owned_by == "footnote"


@pytest.mark.parametrize(
    ("request_", "kind", "says"),
    [
        ({"model": "gpt-9", "messages": said(RALLY)}, openai.NotFoundError, "no model 'gpt-9'"),
        ({"model": "footnote", "messages": said(" ")}, openai.BadRequestError, "empty"),
        ({"model": "footnote", "messages": []}, openai.BadRequestError, "messages"),
        ({"model": "footnote", "messages": said(RALLY, "An answer.")}, openai.BadRequestError, "no question"),
        ({"model": "footnote", "messages": said(RALLY), "n": 2}, openai.BadRequestError, "n:"),
        ({"model": "footnote", "messages": said(RALLY), "extra_body": {"footnote": {"since": "soon"}}},
         openai.BadRequestError, "not a day"),
        ({"model": "footnote", "messages": [{"role": "user", "content": [{"type": "image_url"}]}]},
         openai.BadRequestError, "text"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("stream", [False, True])
def test_an_error_is_one_that_the_client_knows(
    client: openai.OpenAI, request_: dict[str, Any], kind: type[openai.APIStatusError], says: str, stream: bool
) -> None:
    with pytest.raises(kind) as failed:
        client.chat.completions.create(**request_, stream=stream)
    assert isinstance(failed.value.body, dict)
    assert says in failed.value.body["message"]
    assert failed.value.type == "invalid_request_error"


def test_a_missing_key_is_an_openai_error(workspace: Workspace) -> None:
    with TestClient(create_app(workspace, AdmissionPolicy(keys=APIKeys(["k" * 32])))) as http:
        client = openai.OpenAI(base_url="http://testserver/v1", api_key="none", http_client=http, max_retries=0)
        with pytest.raises(openai.AuthenticationError) as failed:
            client.models.list()
        assert failed.value.type == "authentication_error"
        assert isinstance(failed.value.body, dict)
        assert "key" in failed.value.body["message"]
        client.api_key = "k" * 32
        assert client.models.list().data


def test_a_full_request_queue_is_a_rate_limit_error_with_retry_after(settings: Settings) -> None:
    busy = ScriptedGenerator([EngineBusy("many wait for the model; ask again", retry_after=7)])
    workspace = Workspace(settings, Engines(HashEmbedder(), OverlapReader(), busy, composes=True), Home(settings.home))
    with closing(workspace), TestClient(create_app(workspace)) as http:
        workspace.ingest(read_paths([SEEDS]))
        client = openai.OpenAI(base_url="http://testserver/v1", api_key="none", http_client=http, max_retries=0)
        with pytest.raises(openai.RateLimitError) as failed:
            client.chat.completions.create(model="footnote", messages=said(RALLY))
        assert failed.value.response.headers["retry-after"] == "7"


def test_an_engine_that_dies_is_an_error_in_the_stream_and_as_a_status(settings: Settings) -> None:
    died = ScriptedGenerator([EngineCrashed("the engine died; ask again")] * 2)
    workspace = Workspace(settings, Engines(HashEmbedder(), OverlapReader(), died, composes=True), Home(settings.home))
    with closing(workspace), TestClient(create_app(workspace)) as http:
        workspace.ingest(read_paths([SEEDS]))
        client = openai.OpenAI(base_url="http://testserver/v1", api_key="none", http_client=http, max_retries=0)
        with pytest.raises(openai.InternalServerError, match="ask again"):
            client.chat.completions.create(model="footnote", messages=said(RALLY))
        with pytest.raises(openai.APIError, match="ask again"):
            list(client.chat.completions.create(model="footnote", messages=said(RALLY), stream=True))
