"""Jobs: one process at a time runs a job, another goes on with it, and its callers can look at it."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from threading import Thread
from typing import Any, cast

import httpx
import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from evals.studies.durability.synthetic_articles import story
from index.embedding import HashEmbedder
from index.errors import FootnoteError, HomeError, IndexMismatch, InputError, NotFound
from index.store.jobs import MAX_ATTEMPTS, MAX_FINISHED, Jobs
from index.store.ledger import Ledger, Row
from index.store.opening import open_store
from index.store.store import DocumentStore
from index.types import Article
from service.api.app import create_app
from service.ingestion.ingest import index_fingerprint
from service.ingestion.job_runner import JobRunner
from service.ingestion.types import IngestReport
from service.runtime.home_lock import open_home
from service.runtime.settings import Settings
from service.workspace import Workspace
from service.workspaces import Workspaces
from tests.conftest import light_engines
from tests.stores import Stores
from tests.test_architecture import ROOT
from tests.test_equal_processes import until

LONG = 60.0

LAPSED = -1.0

KILLS = 3

ARTICLES = 200

MAX_WORKING_SECONDS = 0.5


def reported(found: Iterable[Article | InputError], progress: Callable[[str], None]) -> IngestReport:
    """Ingest nothing, and report each article as new."""
    for item in found:
        assert isinstance(item, Article)
        progress(f"new: {item.id}")
    return IngestReport()


def test_a_job_is_taken_by_one_process_and_by_another_when_the_lease_has_lapsed(store: DocumentStore) -> None:
    job = store.jobs.submit([story(1)])
    assert (job.state, job.total, job.holder) == ("queued", 1, None)
    taken = store.jobs.take("one", LONG)
    assert taken is not None
    assert (taken.id, taken.state, taken.holder, taken.attempts) == (job.id, "running", "one", 1)
    assert store.jobs.take("other", LONG) is None
    assert store.jobs.renew(job.id, "one", LAPSED)
    again = store.jobs.take("other", LONG)
    assert again is not None
    assert (again.holder, again.attempts) == ("other", 2)
    assert not store.jobs.renew(job.id, "one", LONG)
    assert not store.jobs.note(job.id, "one", 0, "new", "story-1")
    store.jobs.finish(job.id, "one", "done")
    assert store.jobs.get(job.id).state == "running"


def test_many_processes_take_each_job_once(stores: Stores) -> None:
    opened = [stores.open() for _ in range(4 if stores.kind == "postgresql" else 1)]
    jobs = {opened[0].jobs.submit([story(number)]).id for number in range(12)}
    taken: list[str] = []

    def take_all(store: DocumentStore, holder: str) -> None:
        while (job := store.jobs.take(holder, LONG)) or opened[0].jobs.count(unfinished=True) > len(taken):
            taken.extend([job.id] if job else [])

    threads = [Thread(target=take_all, args=(opened[n % len(opened)], f"holder-{n}")) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == sorted(jobs)


def test_a_job_goes_on_where_it_stopped_and_keeps_no_text_behind(store: DocumentStore) -> None:
    job = store.jobs.submit([story(1), InputError("no sentence"), story(2, edition=3), story(3)])
    assert store.jobs.take("one", LAPSED) is not None
    assert store.jobs.note(job.id, "one", 0, "new", "story-1")
    with closing(JobRunner(store.jobs, reported, LONG)) as runner:
        assert runner.run_next()
        assert not runner.run_next()
    assert [*store.jobs.outcomes(job.id)] == [
        ("new", "story-1"), ("refused", "no sentence"), ("new", "story-2"), ("new", "story-3"),
    ]  # fmt: skip
    done = store.jobs.get(job.id)
    assert (done.state, done.total, done.outcomes) == ("done", 4, {"new": 3, "refused": 1})
    assert done.finished_at is not None
    assert store.ledger.rows("SELECT count(*) FROM job_item WHERE article IS NOT NULL") == [(0,)]


def test_a_job_whose_lease_lapsed_meanwhile_is_not_done(store: DocumentStore) -> None:
    job = store.jobs.submit([story(number) for number in range(20)])

    def lapses(found: Iterable[Article | InputError], progress: Callable[[str], None]) -> IngestReport:
        for item in found:
            assert isinstance(item, Article)
            progress(f"new: {item.id}")
            if item.id == "story-3":
                store.jobs.renew(job.id, runner._holder, LAPSED)
                taken = store.jobs.take("other", LONG)
                assert taken is not None
                store.jobs.release(job.id, "other")
                time.sleep(1.0)
        return IngestReport()

    with closing(JobRunner(store.jobs, lapses, 1.0)) as runner:
        runner.run_next()
    assert (store.jobs.get(job.id).state, len([*store.jobs.articles(job.id)])) == ("queued", 16)


def test_a_runner_that_is_stopped_leaves_the_rest_to_the_next_at_once(store: DocumentStore) -> None:
    job = store.jobs.submit([story(number) for number in range(20)])

    def stops(found: Iterable[Article | InputError], progress: Callable[[str], None]) -> IngestReport:
        for item in found:
            assert isinstance(item, Article)
            progress(f"new: {item.id}")
            if item.id == "story-3":
                runner.close()
        return IngestReport()

    runner = JobRunner(store.jobs, stops, LONG)
    runner.run_next()
    assert (store.jobs.get(job.id).state, store.jobs.get(job.id).outcomes) == ("queued", {"new": 4})
    assert store.jobs.take("next", LONG) is not None


def test_a_cancelled_job_stops_and_is_not_taken_again(store: DocumentStore) -> None:
    job = store.jobs.submit([story(number) for number in range(20)])

    def cancels(found: Iterable[Article | InputError], progress: Callable[[str], None]) -> IngestReport:
        for item in islice(found, 10):
            assert isinstance(item, Article)
            progress(f"new: {item.id}")
            if item.id == "story-3":
                store.jobs.cancel(job.id)
        return IngestReport()

    with closing(JobRunner(store.jobs, cancels, LONG)) as runner:
        runner.run_next()
        assert not runner.run_next()
    found = store.jobs.get(job.id)
    assert (found.state, found.outcomes) == ("cancelled", {"new": 4})
    assert [*store.jobs.articles(job.id)] == []
    assert store.jobs.cancel(job.id) == found


@pytest.mark.parametrize("error", [HomeError("the disk is full"), IndexMismatch("another embedder")])
def test_a_job_that_gets_no_further_fails_and_keeps_its_texts(store: DocumentStore, error: FootnoteError) -> None:
    first, second = store.jobs.submit([story(1)]), store.jobs.submit([story(2)])

    def fails(found: Iterable[Article | InputError], progress: Callable[[str], None]) -> IngestReport:
        if [item.id for item in found if isinstance(item, Article)] == ["story-1"]:
            raise error
        return IngestReport()

    with closing(JobRunner(store.jobs, fails, LONG, pause=0.0)) as runner:
        for _ in range(MAX_ATTEMPTS):
            with pytest.raises(type(error)):
                runner.run_next()
        while runner.run_next():
            pass
    failed = store.jobs.get(first.id)
    assert (failed.state, str(error) in str(failed.error)) == ("failed", True)
    assert [article.id for _, article in store.jobs.articles(first.id)] == ["story-1"]
    assert store.jobs.get(second.id).state == "done"
    assert store.jobs.cancel(first.id) == failed
    assert [*store.jobs.articles(first.id)] == []


def test_a_job_that_broke_off_waits_longer_each_time_and_others_go_first(store: DocumentStore) -> None:
    first, second = store.jobs.submit([story(1)]), store.jobs.submit([story(2)])
    for attempts, pause in ((1, 100), (2, 200), (3, 400)):
        with store.ledger.transaction(searched=False):
            store.ledger.execute("UPDATE job SET lease_until = NULL")  # as after the pause
        taken = store.jobs.take("one", LONG)
        assert taken is not None
        assert (taken.id, taken.attempts) == (first.id, attempts)
        store.jobs.release(first.id, "one", "the disk is full", 100.0)
        again = datetime.fromisoformat(str(store.jobs.get(first.id).lease_until))
        assert (again - datetime.now(UTC)).total_seconds() == pytest.approx(pause, abs=30)
    other = store.jobs.take("one", LONG)
    assert other is not None
    assert other.id == second.id


def test_only_the_last_finished_jobs_are_kept(store: DocumentStore) -> None:
    old = [store.jobs.submit([story(1)]).id for _ in range(MAX_FINISHED + 2)]
    for job_id in old[1:]:
        store.jobs.cancel(job_id)
    newest = store.jobs.submit([story(2)])
    assert [job.id for job in store.jobs.newest(999)] == [newest.id, *reversed(old[2:]), old[0]]
    with pytest.raises(NotFound):
        store.jobs.get(old[1])


class CountingLedger:
    """Ledger that counts the queries it passes on."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.queries = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ledger, name)

    def rows(self, sql: str, *values: object) -> list[Row]:
        self.queries += 1
        return self._ledger.rows(sql, *values)


