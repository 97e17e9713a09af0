"""Replica processes: one process owns the home folder, two replicas also answer, and nothing is lost."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from index.embedding import HashEmbedder
from index.store.store import DocumentStore
from service.answering.types import Answer
from service.ingestion.ingest import index_fingerprint
from tests.conftest import SEEDS
from tests.test_architecture import ROOT

RALLY = "Which party's political rally in the Mustang district saw a suicide bombing?"
BREAD = "Which sourdough hydration suits a beginner?"
HARBOUR = "The harbour of Norwick was closed on Friday after a crane fell on the quay."
LINUX = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="asks Linux which files a process has open")


class Served:
    """One server process and its HTTP client."""

    def __init__(self, home: Path, *options: str) -> None:
        command = [sys.executable, "-m", "tests.light_server", str(home), *options]
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=os.environ
        )
        self._client: httpx.Client | None = None

    @property
    def url(self) -> str:
        return str(self.client.base_url).rstrip("/")

    @property
    def client(self) -> httpx.Client:
        """HTTP client, created once the process has printed its address."""
        if self._client is None:
            assert self.process.stdout is not None
            found = re.search(r"http://127\.0\.0\.1:\d+", self.process.stdout.readline())
            assert found, "the server did not start"
            self._client = httpx.Client(base_url=found[0], timeout=30, trust_env=False)
        return self._client

    def ask(self, question: str, **more: Any) -> Answer:
        response = self.client.post("/v1/ask", json={"question": question, **more})
        assert response.status_code == 200, response.text
        return Answer.model_validate_json(response.text)

    def add(self, **texts: str) -> httpx.Response:
        return self.client.post("/v1/articles", json={"articles": [{"id": i, "text": t} for i, t in texts.items()]})

    def found(self, query: str) -> list[str]:
        return [hit["article_id"] for hit in self.client.get("/v1/search", params={"q": query}).json()["results"]]

    def stop(self, number: int = signal.SIGTERM) -> None:
        if self.process.poll() is None:
            self.process.send_signal(number)
        self.process.wait(40)
        if self._client is not None:
            self._client.close()


class House:
    """The processes on one home folder."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.owner = Served(home)
        # Read once here: the address stays, also for an owner that is started anew.
        self.port = self.owner.url.rpartition(":")[2]
        self.one, self.other = (Served(home, "--replica-of", self.owner.url) for _ in range(2))

    def stop(self) -> None:
        for each in (self.one, self.other, self.owner):
            each.stop()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    opened = House(tmp_path_factory.mktemp("house") / "home")
    try:
        for path in SEEDS.glob("*.txt"):
            opened.owner.client.post(
                "/v1/uploads",
                params={"name": path.name},
                content=path.read_bytes(),
                headers={"Content-Type": "application/octet-stream"},
            )
        yield opened
    finally:
        opened.stop()


def until(holds: Callable[[], bool], seconds: float = 20.0) -> bool:
    end = time.monotonic() + seconds
    while not (met := holds()) and time.monotonic() < end:
        time.sleep(0.05)
    return met


def test_a_replica_gives_the_answer_that_the_owner_gives(house: House) -> None:
    for question in (RALLY, BREAD):
        owners = house.owner.ask(question)
        for replica in (house.one, house.other):
            answer = replica.ask(question)
            assert (answer.verdict, answer.text) == (owners.verdict, owners.text)
            assert (answer.citations, answer.closest) == (owners.citations, owners.closest)
            assert answer.receipt.revision == owners.receipt.revision


def test_what_a_replica_answered_is_kept_and_replays_at_the_owner(house: House) -> None:
    receipt = house.one.ask(RALLY, as_of="2026-11-01").receipt
    for asked in (house.owner, house.other):
        assert asked.client.get(f"/v1/answers/{receipt.id}").json()["receipt"]["id"] == receipt.id
        replay = asked.client.post("/v1/replay", json={"receipt": receipt.id}).json()
        assert replay["same"], replay["difference"]
        assert {change["name"] for change in replay["changes"]} <= {"collection revision"}


def test_a_stream_is_kept_before_it_ends(house: House) -> None:
    response = house.other.client.post("/v1/ask", json={"question": RALLY, "as_of": "2026-11-02", "stream": True})
    events = response.text.replace("\r", "").split("\n\n")
    done = next(event for event in events if event.startswith("event: done"))
    answer = Answer.model_validate_json(done.partition("data: ")[2])
    assert house.owner.client.get(f"/v1/answers/{answer.receipt.id}").status_code == 200


def test_a_conversation_continues_at_another_replica(house: House) -> None:
    conversation = house.one.ask(RALLY, conversation="new").conversation
    house.other.ask("Where was it?", conversation=conversation)
    kept = house.owner.client.get(f"/v1/conversations/{conversation}").json()
    assert [turn["question"] for turn in kept["history"]] == [RALLY, "Where was it?"]
    assert house.one.client.get(f"/v1/conversations/{conversation}").json() == kept


