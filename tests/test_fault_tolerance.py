"""Fault tolerance: a lost index, a killed engine or a disconnected client does not affect other callers."""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from index.reading import read_paths, read_text
from index.vectors.vector_index import VectorIndex
from service.answering.types import Question
from service.runtime.home_lock import Home
from service.runtime.settings import Settings
from service.workspace import Workspace
from tests.conftest import MODELS, SEEDS, light_engines

RALLY = "Which party's political rally in the Mustang district saw a suicide bombing?"


def until(holds: Callable[[], bool], seconds: float = 30.0) -> bool:
    end = time.monotonic() + seconds
    while not holds() and time.monotonic() < end:
        time.sleep(0.02)
    return holds()


# the dense index


@pytest.fixture
def indexed(tmp_path: Path) -> Iterator[Workspace]:
    settings = Settings(home=tmp_path / "home", kept_answers=0)
    opened = Workspace(settings, light_engines(), Home(settings.home))
    opened.ingest(read_paths([SEEDS]))
    yield opened
    opened.close()


def state(workspace: Workspace) -> tuple[bool, bool, str]:
    part = next(part for part in workspace.readiness().parts if part.name == "index")
    return part.ok, part.degraded, part.detail


def test_what_an_index_of_a_home_folder_lacks_is_not_said_to_be_caught_up_with(indexed: Workspace) -> None:
    assert indexed.dense is not None
    indexed.dense.delete(indexed.dense.ids()[:1])
    ok, degraded, detail = state(indexed)
    assert (ok, degraded, detail.partition(", ")[2]) == (
        True,
        True,
        "the rest follows within an ingest or at the next start",
    )


