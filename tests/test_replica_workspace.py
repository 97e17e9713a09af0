"""Replica workspace: what it reads, what it cannot write, and what its owner accepts from it; both in this process."""

import importlib.metadata
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from fastapi.testclient import TestClient

from index.errors import FootnoteError, HomeError, IndexMismatch, InputError, OwnerUnavailable
from index.reading import read_paths, read_text
from index.store.migration import replace_ledger
from index.store.store import DocumentStore
from index.types import Feedback, Turn, utc_now
from service.answering.types import Answer, Done, Event, Question
from service.api import create_app
from service.api.admission import AdmissionPolicy
from service.api.api_keys import APIKeys
from service.api.forwarding import ANSWERED_HERE
from service.replication.owner import KEPT_ANSWERS, PEER, Owner
from service.replication.read_only_stores import open_read_only
from service.replication.replica import ReplicaWorkspace
from service.runtime.home_lock import Home, HomeFolder, read_owner
from service.runtime.settings import Settings
from service.workspace import Workspace
from tests.conftest import SEEDS, light_engines

RALLY = "Which party's political rally in the Mustang district saw a suicide bombing?"
RALLIED = "000_af5a69d05544d7a4"
URL = "http://testserver"
KEY = "a-key-that-nobody-guesses"
LATE = "The union of Norwick called a strike at the airport on Friday."


@pytest.fixture
def owning(settings: Settings) -> Iterator[Workspace]:
    """The workspace of a process that serves its home folder."""
    with closing(Workspace(settings, light_engines(), Home(settings.home, url=URL))) as workspace:
        workspace.ingest(read_paths([SEEDS / f"{RALLIED}.txt"]))
        yield workspace


def policy_of(workspace: Workspace, keys: APIKeys | None = None) -> AdmissionPolicy:
    who = read_owner(workspace.settings.home)
    assert who is not None
    return AdmissionPolicy(replica_secret=who.secret, keys=keys or APIKeys())


def through(client: TestClient) -> httpx.Client:
    """Return an httpx client whose requests go to a test client's app."""

    def handle(request: httpx.Request) -> httpx.Response:
        headers = {name: value for name, value in request.headers.items() if name not in ("host", "content-length")}
        found = client.request(request.method, str(request.url), headers=headers, content=request.content)
        return httpx.Response(found.status_code, headers=dict(found.headers), content=found.content)

    return httpx.Client(transport=httpx.MockTransport(handle))


@pytest.fixture
def served(owning: Workspace) -> Iterator[TestClient]:
    with TestClient(create_app(owning, policy_of(owning))) as client:
        yield client


@pytest.fixture
def replica(owning: Workspace, served: TestClient) -> Iterator[ReplicaWorkspace]:
    home = HomeFolder(owning.settings.home)
    owner = Owner(URL, home, through(served))
    owner.check()
    with closing(ReplicaWorkspace(owning.settings, light_engines(), home, owner)) as workspace:
        yield workspace


def reading(workspace: Workspace) -> DocumentStore:
    return open_read_only(workspace.settings.home / "ledger.db", fingerprint=workspace.store.fingerprint)


# What a replica cannot do

FEEDBACK = Feedback(receipt_id="kept", verdict="wrong", note="", created=utc_now())
WRITES: dict[str, Callable[[DocumentStore], object]] = {
    "remove": lambda it: it.remove(RALLIED),
    "keep_answer": lambda it: it.history.keep_answer(
        "r", "{}", "t", Turn(question="", asked="", receipt="r", created_at="")
    ),
    "keep_brief": lambda it: it.history.keep_brief("r", "t", "{}"),
    "keep_feedback": lambda it: it.history.keep_feedback(FEEDBACK),
    "forget_feedback": lambda it: it.history.delete_feedback("kept"),
    "delete_conversation": lambda it: it.history.delete_conversation("rally"),
    "rename_conversation": lambda it: it.history.rename_conversation("rally", "another"),
    "mark_dense_purged": lambda it: it.mark_dense_purged(),
}


