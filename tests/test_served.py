"""Past one machine: a model behind an OpenAI-compatible server, and vectors in a Chroma server, as real processes."""

import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from index.embedding import HashEmbedder
from index.errors import DeadlineExceeded, GenerationError, HomeError, InputError, ModelError, PromptTooLong
from index.reading import read_paths, read_text
from index.search.reranking import OverlapReranker
from service.answering.types import Question
from service.engines import Engines
from service.generation.openai_server import Head, ServedModel, check_address
from service.generation.types import Limits, Message
from service.replication.owner import Owner
from service.replication.replica import ReplicaWorkspace
from service.runtime.home import Home, HomeFolder
from service.runtime.settings import Settings
from service.workspace import Workspace
from tests.conftest import SEEDS, SHORT, light_engines
from tests.test_architecture import ROOT

RALLY = "Which party's political rally in the Mustang district saw a suicide bombing?"
ASKED = (Message(role="user", content="Which?"),)
Handler = Callable[[httpx.Request], httpx.Response]


def model(handler: Handler, **options: int) -> ServedModel:
    client = httpx.Client(transport=httpx.MockTransport(handler))
    return ServedModel("http://127.0.0.1:9/v1#m", client=client, context_tokens=options.get("context_tokens", 2048))


def told(*pieces: str) -> httpx.Response:
    lines = [json.dumps({"choices": [{"delta": {"content": piece}}]}) for piece in pieces]
    return httpx.Response(200, text="".join(f"data: {line}\n\n" for line in [*lines, "[DONE]"]))


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.generation.openai_server.FIRST_PAUSE", 0.0)


def test_what_the_server_repeats_of_the_beginning_is_left_out() -> None:
    written = model(lambda request: told(" [", "2] It", " rained.\n", "More"))
    assert "".join(written.stream(ASKED, Limits(stop=("\n",)), prefill="[2]")) == " It rained."


@pytest.mark.parametrize(
    ("pieces", "left"),
    [(("[2]", " a"), " a"), (("[", "2", "]a"), "a"), (("a",), "a"), (("[3] a",), "[3] a"), (("[2",), "[2"), ((), "")],
)
def test_a_beginning_is_taken_off_only_whole(pieces: tuple[str, ...], left: str) -> None:
    head = Head("[2]")
    assert "".join([*(head.feed(piece) for piece in pieces), head.flush()]) == left


def test_a_busy_server_is_asked_again_and_a_wrong_request_is_not() -> None:
    answers = iter([httpx.Response(503), httpx.Response(429), told("a")])
    assert "".join(model(lambda request: next(answers)).stream(ASKED, SHORT)) == "a"
    asked: list[int] = []

    def refuse(request: httpx.Request) -> httpx.Response:
        asked.append(1)
        return httpx.Response(400, text="no such\nmodel")

    with pytest.raises(GenerationError, match="answered 400: no such model"):
        model(refuse).stream(ASKED, SHORT)
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("answer", "error", "says"),
    [
        (httpx.Response(401), ModelError, "FOOTNOTE_ENGINE_KEY"),
        (httpx.Response(500, text="boom"), GenerationError, "answered 500: boom"),
        (httpx.ConnectError("refused"), GenerationError, "does not answer"),
        (httpx.ReadTimeout("slow"), DeadlineExceeded, "did not finish"),
        (httpx.Response(200, text="data: nonsense\n\n"), GenerationError, "no completion"),
        (httpx.Response(200, text='data: {"error": "full"}\n\n'), GenerationError, "broke off"),
        (told("neither"), GenerationError, "names none"),
    ],
)
def test_every_failure_is_one_line(answer: httpx.Response | Exception, error: type[Exception], says: str) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    asked = model(handler)
    with pytest.raises(error, match=says) as raised:
        asked.choose(ASKED, ["1", "2"])
    assert "\n" not in str(raised.value)


def test_a_prompt_that_is_too_long_is_not_sent() -> None:
    with pytest.raises(PromptTooLong, match="FOOTNOTE_CONTEXT_TOKENS"):
        model(lambda request: told("a"), context_tokens=512).stream([Message(role="user", content="x" * 3000)], SHORT)


