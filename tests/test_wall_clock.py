"""Wall clock: because it may jump, intervals use the monotonic clock and order uses sequence numbers."""

import ast
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta, tzinfo
from random import Random
from threading import Event, Thread

import pytest
from fastapi.testclient import TestClient

import index.types
from index.reading import read_text
from service.answering.types import Question
from service.api import create_app
from service.api.admission import AdmissionPolicy
from service.api.api_keys import APIKeys
from service.generation.request_queue import RequestQueue
from service.runtime.home_lock import Home
from service.runtime.request_context import RequestContext
from service.runtime.settings import Settings
from service.workspace import Workspace
from tests.conftest import light_engines
from tests.test_architecture import ROOT, sources

KEY = "a-key-that-nobody-guesses"
DAY = 86_400.0
WALL = {
    "time": {"time", "time_ns", "localtime", "gmtime", "ctime", "asctime", "strftime"},
    "datetime": {"now", "utcnow", "today", "fromtimestamp", "utcfromtimestamp"},
    "date": {"today", "fromtimestamp"},
}
ALLOWED_READINGS = {
    ("index/reading/field_dates.py", "datetime.fromtimestamp"): "a date that a file gives in seconds",
    ("index/store/jobs.py", "datetime.fromtimestamp"): "until when a lease is valid",
    ("index/types.py", "datetime.now"): "when something was stored",
    ("index/search/hybrid_retrieval.py", "date.today"): "the default of as_of",
    ("service/workspace.py", "date.today"): "the same",
    ("service/api/chat_completions.py", "time.time"): "`created` of a reply",
    ("service/api/json_logs.py", "datetime.fromtimestamp"): "when a line was logged",
}
"""Functions that may read the wall clock: to state a time, not to measure an interval."""


def readings(tree: ast.AST) -> Iterator[str]:
    """Yield each call that reads the wall clock, under whatever name it was imported."""
    names: dict[str, tuple[str, ...]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.asname or alias.name: (alias.name,) for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {alias.asname or alias.name: (node.module, alias.name) for alias in node.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name):
            dotted = ast.unparse(node).split(".")
            path = (*names.get(dotted[0], ()), *dotted[1:])
            if path[:1] in (("time",), ("datetime",)) and len(path) > 1 and path[-1] in WALL.get(path[-2], ()):
                yield f"{path[-2]}.{path[-1]}"


def test_the_wall_clock_is_read_only_to_state_a_time() -> None:
    found = {
        (str(path.relative_to(ROOT)), reading)
        for path in sources()
        for reading in readings(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert found == set(ALLOWED_READINGS)


@pytest.mark.parametrize(
    "code",
    [
        "import time\nend = time.time() + 5",
        "from time import time\nwhile time() < 5: pass",
        "import time as t\nt.time_ns()",
        "import datetime\ndatetime.datetime.now()",
        "from datetime import datetime as clock\nclock.utcnow()",
        "from time import time\nfield(default_factory=time)",
    ],
)
def test_every_way_to_read_the_wall_clock_is_recognised(code: str) -> None:
    assert list(readings(ast.parse(code)))
    assert not list(readings(ast.parse("import time\ntime.monotonic() - time.perf_counter(); time.sleep(1)")))


@pytest.fixture
def jumping(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the wall clock jump forward or back by up to 9 days at every reading."""
    real, chance = time.time, Random(7)
    monkeypatch.setattr(time, "time", lambda: real() + chance.uniform(-9.0, 9.0) * DAY)


def set_clock(monkeypatch: pytest.MonkeyPatch, days: int) -> None:
    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "Clock":
            then = datetime.now(tz) + timedelta(days=days)
            return cls.fromisoformat(then.isoformat())

    monkeypatch.setattr(index.types, "datetime", Clock)


@pytest.mark.usefixtures("jumping")
def test_a_rate_limit_ignores_jumps_of_the_wall_clock(workspace: Workspace) -> None:
    policy = AdmissionPolicy(keys=APIKeys([KEY]), requests_per_minute=8.0)
    with TestClient(create_app(workspace, policy), headers={"X-API-Key": KEY}) as client:
        assert [client.get("/v1/articles").status_code for _ in range(5)] == [200, 200, 429, 429, 429]
        assert 1 <= int(client.get("/v1/articles").headers["retry-after"]) <= 8


@pytest.mark.usefixtures("jumping")
def test_a_queued_request_starts_when_the_one_before_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.generation.request_queue.CANCEL_POLL_SECONDS", 0.005)
    queue, positions = RequestQueue(4), list[int]()
    waiting = Event()

    def wait() -> None:
        with queue.enter(RequestContext("second")) as ticket:
            for position in ticket.positions(20.0):
                positions.append(position)
                waiting.set()
            positions.append(0)

    second = Thread(target=wait)
    with queue.enter(RequestContext("first")) as ticket:
        assert list(ticket.positions(20.0)) == []
        second.start()
        assert waiting.wait(20.0)
        time.sleep(0.2)  # it looks at the clock many times
    second.join(20.0)
    assert positions == [1, 0]


def test_versions_conversations_and_feedback_keep_their_order_when_the_clock_is_set_back(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_clock(monkeypatch, +1)
    assert workspace.ingest([read_text("quay", "The quay of Norwick opened on Monday.")]).new == ("quay",)
    first = workspace.ask(Question(text="When did the quay of Norwick open?", conversation="quay"))
    workspace.archive.give_feedback(first.receipt.id, "wrong", "first")
    set_clock(monkeypatch, -1)
    assert workspace.ingest([read_text("quay", "The quay of Norwick opened on Tuesday.")]).changed == ("quay",)
    again = workspace.ask(Question(text="When did the quay of Norwick open?", conversation="quay"))
    workspace.archive.give_feedback(again.receipt.id, "right", "again")
    assert again.receipt.created_at < first.receipt.created_at
    assert (workspace.article("quay").version, again.citations[0].version) == (2, 2)
    conversation = workspace.archive.conversation("quay")
    assert [turn.receipt for turn in conversation.history] == [first.receipt.id, again.receipt.id]
    assert (conversation.created_at, conversation.updated_at) == (first.receipt.created_at, again.receipt.created_at)
    assert [each.note for each in workspace.archive.feedback()] == ["first", "again"]
    replay = workspace.replay(first.receipt.id)
    assert replay.articles[0].what == "changed"
    assert workspace.replay(again.receipt.id).same


def test_a_restart_finds_everything_after_the_clock_was_set_back(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened() -> Workspace:
        return Workspace(settings, light_engines(), Home(settings.home))

    with closing(opened()) as workspace:
        workspace.ingest([read_text("quay", "The quay of Norwick opened on Monday.")])
        receipt = workspace.ask(Question(text="When did the quay of Norwick open?")).receipt
    set_clock(monkeypatch, -400)
    with closing(opened()) as workspace:
        assert workspace.archive.answer(receipt.id).receipt == receipt
        assert workspace.replay(receipt.id).same
        assert workspace.store.faults() == []