@pytest.mark.parametrize("name", WRITES)
def test_no_method_of_the_document_store_writes_a_read_only_ledger(owning: Workspace, name: str) -> None:
    owning.store.history.keep_answer(
        "kept", "{}", "rally", Turn(question="q", asked="q", receipt="kept", created_at="")
    )
    owning.store.history.keep_feedback(FEEDBACK)
    ledger = owning.settings.home / "ledger.db"
    before = [path.read_bytes() for path in (ledger, ledger.with_name("ledger.db-wal"))]
    with closing(reading(owning)) as store, pytest.raises(Exception, match="readonly"):
        WRITES[name](store)
    assert [path.read_bytes() for path in (ledger, ledger.with_name("ledger.db-wal"))] == before


def test_sqlite_itself_refuses_even_when_its_own_switch_is_turned(owning: Workspace) -> None:
    with closing(reading(owning)) as store:
        store._ledger._db.execute("PRAGMA query_only = OFF")
        with pytest.raises(Exception, match="attempt to write a readonly database"):
            store._ledger._db.execute("DELETE FROM article")


@pytest.mark.parametrize(
    "do", [lambda it: it.ingest([]), lambda it: it.remove("a"), lambda it: it.replay("a"), lambda it: it.rebuild()]
)
def test_a_replica_says_who_can_do_what_it_cannot(replica: ReplicaWorkspace, do: Callable[[Workspace], object]) -> None:
    with pytest.raises(HomeError, match=f"ask its owner at {URL}"):
        do(replica)


# What it sees


def test_words_that_nobody_knows_stay_in_memory(replica: ReplicaWorkspace, owning: Workspace) -> None:
    known = owning.store.chunks.word_count()
    replica.ask(Question(text="Did the zeppelins of Quaggaville attack a rally?"))
    assert owning.store.chunks.word_count() == known
    assert replica.store.chunks.word_vectors(["quaggaville"])["quaggaville"].dtype == np.float16


