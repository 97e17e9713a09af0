"""Named collections in both kinds of store: apart from each other, added and removed whole."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Thread

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from evals.studies.scaling.postgresql_server import PostgresServer
from index.embedding import HashEmbedder
from index.errors import CollectionChanged, FootnoteError, HomeInUse, InputError, NotFound
from index.search.reranking import OverlapReader
from index.store.moving import content_digest, move
from index.store.opening import open_store
from service.answering.types import Question
from service.api.app import create_app
from service.briefing.types import BriefRequest
from service.engines import Engines
from service.generation.scripted_generator import ScriptedGenerator
from service.ingestion.ingest import index_fingerprint
from service.ingestion.job_runner import POLL_SECONDS
from service.runtime.home_lock import Home, named_collections, open_home
from service.runtime.settings import Settings
from service.workspace import Workspace
from service.workspaces import Workspaces
from tests.conftest import light_engines
from tests.stores import Stores
from tests.test_document_store import story
from tests.test_equal_processes import until

WHO = "Who closed the harbour of Norwick?"


@pytest.fixture
def settings(stores: Stores, tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", exact=True, store=SecretStr(stores.address()))


@pytest.fixture
def workspaces(settings: Settings) -> Iterator[Workspaces]:
    with closing(Workspaces(settings, light_engines(), open_home(settings))) as opened:
        opened.add("desk")
        opened.add("project-2")
        yield opened


def article_ids(workspace: Workspace) -> list[str]:
    return [each.id for each in workspace.articles(10, 0).articles]


def test_collections_share_no_article_and_no_passage(workspaces: Workspaces) -> None:
    workspaces.open("desk").ingest([story()])
    assert article_ids(workspaces.open("desk")) == ["harbour"]
    for name in ("default", "project-2"):
        other = workspaces.open(name)
        assert article_ids(other) == []
        assert other.store.lexical.search(["harbour"], 5, None) == []
        with pytest.raises(FootnoteError, match="empty"):
            other.ask(Question(text=WHO))


def test_equal_collections_share_no_answer_receipt_conversation_or_brief(workspaces: Workspaces) -> None:
    desk, project = workspaces.open("desk"), workspaces.open("project-2")
    for each in (desk, project):
        each.ingest([story()])
    assert desk.store.revision() == project.store.revision()
    mine, theirs = (each.ask(Question(text=WHO)) for each in (desk, project))
    assert mine.receipt.id != theirs.receipt.id
    turn = desk.ask(Question(text=WHO, conversation="kabul"))
    brief = desk.brief(BriefRequest(topic="The harbour of Norwick"))
    assert desk.brief_archive.brief(brief.receipt.id) == brief
    for look in (
        lambda: project.archive.answer(mine.receipt.id),
        lambda: project.archive.answer(turn.receipt.id),
        lambda: project.archive.conversation("kabul"),
        lambda: project.replay(mine.receipt.id),
        lambda: project.brief_archive.brief(brief.receipt.id),
    ):
        with pytest.raises(NotFound):
            look()
    assert project.archive.conversations(10, 0).conversations == ()
    assert project.brief_archive.briefs(None, 10, 0).total == 0


def test_collections_are_there_after_a_restart(settings: Settings, workspaces: Workspaces) -> None:
    workspaces.open("desk").ingest([story()])
    workspaces.close()
    with closing(Workspaces(settings, light_engines(), open_home(settings))) as again:
        assert again.names() == ["default", "desk", "project-2"]
        assert article_ids(again.open("desk")) == ["harbour"]
    one = settings.model_copy(update={"collection": "desk"})
    with closing(Workspace(one, light_engines(), open_home(one))) as alone:
        assert article_ids(alone) == ["harbour"]


def test_a_removed_collection_leaves_nothing_to_one_of_the_same_name(workspaces: Workspaces) -> None:
    desk = workspaces.open("desk")
    desk.ingest([story()])
    workspaces.remove("desk")
    assert workspaces.find("desk") is None
    with pytest.raises(FootnoteError) as raised:
        desk.articles(10, 0)
    assert "removed" in str(raised.value)
    workspaces.add("desk")
    assert article_ids(workspaces.open("desk")) == []


def test_what_another_process_replaced_is_opened_anew(postgresql: PostgresServer, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, exact=True, store=SecretStr(postgresql.new_database()))
    one, other = (Workspaces(settings, light_engines(), open_home(settings)) for _ in range(2))
    with closing(one), closing(other):
        one.add("desk")
        one.open("desk").ingest([story()])
        assert article_ids(other.open("desk")) == ["harbour"]
        one.remove("desk")
        assert other.find("desk") is None
        one.add("desk")
        assert article_ids(other.open("desk")) == []


def test_what_another_process_removed_is_closed_and_takes_no_job_of_its_successor(
    postgresql: PostgresServer, tmp_path: Path
) -> None:
    settings = Settings(home=tmp_path, exact=True, store=SecretStr(postgresql.new_database()))
    one = Workspaces(settings, light_engines(), open_home(settings))
    other = Workspaces(settings, light_engines(), open_home(settings), runs_jobs=True)
    with closing(one), closing(other):
        client = TestClient(create_app(other))
        one.add("desk")
        assert {other.open().home.collection, other.open("desk").home.collection} == {"default", "desk"}
        one.remove("desk")
        one.add("desk")
        job = one.open("desk").store.jobs.submit([story()])
        time.sleep(2 * POLL_SECONDS)
        assert one.open("desk").store.jobs.get(job.id).state == "queued"
        one.remove("desk")
        assert client.get("/metrics").status_code == 200
        assert [*other.opened()] == ["default"]


def test_an_ingest_into_one_does_not_wait_for_another(workspaces: Workspaces) -> None:
    desk, project = workspaces.open("desk"), workspaces.open("project-2")
    with ThreadPoolExecutor() as pool, desk.store.exclusive():
        assert pool.submit(project.ingest, [story()]).result(timeout=20).new == ("harbour",)


def test_one_collection_is_copied_into_another_beside_it(workspaces: Workspaces) -> None:
    desk, project = workspaces.open("desk").store, workspaces.open("project-2").store
    workspaces.open("desk").ingest([story()])
    assert move(desk, project).articles == 1
    assert content_digest(desk) == content_digest(project)


@pytest.mark.parametrize("name", ["Desk", "a_b", "-a", "a-", "", "a/b", "..", "ü", "a" * 41, "a\n", "default"])
def test_a_name_that_is_none_is_refused(workspaces: Workspaces, name: str) -> None:
    with pytest.raises(InputError, match="name"):
        workspaces.add(name)
    assert workspaces.names() == ["default", "desk", "project-2"]


def test_an_unknown_name_says_which_there_are(workspaces: Workspaces) -> None:
    for ask in (workspaces.open, workspaces.remove):
        with pytest.raises(NotFound, match=r"no collection 'sport'; there are default, desk, project-2; .* add NAME"):
            ask("sport")
    for odd in ("../home", "desk\0", "%", "\ud800"):
        assert workspaces.find(odd) is None
    with pytest.raises(InputError, match="already"):
        workspaces.add("desk")
    with pytest.raises(InputError, match="cannot be removed"):
        workspaces.remove("default")


def test_a_collection_is_opened_alone_only_if_it_is_there(settings: Settings, stores: Stores) -> None:
    wrong = settings.model_copy(update={"collection": "sport"})
    with pytest.raises(NotFound, match="there is only default"):
        open_home(wrong)
    with closing(named_collections(settings)) as named:
        named.add("sport")
    with closing(open_home(wrong)):
        if stores.kind == "sqlite":
            with pytest.raises(HomeInUse):
                open_home(settings)


def test_a_switch_of_the_model_reaches_every_open_collection(workspaces: Workspaces) -> None:
    desk, default = workspaces.open("desk"), workspaces.open()
    before = desk.checker
    default.switch_engine(light_engines("1").generator, composes=False, capable=False)
    assert desk.checker is not before
    workspaces.remove("desk")
    assert len(workspaces.engines.on_switch) == 1


class SwitchedMeanwhile(OverlapReader):
    """A reader during whose first use another thread switches the language model."""

    def __init__(self) -> None:
        self.engines: Engines | None = None
        self.later = ScriptedGenerator(lambda messages: "1")
        self.switching = Thread(target=self._switch)

    def _switch(self) -> None:
        assert self.engines is not None
        self.engines.switch(self.later, composes=False, capable=False)

    @property
    def fingerprint(self) -> str:  # type: ignore[override]
        """Fingerprint, which a workspace asks for while it is opened, between two uses of the language model."""
        engines = self.engines
        if engines is not None and self.switching.ident is None:
            self.switching.start()
            assert until(lambda: engines.generator is self.later)
            self.switching.join(1.0)
        return "overlap"


def test_a_switch_while_a_collection_is_opened_reaches_it(settings: Settings) -> None:
    reader = SwitchedMeanwhile()
    engines = Engines(HashEmbedder(), reader, ScriptedGenerator([]), composes=False)  # type: ignore[arg-type]
    reader.engines = engines
    with closing(Workspace(settings, engines, open_home(settings))) as opened:
        reader.switching.join()
        opened.ingest([story()])
        opened.ask(Question(text=WHO, style="compose"))
        assert reader.later.calls


def test_a_question_under_way_in_a_removed_folder_ends_in_one_line(tmp_path: Path) -> None:
    store = open_store("", tmp_path / "ledger.db", fingerprint=index_fingerprint(HashEmbedder()))
    store.close()
    with pytest.raises(CollectionChanged, match="removed"):
        store.revision()
    with pytest.raises(CollectionChanged, match="removed"), store.ledger.transaction():
        pass


def test_closing_a_home_twice_does_not_forget_its_next_owner(tmp_path: Path) -> None:
    first = Home(tmp_path)
    first.close()
    with closing(Home(tmp_path, url="http://127.0.0.1:1")):
        first.close()
        assert (tmp_path / "holder.json").exists()