def test_a_list_of_jobs_counts_the_articles_of_all_of_them_at_once(store: DocumentStore) -> None:
    assert store.jobs.newest(10) == []
    refused = store.jobs.submit([story(1), InputError("an empty file")])
    taken = store.jobs.take("one", LONG)
    assert taken is not None
    store.jobs.note(taken.id, "one", 0, "new", "story-1")
    waiting = store.jobs.submit([story(number) for number in range(3)])
    empty = store.jobs.submit([])
    ledger = CountingLedger(store.ledger)
    listed = Jobs(cast(Ledger, ledger)).newest(10)
    assert [job.id for job in listed] == [empty.id, waiting.id, refused.id]
    assert [(job.total, job.outcomes) for job in listed] == [(0, {}), (3, {}), (2, {"new": 1, "refused": 1})]
    assert ledger.queries == 2


def test_a_job_over_http_is_answered_at_once_and_reports_like_an_ingest(workspace: Workspace) -> None:
    client = TestClient(create_app(workspace))
    records = [{"id": "harbour", "text": "The harbour of Norwick was closed on Friday."}, {"id": "none", "text": " "}]
    response = client.post("/v1/articles?wait=false", json={"articles": records})
    assert response.status_code == 202
    where = response.headers["location"]
    assert (client.get(where).json()["state"], workspace.store.jobs.count(unfinished=True)) == ("queued", 1)
    with closing(JobRunner(workspace.store.jobs, workspace.ingest, LONG)) as runner:
        assert runner.run_next()
    found = client.get(where).json()
    assert (found["state"], found["report"]["new"], len(found["report"]["refused"])) == ("done", ["harbour"], 1)
    assert client.post("/v1/articles", json={"articles": records}).json()["unchanged"] == ["harbour"]
    listed = client.get("/v1/jobs").json()
    assert (listed["total"], listed["jobs"][0]["id"]) == (1, found["id"])


