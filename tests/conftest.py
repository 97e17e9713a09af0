"""Test workspaces: a light one without models and a real one with both, and the language model alone."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from evals.studies.scaling.postgresql_server import PostgresServer
from index.embedding import HashEmbedder
from index.reading import read_paths
from index.search.reranking import OverlapReader
from index.store.store import DocumentStore
from index.types import Article
from service.engines import Engines, load_engines
from service.generation.scripted_generator import ScriptedGenerator
from service.generation.supervisor import LlamaProcess
from service.generation.types import Limits, Message, TextGenerator
from service.models import default_models_dir
from service.runtime.home_lock import Home
from service.runtime.settings import Settings
from service.workspace import Workspace
from tests.stores import Stores

SEEDS = Path(__file__).parent.parent / "seeds"
MODELS = default_models_dir()
GGUF = "SmolLM2-135M-Instruct.Q4_1.gguf"
RIVER = (Message(role="user", content="Tell me in a few words what a river is."),)
BRIDGE = (Message(role="user", content="Why do people build bridges?"),)
SHORT = Limits(max_tokens=16)
Opener = Callable[..., Workspace]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "real_models: loads the embedded models")


@pytest.fixture(autouse=True)
def no_model_by_accident(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Hide the models from tests that are not marked `real_models`, so that these cannot load one unnoticed."""
    if request.node.get_closest_marker("real_models") is None:
        monkeypatch.setenv("FOOTNOTE_MODELS", str(tmp_path_factory.mktemp("no-models")))
    monkeypatch.delenv("FOOTNOTE_HOME", raising=False)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", exact=True)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresServer]:
    """A PostgreSQL server of this test process."""
    server = PostgresServer()
    yield server
    server.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stores]:
    """Both kinds of document store, one after the other; a server is started only when its turn comes."""
    server = request.getfixturevalue("postgresql") if request.param == "postgresql" else None
    found = Stores(request.param, tmp_path, server)
    yield found
    found.close()


@pytest.fixture
def store(stores: Stores) -> DocumentStore:
    """An empty document store of each kind."""
    return stores.open()


def light_engines(*replies: str) -> Engines:
    return Engines(HashEmbedder(), OverlapReader(), ScriptedGenerator(list(replies)), composes=False)


@pytest.fixture
def workspace(settings: Settings) -> Iterator[Workspace]:
    """The seeds with light engines: real ledger, chunking, evidence and gate, but no model."""
    opened = Workspace(settings, light_engines(), Home(settings.home))
    opened.ingest(read_paths([SEEDS]))
    yield opened
    opened.close()


@pytest.fixture
def workspace_of(settings: Settings) -> Iterator[Opener]:
    """Open a workspace with light engines and the given articles."""
    opened: list[Workspace] = []

    def make(*articles: Article) -> Workspace:
        workspace = Workspace(settings, light_engines(), Home(settings.home))
        opened.append(workspace)
        workspace.ingest(articles)
        return workspace

    yield make
    for workspace in opened:
        workspace.close()


@pytest.fixture(scope="session")
def real_engines() -> Iterator[Engines]:
    engines = load_engines(Settings(models=MODELS))
    yield engines
    engines.close()


@pytest.fixture(scope="session")
def real_workspace(real_engines: Engines, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """The seeds with the real models and the real Chroma."""
    settings = Settings(home=tmp_path_factory.mktemp("home"), models=MODELS, kept_answers=0)
    opened = Workspace(settings, real_engines, Home(settings.home))
    opened.ingest(read_paths([SEEDS]))
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def gguf() -> Path:
    found = next(MODELS.glob(f"**/{GGUF}"), None)
    assert found, f"no {GGUF} below {MODELS}: run `make models`"
    return found


@pytest.fixture(scope="module")
def model(gguf: Path) -> Iterator[LlamaProcess]:
    with closing(llama_process(gguf)) as model:
        model.start()
        yield model


def llama_process(path: Path, *, context_tokens: int = 4096, start_timeout: float = 60.0) -> LlamaProcess:
    return LlamaProcess(
        path, name="smollm2", digest="", context_tokens=context_tokens, threads=1, start_timeout=start_timeout
    )


def written(model: TextGenerator, messages: Sequence[Message], limits: Limits = SHORT, prefill: str = "") -> str:
    return "".join(model.stream(messages, limits, prefill=prefill))
