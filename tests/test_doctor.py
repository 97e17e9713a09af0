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
from service.runtime.home_lock import open_home
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