def test_an_upload_can_be_a_job_which_can_be_cancelled(workspace: Workspace) -> None:
    client = TestClient(create_app(workspace))
    response = client.post(
        "/v1/uploads?name=note.txt&wait=false",
        content=b"The harbour of Norwick was closed on Friday.",
        headers={"Content-Type": "application/octet-stream"},
    )
    assert response.status_code == 202
    assert client.delete(f"/v1/jobs/{response.json()['id']}").json()["state"] == "cancelled"
    assert client.delete("/v1/jobs/unheard-of").status_code == 404
    with closing(JobRunner(workspace.store.jobs, workspace.ingest, LONG)) as runner:
        assert not runner.run_next()


class Served:
    """A light server as a process, which is killed at random moments."""

    def __init__(self, home: Path, address: str) -> None:
        environment = {**os.environ, "FOOTNOTE_STORE": address, "FOOTNOTE_LEASE": "2", "FOOTNOTE_LOG": "warning"}
        command = [sys.executable, "-m", "tests.light_server", str(home), "--exact"]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=environment)

    def url(self) -> str:
        assert self.process.stdout is not None
        return "http" + self.process.stdout.readline().split(" on http")[1].split(" ")[0]

    def end(self, number: int) -> None:
        self.process.send_signal(number)
        self.process.wait(40)
        assert self.process.stdout is not None
        self.process.stdout.close()


def opened_store(address: str, home: Path) -> DocumentStore:
    return open_store(address, home / "ledger.db", fingerprint=index_fingerprint(HashEmbedder()))


def test_a_job_whose_processes_are_killed_is_done_with_nothing_lost_or_doubled(stores: Stores, tmp_path: Path) -> None:
    rng = random.Random(5)
    home, address = tmp_path / "home", stores.address("jobs")
    records = [{"id": f"story-{n}", "text": story(n).text} for n in range(ARTICLES)]
    served = Served(home, address)
    url = served.url()
    response = httpx.post(f"{url}/v1/articles?wait=false", json={"articles": records}, trust_env=False)
    job_id, before, in_the_middle = response.json()["id"], 0, 0

    def job() -> dict[str, Any]:
        found: dict[str, Any] = httpx.get(f"{url}/v1/jobs/{job_id}", trust_env=False, timeout=60).json()
        return found

    def got_further() -> bool:
        found = job()
        return bool(found["state"] == "done" or sum(found["outcomes"].values()) > before)

    for number in range(KILLS):
        if number:
            served = Served(home, address)
            url = served.url()
        if number % 3 != 2:  # else at some moment of the start
            assert until(got_further, 60)
        time.sleep(rng.uniform(0.0, MAX_WORKING_SECONDS))
        served.end(signal.SIGKILL)
        with closing(opened_store(address, home)) as store:
            done = len([*store.jobs.outcomes(job_id)])
            in_the_middle, before = in_the_middle + (before < done < ARTICLES), done
    assert in_the_middle, "no kill came in the middle of the job"
    served = Served(home, address)
    url = served.url()
    assert until(lambda: bool(job()["state"] == "done"), 120)
    report = job()["report"]
    served.end(signal.SIGTERM)
    assert sorted(report["new"] + report["unchanged"]) == sorted(each["id"] for each in records)
    assert not report["changed"] + report["refused"]
    with closing(opened_store(address, home)) as store:
        kept = store.articles.list_current(1000)
        assert {each.id: each.version for each in kept} == {each["id"]: 1 for each in records}
        assert store.faults() == []


def test_a_job_of_a_named_collection_goes_on_after_a_restart(stores: Stores, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", exact=True, store=SecretStr(stores.address("jobs")))
    with closing(Workspaces(settings, light_engines(), open_home(settings))) as ended:
        ended.add("desk")
        ended.open("desk").store.jobs.submit([story(1), story(2)])
    served = Served(settings.home, stores.address("jobs"))
    try:
        url = served.url()
        with httpx.Client(base_url=url, trust_env=False, timeout=60) as client:
            # The metrics count the articles of open collections, and open none.
            assert until(lambda: "footnote_articles 2.0" in client.get("/metrics").text, 30)
    finally:
        served.end(signal.SIGTERM)
