"""Desks for tests: a light one without any model, and the real one with both."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from index.embedding import HashEmbedder
from index.evidence import overlap_relevance
from index.reading import read_paths
from service.desk import Desk, Engines, load_engines
from service.generation.script import ScriptedGenerator
from service.home import Home
from service.models import default_models_dir
from service.settings import Settings

SEEDS = Path(__file__).parent.parent / "seeds"
MODELS = default_models_dir()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "real_models: loads the embedded models")


@pytest.fixture(autouse=True)
def no_model_by_accident(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A test that is not marked `real_models` finds no model, so it cannot load one unseen."""
    if request.node.get_closest_marker("real_models") is None:
        monkeypatch.setenv("FOOTNOTE_MODELS", str(tmp_path_factory.mktemp("no-models")))
    monkeypatch.delenv("FOOTNOTE_HOME", raising=False)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", exact=True)


def light_engines(*replies: str) -> Engines:
    return Engines(HashEmbedder(), overlap_relevance, ScriptedGenerator(list(replies)), composes=False)


@pytest.fixture
def desk(settings: Settings) -> Iterator[Desk]:
    """The seeds behind light engines: real ledger, chunking, evidence and gate, no model."""
    opened = Desk(settings, light_engines(), Home(settings.home))
    opened.ingest(read_paths([SEEDS]))
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def real_engines() -> Iterator[Engines]:
    engines = load_engines(Settings(models=MODELS))
    yield engines
    engines.close()


@pytest.fixture(scope="session")
def real_desk(real_engines: Engines, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The seeds behind the real models and the real Chroma."""
    settings = Settings(home=tmp_path_factory.mktemp("home"), models=MODELS)
    opened = Desk(settings, real_engines, Home(settings.home))
    opened.ingest(read_paths([SEEDS]))
    yield opened
    opened.close()