def test_what_one_replica_forwards_the_other_shows(house: House) -> None:
    assert house.one.add(harbour=HARBOUR).json()["new"] == ["harbour"]
    assert house.other.found("crane on the quay")[0] == "harbour"
    answer = house.other.ask("Why was the harbour of Norwick closed?")
    assert answer.citations[0].article_id == "harbour"
    judged = house.other.client.post("/v1/feedback", json={"receipt": answer.receipt.id, "verdict": "right"})
    assert judged.status_code == 200
    assert house.one.client.get("/v1/feedback").json()["feedback"] == [judged.json()]
    brief = house.one.client.post("/v1/briefs", json={"topic": "The harbour of Norwick"}).json()
    assert house.other.client.get(f"/v1/briefs/{brief['receipt']['id']}").json() == brief


def test_what_is_removed_is_gone_everywhere_while_replicas_read(house: House) -> None:
    house.owner.add(secret="The admiral Quillfeather Brandywell resigned on Monday.")
    assert house.one.found("Quillfeather")[0] == "secret"
    house.other.client.get("/v1/articles/secret").raise_for_status()
    assert house.other.client.delete("/v1/articles/secret").json()["id"] == "secret"
    for asked in (house.owner, house.one, house.other):
        assert "secret" not in asked.found("Quillfeather")
        assert asked.client.get("/v1/articles/secret").status_code == 404
    files = list(house.home.glob("ledger.db*"))
    assert files
    assert [path.name for path in files if b"Quillfeather" in path.read_bytes()] == []


@LINUX
def test_a_replica_has_the_ledger_open_for_reading_only(house: House) -> None:
    house.one.found("rally")
    open_for: dict[str, int] = {}
    for handle in Path(f"/proc/{house.one.process.pid}/fd").iterdir():
        name = os.readlink(handle)
        if name.startswith(str(house.home)):
            flags = (handle.parent.parent / "fdinfo" / handle.name).read_text().split("flags:")[1].split()[0]
            open_for[Path(name).name] = int(flags, 8) & os.O_ACCMODE
    assert open_for["ledger.db"] == os.O_RDONLY
    assert set(open_for) <= {"ledger.db", "ledger.db-wal", "ledger.db-shm"}  # never the folder of embedded Chroma


def test_a_replica_killed_while_it_forwards_leaves_the_ledger_whole(house: House) -> None:
    stories = {f"story-{i}": f"Story {i} came from the town of Norwick. It has {i} lines." for i in range(160)}
    before = house.owner.client.get("/v1/articles").json()["total"]
    with ThreadPoolExecutor() as pool:
        sent = pool.submit(house.one.add, **stories)
        assert until(lambda: house.owner.client.get("/v1/articles").json()["total"] > before)
        house.one.process.kill()
        assert sent.exception(timeout=20) is not None
    # The owner had the whole request: it goes on with it.
    assert until(lambda: house.owner.client.get("/v1/articles").json()["total"] == before + len(stories), 40)
    listed = house.owner.client.get("/v1/articles", params={"limit": 1000}).json()["articles"]
    assert all(article["chunks"] == 1 for article in listed if article["id"].startswith("story-"))
    assert house.other.found("town of Norwick story 299")


def test_without_its_owner_a_replica_reads_and_says_so_until_it_is_back(house: House) -> None:
    house.owner.stop(signal.SIGKILL)
    asked = house.other.client
    ready = asked.get("/ready")
    assert ready.status_code == 503
    assert {part["name"] for part in ready.json()["parts"] if not part["ok"]} == {"owner"}
    assert house.other.found("rally")
    assert asked.get("/v1/articles").status_code == asked.get("/v1/conversations").status_code == 200
    assert asked.post("/v1/check", json={"text": "A bombing hit a rally."}).status_code == 200
    chat = {"model": "footnote", "messages": [{"role": "user", "content": RALLY}]}
    for response in (
        asked.post("/v1/ask", json={"question": RALLY, "as_of": "2026-11-03"}),
        asked.post("/v1/ask", json={"question": RALLY, "stream": True}),
        asked.post("/v1/briefs", json={"topic": RALLY}),
        asked.post("/v1/chat/completions", json=chat),
        asked.delete("/v1/articles/story-1"),
        house.other.add(late=HARBOUR),
    ):
        assert response.status_code == 503, response.text
        assert response.headers["retry-after"] == "2"
        assert "nothing was changed" in response.text
    with closing(DocumentStore.open(house.home / "ledger.db", fingerprint=index_fingerprint(HashEmbedder()))) as ledger:
        assert ledger.faults() == []
    house.owner = Served(house.home, "--port", house.port)
    assert house.owner.url.endswith(house.port)
    assert asked.get("/ready").status_code == 200
    assert house.other.add(late=HARBOUR).json()["new"] == ["late"]
    assert house.owner.client.get(f"/v1/answers/{house.other.ask(RALLY).receipt.id}").status_code == 200