@pytest.mark.parametrize("address", ["http://", "http://user:secret@127.0.0.1:1"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(InputError, match="no address"):
        check_address(address)


@pytest.fixture
def server(gguf: Path) -> Iterator[str]:
    command = [sys.executable, "-m", "tests.openai_server", str(gguf)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/v1"
        process.terminate()


@pytest.mark.real_models
def test_a_served_model_writes_and_the_same_gate_judges(server: str, settings: Settings) -> None:
    engines = Engines(HashEmbedder(), OverlapReranker(), ServedModel(server, context_tokens=2048), composes=False)
    with closing(engines), closing(Workspace(settings, engines, Home(settings.home))) as workspace:
        workspace.ingest(read_paths([SEEDS]))
        answer = workspace.ask(Question(text=RALLY, style="compose", trace=True))
    assert answer.receipt.engine is not None
    assert answer.receipt.engine.version == f"OpenAI-compatible server at {server}"
    assert answer.receipt.replies
    gates = [stage.details["verdict"] for stage in answer.trace or () if stage.name == "gate"]
    assert gates == ["withheld" if answer.withheld else "accepted"]
    assert answer.sentences


# vectors


@pytest.fixture
def chroma(tmp_path: Path) -> Iterator[tuple[str, Callable[[], subprocess.Popen[bytes]]]]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    program = shutil.which("chroma", path=str(Path(sys.executable).parent))
    assert program
    command = [program, "run", "--host", "127.0.0.1", "--port", str(port), "--path", str(tmp_path / "server")]
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        started.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        end = time.monotonic() + 30
        while time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.05)
        return started[-1]

    yield f"http://127.0.0.1:{port}", start
    for process in started:
        process.kill()
        process.wait()


def test_a_chroma_server_keeps_the_vectors_and_may_go_and_come_back(
    chroma: tuple[str, Callable[[], subprocess.Popen[bytes]]], tmp_path: Path
) -> None:
    address, start = chroma
    process = start()
    settings = Settings(home=tmp_path / "home", chroma=address, kept_answers=0)
    with closing(Workspace(settings, light_engines(), Home(settings.home))) as workspace:
        workspace.ingest(read_paths([SEEDS]))
        assert workspace.dense is not None
        assert workspace.dense.count() == workspace.store.chunks.count()
        found = workspace.dense.search(workspace.retriever.vector("rally"), 3, None)
        assert len(found) == 3
        assert not (tmp_path / "home" / "chroma").exists()
        process.kill()
        process.wait()
        assert workspace.ask(Question(text=RALLY)).receipt.settings["dense"] == "rebuilding"
        assert workspace.readiness().ready
        workspace.ingest([read_text("late", "A strike closed the airport of Norwick on Friday, the union said.")])
        start()
        end = time.monotonic() + 30
        while workspace.dense.rebuilding and time.monotonic() < end:
            time.sleep(0.05)
        assert workspace.dense.count() == workspace.store.chunks.count()
        assert workspace.dense.search(workspace.retriever.vector("airport strike"), 1, None)[0][0] == "late@1#0"


def await_whole(workspace: Workspace) -> None:
    end = time.monotonic() + 20
    while workspace.figures().rebuilding and time.monotonic() < end:
        time.sleep(0.05)
    assert not workspace.figures().rebuilding


def test_a_replica_searches_the_vectors_of_its_owner_and_never_writes_them(
    chroma: tuple[str, Callable[[], subprocess.Popen[bytes]]], tmp_path: Path
) -> None:
    address, start = chroma
    process = start()
    settings = Settings(home=tmp_path / "home", chroma=address, kept_answers=0)
    beside = HomeFolder(settings.home)
    with closing(Workspace(settings, light_engines(), Home(settings.home, url="http://127.0.0.1:9"))) as workspace:
        workspace.ingest(read_paths([SEEDS]))
        owner = Owner("http://127.0.0.1:9", beside)
        with closing(ReplicaWorkspace(settings, light_engines(), beside, owner, wait=20.0)) as replica:
            assert workspace.dense is not None
            assert replica.dense is not None
            await_whole(replica)
            vector = workspace.retriever.vector("rally")
            found = workspace.dense.search(vector, 3, None)
            assert replica.dense.search(vector, 3, None) == found
            workspace.ingest([read_text("late", "A strike closed the airport of Norwick on Friday, the union said.")])
            assert replica.dense.search(vector, 99, None) == workspace.dense.search(vector, 99, None)
            for write in (replica.dense.add, replica.dense.withdraw):
                with pytest.raises(HomeError, match="only the owner"):
                    write([found[0][0]])
            workspace.rebuild()  # the collection is thrown away and made anew
            assert [name for name, _ in replica.dense.search(vector, 3, None)] == [name for name, _ in found]
            await_whole(replica)
            process.kill()
            process.wait()
            assert [name for name, _ in replica.dense.search(vector, 3, None)] == [name for name, _ in found]
            assert replica.figures().rebuilding
