"""Doctor: reindexes with the engines that it then checks, and copies a collection without changing it."""

from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from pydantic import SecretStr

from evals.studies.scaling.postgresql_server import PostgresServer
from index.errors import IndexMismatch
from service.cli import service_verbs
from service.cli.service_verbs import doctor
from service.engines import Engines
from service.runtime.home_lock import named_collections, open_home
from service.runtime.settings import Settings
from service.workspace import Workspace
from tests.conftest import light_engines
from tests.test_document_store import story


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    """The settings of each loading of the engines."""
    found: list[Settings] = []

    def load(settings: Settings) -> Engines:
        found.append(settings)
        return light_engines()

    monkeypatch.setattr(service_verbs, "load_engines", load)
    monkeypatch.setattr("service.workspace.load_engines", load)
    return found


@pytest.fixture(params=["sqlite", "postgresql"])
def outdated(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """A collection of one article whose chunks were made with another embedder."""
    server: PostgresServer | None = request.getfixturevalue("postgresql") if request.param == "postgresql" else None
    address = server.new_database() if server else ""
    settings = Settings(home=tmp_path / "home", exact=True, store=SecretStr(address))
    with closing(Workspace(settings, light_engines(), open_home(settings))) as workspace:
        workspace.ingest([story()])
        with workspace.store.ledger.transaction():
            workspace.store.ledger.set_meta("stamp", "other")
    return settings


def run(settings: Settings, *options: str) -> Result:
    return CliRunner().invoke(doctor, options, obj=settings)


def test_the_engines_are_loaded_once(outdated: Settings, loads: list[Settings]) -> None:
    done = run(outdated)
    assert done.exit_code == 0, done.output
    assert "reindexed" in done.output
    assert len(loads) == 1
    with closing(Workspace(outdated, light_engines(), open_home(outdated))) as workspace:
        assert (workspace.store.faults(), workspace.store.chunks.ids()) == ([], ["harbour@1#0"])


def test_a_copy_does_not_reindex_the_original(outdated: Settings, loads: list[Settings], tmp_path: Path) -> None:
    done = run(outdated, "--to", str(tmp_path / "copy"))
    assert isinstance(done.exception, IndexMismatch)
    assert "`footnote doctor`" in str(done.exception)
    assert not list(tmp_path.glob("**/*.bak"))
    again = run(outdated)  # what it finds shows that the copy left it alone
    assert (again.exit_code, "reindexed" in again.output) == (0, True)
    copied = run(outdated, "--to", str(tmp_path / "copy"))
    assert copied.exit_code == 0, copied.output
    assert "row for row" in copied.output


def test_every_collection_is_checked_and_copied_under_its_name(
    outdated: Settings, loads: list[Settings], postgresql: PostgresServer, tmp_path: Path
) -> None:
    with closing(named_collections(outdated)) as named:
        named.add("desk")
    desk = outdated.model_copy(update={"collection": "desk"})
    with closing(Workspace(desk, light_engines(), open_home(desk))) as workspace:
        workspace.ingest([story("The pier of Norwick was painted red in May, the mayor said.")])
    assert "collection desk:" not in run(desk).output  # one alone needs no heading
    done = run(outdated)
    assert done.exit_code == 0, done.output
    assert [line for line in done.output.splitlines() if line.startswith("collection ")] == [
        "collection default:",
        "collection desk:",
    ]
    copied = run(outdated, "--to", postgresql.new_database())
    assert copied.output.count("row for row") == 2, copied.output
    for name in ("default", "desk"):
        there = Settings(home=tmp_path / "back", collection=name, exact=True)
        back = run(outdated, "--to", str(there.home))
        assert back.exit_code == 0, back.output
        with closing(Workspace(there, light_engines(), open_home(there))) as workspace:
            assert ("painted" in workspace.article("harbour").text) is (name == "desk")
    only = run(desk, "--to", str(tmp_path / "one"))
    assert only.exit_code == 0, only.output
    assert not (tmp_path / "one" / "ledger.db").exists()
