"""Text generator over an OpenAI-compatible server: retries, deadline, prefill, errors, and a real server process."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from index.embedding import HashEmbedder
from index.errors import DeadlineExceeded, GenerationError, InputError, ModelError, PromptTooLong
from index.reading import read_paths
from index.search.reranking import OverlapReader
from service.answering.types import Question
from service.engines import Engines
from service.generation.openai_generator import OpenAIGenerator, PrefillFilter, check_address
from service.generation.types import Limits, Message
from service.runtime.home_lock import Home
from service.runtime.settings import Settings
from service.workspace import Workspace
from tests.conftest import SEEDS, SHORT
from tests.test_architecture import ROOT

RALLY = "Which party's political rally in the Mustang district saw a suicide bombing?"
ASKED = (Message(role="user", content="Which?"),)
Handler = Callable[[httpx.Request], httpx.Response]


def model(handler: Handler, **options: int) -> OpenAIGenerator:
    client = httpx.Client(transport=httpx.MockTransport(handler))
    return OpenAIGenerator("http://127.0.0.1:9/v1#m", client=client, context_tokens=options.get("context_tokens", 2048))


def events(*data: str) -> httpx.Response:
    text = "".join(f"data: {line}\n\n" for line in data)
    return httpx.Response(200, text=text, headers={"Content-Type": "text/event-stream"})


def reply(*pieces: str) -> httpx.Response:
    return events(*(json.dumps({"choices": [{"delta": {"content": piece}}]}) for piece in pieces), "[DONE]")


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.generation.openai_generator.FIRST_PAUSE_SECONDS", 0.0)


def test_a_repeated_prefill_is_left_out() -> None:
    written = model(lambda request: reply(" [", "2] It", " rained.\n", "More"))
    assert "".join(written.stream(ASKED, Limits(stop=("\n",)), prefill="[2]")) == " It rained."


@pytest.mark.parametrize(
    ("pieces", "left"),
    [(("[2]", " a"), " a"), (("[", "2", "]a"), "a"), (("a",), "a"), (("[3] a",), "[3] a"), (("[2",), "[2"), ((), "")],
)
def test_a_prefill_is_removed_only_whole(pieces: tuple[str, ...], left: str) -> None:
    prefix = PrefillFilter("[2]")
    assert "".join([*(prefix.feed(piece) for piece in pieces), prefix.flush()]) == left


def test_a_busy_server_is_retried_and_a_wrong_request_is_not() -> None:
    answers = iter([httpx.Response(503), httpx.Response(429), reply("a")])
    assert "".join(model(lambda request: next(answers)).stream(ASKED, SHORT)) == "a"
    requests: list[int] = []

    def refuse(request: httpx.Request) -> httpx.Response:
        requests.append(1)
        return httpx.Response(400, text="no such\nmodel")

    with pytest.raises(GenerationError, match="answered 400: no such model"):
        model(refuse).stream(ASKED, SHORT)
    assert len(requests) == 1


@pytest.mark.parametrize(
    ("answer", "error", "says"),
    [
        (httpx.Response(401), ModelError, "FOOTNOTE_ENGINE_KEY"),
        (httpx.Response(500, text="boom"), GenerationError, "answered 500: boom"),
        (httpx.ConnectError("refused"), GenerationError, "does not answer"),
        (httpx.ReadTimeout("slow"), DeadlineExceeded, "did not finish"),
        (httpx.Response(200, json={"choices": []}), GenerationError, "no event stream"),
        (httpx.Response(200, text="data: {}\n\n", headers={"Content-Type": "text/plain"}), GenerationError, "no event"),
        (events("nonsense"), GenerationError, "no completion"),
        (events('{"choices": []}\ndata: {"choices": []}'), GenerationError, "no completion"),
        (events('{"error": "full"}'), GenerationError, "broke off"),
        (reply("neither"), GenerationError, "names none"),
    ],
)
def test_every_error_is_one_line(answer: httpx.Response | Exception, error: type[Exception], says: str) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    generator = model(handler)
    with pytest.raises(error, match=says) as raised:
        generator.choose(ASKED, ["1", "2"])
    assert "\n" not in str(raised.value)


def test_a_prompt_that_is_too_long_is_not_sent() -> None:
    with pytest.raises(PromptTooLong, match="FOOTNOTE_CONTEXT_TOKENS"):
        model(lambda request: reply("a"), context_tokens=512).stream([Message(role="user", content="x" * 3000)], SHORT)


def test_a_retry_waits_as_long_as_the_server_says_but_not_beyond_the_deadline() -> None:
    answers = iter([httpx.Response(503, headers={"Retry-After": "1"}), reply("a")])
    began = time.monotonic()
    assert "".join(model(lambda request: next(answers)).stream(ASKED, SHORT)) == "a"
    assert 1.0 <= time.monotonic() - began < 5.0
    busy = model(lambda request: httpx.Response(503, headers={"Retry-After": "9"}))
    with pytest.raises(GenerationError, match="answered 503"):
        busy.stream(ASKED, Limits(deadline=2.0))
    assert time.monotonic() - began < 5.0


@pytest.mark.parametrize("address", ["http://", "http://user:secret@127.0.0.1:1"])
def test_an_invalid_address_is_refused(address: str) -> None:
    with pytest.raises(InputError, match="not the address"):
        check_address(address)


@pytest.fixture
def server(gguf: Path) -> Iterator[str]:
    command = [sys.executable, "-m", "tests.openai_server", str(gguf)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/v1"
        process.terminate()


@pytest.mark.real_models
def test_a_served_model_writes_through_the_same_gate(server: str, settings: Settings) -> None:
    engines = Engines(HashEmbedder(), OverlapReader(), OpenAIGenerator(server, context_tokens=2048), composes=False)
    with closing(engines), closing(Workspace(settings, engines, Home(settings.home))) as workspace:
        workspace.ingest(read_paths([SEEDS]))
        answer = workspace.ask(Question(text=RALLY, style="compose", trace=True))
    assert answer.receipt.engine is not None
    assert answer.receipt.engine.version == f"OpenAI-compatible server at {server}"
    assert answer.receipt.replies
    gates = [stage.details["verdict"] for stage in answer.trace or () if stage.name == "gate"]
    assert gates == ["withheld" if answer.withheld else "accepted"]
    assert answer.sentences
