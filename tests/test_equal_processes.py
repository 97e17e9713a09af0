"""Equal processes: servers over one PostgreSQL answer alike, take turns, and survive kills of each other and of it."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from evals.studies.scaling.postgresql_server import PostgresServer
from index.embedding import HashEmbedder
from index.errors import LedgerUnavailable
from index.store.opening import open_store
from service.answering.types import Answer
from service.ingestion.ingest import index_fingerprint
from tests.conftest import SEEDS
from tests.test_architecture import ROOT

RALLY = "Which party's political rally in the Mustang district saw a suicide bombing?"
BREAD = "Which sourdough hydration suits a beginner?"
HARBOUR = "The harbour of Norwick was closed on Friday after a crane fell on the quay."
RECOVERY_SECONDS = 20.0
KILLS = 3


class Served:
    """One server process and its HTTP client."""

    def __init__(self, home: Path, address: str) -> None:
        command = [sys.executable, "-m", "tests.light_server", str(home)]
        environment = {**os.environ, "FOOTNOTE_STORE": address}
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
        )
        self._client: httpx.Client | None = None

    @property
    def client(self) -> httpx.Client:
        """HTTP client, created once the process has printed its address."""
        if self._client is None:
            assert self.process.stdout is not None
            found = re.search(r"http://127\.0\.0\.1:\d+", self.process.stdout.readline())
            assert found, "the server did not start"
            self._client = httpx.Client(base_url=found[0], timeout=60, trust_env=False)
        return self._client

    def ask(self, question: str, **more: Any) -> Answer:
        response = self.client.post("/v1/ask", json={"question": question, **more})
        assert response.status_code == 200, response.text
        return Answer.model_validate_json(response.text)

    def add(self, **texts: str) -> httpx.Response:
        return self.client.post("/v1/articles", json={"articles": [{"id": i, "text": t} for i, t in texts.items()]})

    def found(self, query: str) -> list[str]:
        return [hit["article_id"] for hit in self.client.get("/v1/search", params={"q": query}).json()["results"]]

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(40)
        if self._client is not None:
            self._client.close()


@pytest.fixture(scope="module")
def address(postgresql: PostgresServer) -> str:
    return postgresql.new_database()


@pytest.fixture(scope="module")
def equals(address: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Served]]:
    home = tmp_path_factory.mktemp("equals")
    opened = [Served(home, address) for _ in range(2)]
    try:
        for number, path in enumerate(sorted(SEEDS.glob("*.txt"))):
            opened[number % 2].client.post(
                "/v1/uploads",
                params={"name": path.name},
                content=path.read_bytes(),
                headers={"Content-Type": "application/octet-stream"},
            ).raise_for_status()
        yield opened
    finally:
        for each in opened:
            each.stop()


def until(holds: Callable[[], bool], seconds: float = RECOVERY_SECONDS) -> bool:
    end = time.monotonic() + seconds
    while not (met := holds()) and time.monotonic() < end:
        time.sleep(0.05)
    return met


def test_both_give_the_same_answer(equals: list[Served]) -> None:
    for question in (RALLY, BREAD):
        one, other = (each.ask(question) for each in equals)
        assert (one.verdict, one.text, one.citations) == (other.verdict, other.text, other.citations)
        assert one.receipt.revision == other.receipt.revision


def test_what_one_keeps_the_other_shows(equals: list[Served]) -> None:
    one, other = equals
    receipt = one.ask(RALLY, as_of="2026-11-01").receipt
    assert other.client.get(f"/v1/answers/{receipt.id}").json()["receipt"]["id"] == receipt.id
    replay = other.client.post("/v1/replay", json={"receipt": receipt.id}).json()
    assert replay["same"], replay["difference"]
    conversation = one.ask(RALLY, conversation="new").conversation
    other.ask("Where was it?", conversation=conversation)
    kept = one.client.get(f"/v1/conversations/{conversation}").json()
    assert [turn["question"] for turn in kept["history"]] == [RALLY, "Where was it?"]


def test_a_change_by_one_is_seen_by_the_other_at_once(equals: list[Served]) -> None:
    one, other = equals
    assert one.add(harbour=HARBOUR).json()["new"] == ["harbour"]
    assert other.found("crane on the quay")[0] == "harbour"
    assert other.ask("Why was the harbour of Norwick closed?").citations[0].article_id == "harbour"
    assert other.client.delete("/v1/articles/harbour").status_code == 200
    assert "harbour" not in one.found("crane on the quay")
    assert one.client.get("/v1/articles/harbour").status_code == 404


def test_both_ingest_the_same_articles_at_once_and_each_is_there_once(equals: list[Served], address: str) -> None:
    stories = {f"twice-{i}": f"Story {i} came from the town of Norwick. It has {i} lines." for i in range(40)}
    with ThreadPoolExecutor() as pool:
        reports = [done.json() for done in pool.map(lambda each: each.add(**stories), equals)]
    new = [name for report in reports for name in report["new"]]
    assert sorted(new) == sorted(stories)
    with closing(open_store(address, Path(), fingerprint=index_fingerprint(HashEmbedder()))) as store:
        assert store.faults() == []
        assert len(store.articles.family("twice-0")) == 1


def test_a_killed_process_and_a_killed_server_lose_nothing_that_was_acknowledged(
    postgresql: PostgresServer, tmp_path: Path
) -> None:
    address, acknowledged = postgresql.new_database(), set[str]()
    fingerprint = index_fingerprint(HashEmbedder())
    lasting = Served(tmp_path, address)
    lasting.client.get("/health").raise_for_status()
    for number in range(KILLS):
        victim = Served(tmp_path, address)
        victim.client.get("/health").raise_for_status()

        def send(batch: int, number: int = number, victim: Served = victim) -> None:
            for each in (victim, lasting):
                name = f"story-{number}-{batch}-{'victim' if each is victim else 'lasting'}"
                with suppress(httpx.HTTPError):
                    report = each.add(**{name: f"Story {name} came from Norwick. Its number is {batch}."})
                    if report.status_code == 200:
                        acknowledged.update(report.json()["new"])

        with ThreadPoolExecutor(4) as pool:
            sent = [pool.submit(send, batch) for batch in range(8)]
            sent[0].result()
            victim.process.kill()
            postgresql.kill()
            for each in sent:
                each.result()
        kept = {name.rpartition("-")[2] for name in acknowledged if name.startswith(f"story-{number}-")}
        assert kept == {"victim", "lasting"}, "neither lost nor doubled says nothing where nothing was acknowledged"
        postgresql.start()
        victim.stop()
        assert until(lambda: lasting.client.get("/v1/articles").status_code == 200)
    assert lasting.add(late=HARBOUR).json()["new"] == ["late"]
    lasting.stop()
    with closing(open_store(address, Path(), fingerprint=fingerprint)) as store:
        listed = store.articles.list_current(10_000)
        assert acknowledged <= {each.id for each in listed}
        assert all((each.chunks, each.version) == (1, 1) for each in listed)
        assert store.faults() == []


def test_a_database_that_is_away_is_said_in_one_line(postgresql: PostgresServer) -> None:
    with pytest.raises(LedgerUnavailable, match=r"'postgresql://127.0.0.1:1/none' does not answer"):
        open_store("postgresql://someone:secret@127.0.0.1:1/none", Path(), fingerprint="s")