def test_only_what_is_searched_makes_another_revision(owning: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(reading(owning)) as store:
        before = store.revision()
        assert before == owning.store.revision()
        monkeypatch.setattr(store._ledger, "_digest", lambda: pytest.fail("read anew for nothing"))
        owning.ask(Question(text=RALLY))
        assert store.revision() == before
        monkeypatch.undo()
        owning.ingest([read_text("late", LATE)])
        assert store.revision() == owning.store.revision() != before


def test_new_articles_are_found_without_a_start(replica: ReplicaWorkspace, owning: Workspace) -> None:
    def cited() -> set[str]:
        answer = replica.ask(Question(text="Who called a strike at the airport of Norwick?"))
        return {citation.article_id for citation in (*answer.citations, *answer.closest)}

    assert "late" not in cited()
    owning.ingest([read_text("late", LATE)])
    assert "late" in cited()
    owning.remove("late")
    assert "late" not in cited()


def test_a_ledger_that_was_put_in_its_place_is_read_instead(owning: Workspace, tmp_path: Path) -> None:
    other = Settings(home=tmp_path / "other", exact=True)
    with closing(Workspace(other, light_engines(), Home(other.home))) as workspace:
        workspace.ingest([read_text("late", LATE)])
    copied = tmp_path / "copied"
    copied.mkdir()
    shutil.copyfile(owning.settings.home / "ledger.db", copied / "ledger.db")
    shutil.copyfile(owning.settings.home / "ledger.db-wal", copied / "ledger.db-wal")
    with closing(open_read_only(copied / "ledger.db", fingerprint=owning.store.fingerprint)) as store:
        before = store.revision()
        for path in copied.glob("ledger.db-*"):
            path.unlink()
        (other.home / "ledger.db").replace(copied / "ledger.db")
        assert [found.id for found in store.articles.list_current()] == ["late"]
        assert store.revision() != before


def test_a_ledger_of_another_embedder_is_not_read(owning: Workspace) -> None:
    with pytest.raises(IndexMismatch, match="doctor"):
        open_read_only(owning.settings.home / "ledger.db", fingerprint="another")
    with pytest.raises(HomeError, match="start the owner"):
        open_read_only(owning.settings.home / "nothing.db", fingerprint="another")


def test_a_ledger_is_not_replaced_while_a_replica_reads_it(settings: Settings) -> None:
    def fill(making: Path) -> None:
        making.write_bytes(b"new")

    with closing(Workspace(settings, light_engines(), Home(settings.home))) as workspace:
        fingerprint = workspace.store.fingerprint
    ledger = settings.home / "ledger.db"
    with closing(open_read_only(ledger, fingerprint=fingerprint)) as store:
        store.articles.count()
        with pytest.raises(HomeError, match="stop the replicas"):
            replace_ledger(ledger, fill)
    replace_ledger(ledger, fill)
    assert ledger.read_bytes() == b"new"


# Whom it asks


@pytest.mark.parametrize(
    ("health", "says"),
    [
        ({}, "does not serve the home folder"),
        ({"home": "ffffffffffffffff"}, "does not serve the home folder"),
        ({"home": "ours", "version": "0.0.0"}, "is Footnote 0.0.0"),
        (None, "does not answer"),
    ],
)
def test_another_owner_is_refused_before_it_is_shown_the_secret(owning: Workspace, health: Any, says: str) -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        if health is None:
            raise httpx.ConnectError("refused")
        return httpx.Response(
            200, json={**health, **({"home": owning.identity} if health.get("home") == "ours" else {})}
        )

    home = HomeFolder(owning.settings.home)
    owner = Owner(URL, home, httpx.Client(transport=httpx.MockTransport(answer)))
    with pytest.raises(OwnerUnavailable, match=says):
        owner.keep_answer(owning.ask(Question(text=RALLY)))
    who = read_owner(home.folder)
    assert who is not None
    assert seen
    assert not any(who.secret in f"{request.headers}{request.content!r}" for request in seen)


def test_a_home_that_nobody_serves_has_no_replica(settings: Settings) -> None:
    owner = Owner(URL, HomeFolder(settings.home))
    with pytest.raises(OwnerUnavailable, match="no process owns"):
        owner.check()
    with closing(Home(settings.home)), pytest.raises(OwnerUnavailable, match="does not serve"):
        owner.check()


@pytest.mark.parametrize("url", ["", "127.0.0.1:8000", "ftp://127.0.0.1", "http://user:secret@127.0.0.1", "http://"])
def test_what_is_no_address_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no address of an owner"):
        Owner(url, HomeFolder(tmp_path))


def test_the_secret_is_for_who_can_read_the_folder_and_new_at_each_start(settings: Settings) -> None:
    secrets = set()
    for _ in range(2):
        with closing(Home(settings.home, url=URL)) as home:
            secrets.add(home.secret)
            assert (settings.home / "holder.json").stat().st_mode & 0o077 == 0
    assert len(secrets) == 2
    assert "" not in secrets


# What the owner takes


def test_nothing_is_answered_that_the_owner_did_not_keep(
    replica: ReplicaWorkspace, owning: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise HomeError("the disk is full")

    monkeypatch.setattr(owning.store.history, "keep_answer", refuse)
    events: list[Event] = []
    with pytest.raises(OwnerUnavailable, match="did not keep the answer"):
        events.extend(replica.stream(Question(text=RALLY)))
    assert not any(isinstance(event, Done) for event in events)


def test_an_article_removed_meanwhile_is_not_quoted_in_what_is_kept(
    replica: ReplicaWorkspace, owning: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = replica._owner.keep_answer

    def late(answer: Answer) -> None:
        owning.remove(answer.citations[0].article_id)
        keep(answer)

    monkeypatch.setattr(replica._owner, "keep_answer", late)
    with pytest.raises(OwnerUnavailable, match="removed meanwhile"):
        replica.ask(Question(text=RALLY))


def forged(answer: Answer, **changes: Any) -> Answer:
    return answer.model_copy(update=changes)


def cited(answer: Answer, **changes: Any) -> Answer:
    return forged(answer, citations=(answer.citations[0].model_copy(update=changes), *answer.citations[1:]))


def receipted(answer: Answer, **changes: Any) -> Answer:
    return forged(answer, receipt=answer.receipt.model_copy(update=changes))


FORGED: dict[str, Callable[[Answer], Answer]] = {
    "another answer is kept": lambda it: forged(it, text="It never happened."),
    "does not have the quoted words": lambda it: cited(it, quote="It never happened."),
    "does not have the quoted words at 0": lambda it: cited(it, start=0),
    "removed meanwhile": lambda it: cited(it, article_id="none"),
    "which it does not bring": lambda it: forged(it, citations=()),
    "was made with": lambda it: receipted(it, embedder="another"),
    "no id of a receipt": lambda it: receipted(it, id="../ledger"),
}


@pytest.mark.parametrize("says", FORGED)
def test_what_does_not_hold_is_not_kept(owning: Workspace, served: TestClient, says: str) -> None:
    answer = owning.ask(Question(text=RALLY))
    headers = {PEER: policy_of(owning).replica_secret, "Content-Type": "application/json"}
    response = served.post(KEPT_ANSWERS, content=FORGED[says](answer).model_dump_json(), headers=headers)
    assert response.status_code == 422
    assert says in response.json()["detail"]
    assert owning.archive.answer(answer.receipt.id) == answer


def test_an_answer_sent_twice_is_one_turn(replica: ReplicaWorkspace, owning: Workspace) -> None:
    answer = replica.ask(Question(text=RALLY, conversation="rally"))
    replica._owner.keep_answer(answer)
    assert owning.archive.conversation("rally").turns == 1


@pytest.mark.parametrize("shown", [{}, {PEER: "x" * 43}, {PEER: ""}, {"Authorization": f"Bearer {KEY}"}])
def test_only_a_replica_may_send_answers_to_keep(owning: Workspace, shown: dict[str, str]) -> None:
    answer = owning.ask(Question(text=RALLY)).model_dump_json()
    for policy in (policy_of(owning, APIKeys([KEY])), AdmissionPolicy(), AdmissionPolicy(keys=APIKeys([KEY]))):
        with TestClient(create_app(owning, policy)) as client:
            response = client.post(KEPT_ANSWERS, content=answer, headers=shown)
            assert (response.status_code, response.json()["title"]) == (403, "NoReplica")


def test_the_secret_opens_nothing_else(owning: Workspace) -> None:
    secret = {PEER: policy_of(owning).replica_secret}
    with TestClient(create_app(owning, policy_of(owning, APIKeys([KEY])))) as client:
        assert client.get("/v1/articles", headers=secret).status_code == 401
        assert client.post(KEPT_ANSWERS, json={}, headers=secret).status_code == 422


# What is handed on


def test_the_caller_shows_its_own_key_to_the_owner(owning: Workspace, replica: ReplicaWorkspace) -> None:
    with TestClient(create_app(owning, policy_of(owning, APIKeys([KEY])))) as strict:
        replica._owner._client = through(strict)
        with TestClient(create_app(replica, AdmissionPolicy(), replica._owner)) as open_replica:
            assert open_replica.delete(f"/v1/articles/{RALLIED}").status_code == 401
            headers = {"Authorization": f"Bearer {KEY}"}
            removed = open_replica.delete(f"/v1/articles/{RALLIED}", headers=headers)
            assert removed.json()["id"] == RALLIED


def test_whatever_may_change_something_is_forwarded(replica: ReplicaWorkspace, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def away(method: str, target: str, headers: object, body: bytes) -> None:
        seen.append(f"{method} {target}")
        raise OwnerUnavailable("away")

    monkeypatch.setattr(replica._owner, "forward", away)
    app = create_app(replica, AdmissionPolicy(replica_secret="shown"), replica._owner)
    writing = {
        (path, method.upper())
        for path, methods in app.openapi()["paths"].items()
        for method in methods
        if method != "get" and path not in ANSWERED_HERE
    }
    with TestClient(app) as client:
        for path, method in writing:
            response = client.request(method, f"{path}?a=%2F", headers={PEER: "shown"})
            assert (response.status_code, response.headers["retry-after"]) == (503, "2")
    assert {("%7B" in target, target.split("?")[1]) for target in seen} <= {(True, "a=%2F"), (False, "a=%2F")}
    assert len(seen) == len(writing) >= 10


def test_every_replica_runs_the_owners_version(served: TestClient, owning: Workspace) -> None:
    health = served.get("/health").json()
    assert health == {"status": "ok", "version": importlib.metadata.version("footnote"), "home": owning.identity}


def test_a_fault_of_the_owner_is_one_line(replica: ReplicaWorkspace) -> None:
    def broken(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadError("reset")

    replica._owner._client = httpx.Client(transport=httpx.MockTransport(broken))
    with pytest.raises(FootnoteError, match="look whether it was done") as raised:
        replica._owner.forward("DELETE", "/v1/articles/a", {}, b"")
    assert "\n" not in str(raised.value)