@pytest.fixture
def blocked_rebuild(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """Return a function; the rebuild of the index is blocked until it is called."""
    gate, real = threading.Event(), VectorIndex._synchronise

    def wait(self: VectorIndex, *, anew: bool) -> None:
        gate.wait(30)
        real(self, anew=anew)

    monkeypatch.setattr(VectorIndex, "_synchronise", wait)
    yield gate.set
    gate.set()


def test_an_index_that_is_lost_while_in_use_is_rebuilt_while_questions_are_answered(
    indexed: Workspace, blocked_rebuild: Callable[[], None]
) -> None:
    assert state(indexed)[:2] == (True, False)
    shutil.rmtree(indexed.home.vectors)
    answer = indexed.ask(Question(text=RALLY))
    assert answer.verdict == "answered"
    assert answer.receipt.settings["dense"] == "rebuilding"
    ok, degraded, detail = state(indexed)
    assert (ok, degraded, indexed.readiness().ready) == (True, True, True)
    assert "was deleted; every vector is compared meanwhile" in detail
    indexed.ingest([read_text("late", "A strike closed the airport of Norwick on Friday, the union said.")])
    assert indexed.dense is not None
    assert indexed.dense.search(indexed.retriever.vector("airport strike"), 1, None)[0][0] == "late@1#0"
    blocked_rebuild()
    assert until(lambda: state(indexed)[:2] == (True, False))
    assert indexed.dense.count() == indexed.store.chunks.count()
    assert "dense" not in indexed.ask(Question(text=RALLY)).receipt.settings


def test_in_a_large_collection_lexical_search_answers_meanwhile(
    indexed: Workspace, blocked_rebuild: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.vectors.vector_index.MAX_EXACT_CHUNKS", 3)
    shutil.rmtree(indexed.home.vectors)
    assert indexed.ask(Question(text=RALLY)).verdict == "answered"
    assert indexed.dense is not None
    assert indexed.dense.search(indexed.retriever.vector("rally"), 3, None) == []
    assert "lexical search answers meanwhile" in state(indexed)[2]
    blocked_rebuild()
    assert until(lambda: state(indexed)[:2] == (True, False))


def test_a_server_does_not_wait_long_for_a_broken_index(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    with closing(Workspace(settings, light_engines(), Home(settings.home))) as workspace:
        workspace.ingest(read_paths([SEEDS]))
    (tmp_path / "home" / "chroma" / "chroma.sqlite3").write_bytes(b"garbage" * 1000)
    with closing(Workspace(settings, light_engines(), Home(settings.home), wait=0.0)) as workspace:
        assert workspace.ask(Question(text=RALLY)).verdict == "answered"
        assert until(lambda: state(workspace)[:2] == (True, False))
        assert workspace.dense is not None
        assert workspace.dense.rebuilt


# a real server, with the real engine in its child process


class Served(NamedTuple):
    """A server process and its address."""

    url: str
    process: subprocess.Popen[str]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = str(tmp_path_factory.mktemp("served"))
    environment = {**os.environ, "FOOTNOTE_MODELS": str(MODELS), "FOOTNOTE_KEPT_ANSWERS": "0", "FOOTNOTE_QUEUE": "2"}
    command = [sys.executable, "-m", "evals", "--home", home]
    subprocess.run([*command, "ingest", str(SEEDS)], env=environment, check=True, capture_output=True)
    with subprocess.Popen(
        [*command, "serve", "--port", "0"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as server:
        assert server.stdout is not None
        yield Served(server.stdout.readline().split(" on ")[1].split()[0], server)
        server.kill()


@pytest.fixture
def url(served: Served) -> str:
    return served.url


@pytest.fixture
def client(url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, timeout=60.0, trust_env=False) as opened:
        yield opened


def compose(number: int) -> dict[str, object]:
    return {"question": f"{RALLY} Say it {number} times.", "style": "compose"}


def engine(client: httpx.Client) -> int | None:
    parts = client.get("/ready").json()["parts"]
    detail = next(part["detail"] for part in parts if part["name"] == "engine")
    return int(detail.rpartition(" ")[2]) if "process" in detail else None


def figure(client: httpx.Client, name: str) -> float:
    lines = client.get("/metrics").text.splitlines()
    return float(next(line.split()[1] for line in lines if line.startswith(f"{name} ")))


def events(client: httpx.Client, body: dict[str, object]) -> Generator[tuple[str, dict[str, object]], None, None]:
    with client.stream("POST", "/v1/ask", json={**body, "stream": True}) as response:
        name = ""
        for line in response.iter_lines():
            if line.startswith("event:"):
                name = line.split(": ")[1]
            elif line.startswith("data:"):
                yield name, json.loads(line.removeprefix("data: "))


@pytest.mark.real_models
def test_an_engine_that_is_killed_costs_its_caller_one_clear_error_and_nobody_else_anything(
    client: httpx.Client,
) -> None:
    with ThreadPoolExecutor(2) as pool:
        written = pool.submit(client.post, "/v1/ask", json=compose(1))
        assert until(lambda: engine(client) is not None)
        pid = engine(client)
        assert pid
        os.kill(pid, signal.SIGKILL)
        quoted = pool.submit(client.post, "/v1/ask", json={"question": RALLY, "style": "quote"})
        assert quoted.result().status_code == 200
        response = written.result()
    assert response.status_code in {200, 503}  # it may have been between two requests to the engine
    if response.status_code == 503:
        assert "the next call starts a new one" in response.json()["detail"]
    assert client.post("/v1/ask", json=compose(2)).status_code == 200
    assert engine(client) != pid


@pytest.mark.real_models
def test_a_full_request_queue_answers_429_and_search_goes_on(client: httpx.Client) -> None:
    waiting = [events(client, compose(10 + number)) for number in range(3)]
    assert [next(stream)[0] for stream in waiting] == ["evidence"] * 3
    assert until(lambda: figure(client, "footnote_queue_waiting") == 2.0)
    refused = client.post("/v1/ask", json=compose(13))
    assert (refused.status_code, refused.json()["title"]) == (429, "EngineBusy")
    assert int(refused.headers["retry-after"]) > 0
    assert client.get("/v1/search", params={"q": "rally"}).status_code == 200
    assert client.post("/v1/ask", json={"question": RALLY, "style": "quote"}).status_code == 200
    for stream in waiting:
        stream.close()
    assert until(lambda: figure(client, "footnote_engine_working") == 0.0, 5.0)


@pytest.mark.real_models
def test_a_queued_stream_says_its_position_and_a_client_that_leaves_frees_it(client: httpx.Client) -> None:
    first = events(client, compose(20))
    assert next(first)[0] == "evidence"
    assert until(lambda: figure(client, "footnote_engine_working") == 1.0)
    waiting = events(client, compose(21))
    assert next(event for event in waiting if event[0] != "evidence") == ("queued", {"position": 1})
    assert figure(client, "footnote_queue_waiting") == 1.0
    waiting.close()
    assert until(lambda: figure(client, "footnote_queue_waiting") == 0.0, 5.0)
    first.close()
    assert until(lambda: figure(client, "footnote_engine_working") == 0.0, 2.0)


@pytest.mark.real_models
def test_a_client_that_closes_the_connection_of_a_plain_request_frees_the_engine(
    client: httpx.Client, url: str
) -> None:
    address = httpx.URL(url)
    connection = http.client.HTTPConnection(address.host, address.port or 80)
    connection.request("POST", "/v1/ask", json.dumps(compose(30)), {"content-type": "application/json"})
    assert until(lambda: figure(client, "footnote_engine_working") == 1.0)
    connection.close()
    assert until(lambda: figure(client, "footnote_engine_working") == 0.0, 2.0)


@pytest.mark.real_models
def test_a_client_that_sends_slowly_delays_no_other(client: httpx.Client, url: str) -> None:
    address = httpx.URL(url)
    with closing(socket.create_connection((address.host, address.port or 80))) as slow:
        lines = (
            "POST /v1/ask HTTP/1.1",
            f"Host: {address.host}",
            "Content-Type: application/json",
            "Content-Length: 90",
        )
        slow.sendall("\r\n".join([*lines, "", '{"quest']).encode())
        assert client.post("/v1/ask", json={"question": RALLY}).status_code == 200


@pytest.mark.real_models
def test_a_server_that_is_stopped_finishes_what_it_began(client: httpx.Client, served: Served) -> None:
    begun = events(client, compose(40))
    assert next(begun)[0] == "evidence"
    assert until(lambda: figure(client, "footnote_engine_working") == 1.0)
    served.process.send_signal(signal.SIGTERM)
    assert [name for name, _ in begun][-1] == "done"
    assert served.process.wait(timeout=30) == 0
