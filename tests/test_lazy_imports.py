"""Lazy imports: a CLI command imports only what it needs; no time is measured."""

import importlib.util
import subprocess
import sys
import tomllib
from contextlib import closing
from importlib.metadata import EntryPoint

import click
import pytest
from click.testing import CliRunner

from evals.cli import register
from index.errors import InputError
from index.reading import read_paths
from index.types import Filters
from service.answering.types import Question
from service.cli import footnote
from service.cli.root import ENTRY_POINTS, VerbGroup, installed_entry_points
from service.runtime.home_lock import Home
from service.runtime.settings import Settings
from service.workspace import Workspace
from tests.conftest import SEEDS, light_engines
from tests.test_architecture import ROOT

register(footnote)

ARTICLE_READERS = "trafilatura lxml cssselect2 tinycss2 pypdfium2 feedparser yaml markdown_it".split()
FETCHING = "httpx httpcore huggingface_hub onnx safetensors".split()
AFTER_START = "spacy chromadb grpc".split()
"""Libraries loaded when a sentence is parsed or an index opened, by a server after its start."""
RARELY_USED = "psycopg datasketch scipy docx mcp kubernetes dateparser llama_cpp".split()
WEB = "fastapi starlette uvicorn prometheus_client".split()
MODELS = "onnxruntime tokenizers numpy".split()
NEVER = [*ARTICLE_READERS, *FETCHING, *AFTER_START, *RARELY_USED]


def imported(program: str) -> set[str]:
    """Return the libraries that a new process has imported after running the program."""
    listing = "import sys\nprint(*{name.partition('.')[0] for name in sys.modules})"
    command = [
        sys.executable,
        "-c",
        f"from service.cli import footnote\nfrom evals.cli import register\nregister(footnote)\n{program}\n{listing}",
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize(
    ("program", "absent"),
    [
        ("footnote(['--help'], standalone_mode=False)", [*NEVER, *WEB, *MODELS]),
        ("assert footnote.get_command(None, 'ask')", [*NEVER, *WEB]),
        ("assert footnote.get_command(None, 'serve')\nimport service.api.server", NEVER),
    ],
    ids=["help", "ask", "serve"],
)
def test_a_verb_imports_no_library_that_only_others_need(program: str, absent: list[str]) -> None:
    assert imported(program) & set(absent) == set()


def test_every_library_named_here_is_installed() -> None:
    """A misspelt name would always be absent; the two exceptions depend on other libraries."""
    names = {*NEVER, *WEB, *MODELS} - {"kubernetes", "dateparser"}
    assert [name for name in sorted(names) if importlib.util.find_spec(name) is None] == []


def test_what_the_help_says_of_each_verb_is_what_the_verb_says() -> None:
    context = click.Context(footnote)
    for name in footnote.list_commands(context):
        found = footnote.get_command(context, name)
        assert found is not None
        said = click.Command(name, help=footnote.lazy[name].help)
        assert said.get_short_help_str(500) == found.get_short_help_str(500)
    assert footnote.commands.keys() == footnote.lazy.keys()


def test_the_project_names_the_entry_point_that_registers_the_verbs_of_evals() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["scripts"] == {"footnote": "service.cli:main"}
    points = project["entry-points"][ENTRY_POINTS]
    group = VerbGroup(entry_points=lambda: [EntryPoint(name, value, ENTRY_POINTS) for name, value in points.items()])
    assert group.list_commands(click.Context(group)) == ["bench", "eval", "study"]


def test_this_distribution_has_the_entry_point_of_evals_alone() -> None:
    assert {entry_point.name for entry_point in installed_entry_points()} == {"evals"}


def refuse(group: VerbGroup) -> None:
    raise InputError("it needs\nanother version")


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("no_such_module:register", "No module named 'no_such_module'"),
        ("evals.cli:no_such_function", "no_such_function"),
        ("tests.test_lazy_imports:refuse", "InputError: it needs another version"),
    ],
)
def test_an_entry_point_that_does_not_load_is_named_in_one_line(value: str, says: str) -> None:
    points = [EntryPoint("broken", value, ENTRY_POINTS), EntryPoint("evals", "evals.cli:register", ENTRY_POINTS)]
    group = VerbGroup("footnote", entry_points=lambda: points)
    done = CliRunner().invoke(group, ["--help"])
    assert done.exit_code == 0, done.output
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"footnote: the verbs of 'broken' ({value}) cannot be loaded: ")
    assert says in line
    assert "study" in done.stdout
    assert group.list_commands(click.Context(group)) == ["bench", "eval", "study"]


def test_entry_points_are_looked_for_when_a_verb_is_not_known_without_them() -> None:
    looks: list[int] = []

    def find() -> list[EntryPoint]:
        looks.append(1)
        return []

    group = VerbGroup(entry_points=find)
    group.add_lazy("service.cli.query_verbs", ask="Answer.")
    group.get_command(click.Context(group), "ask")
    assert looks == []
    assert group.get_command(click.Context(group), "nothing") is None
    assert group.list_commands(click.Context(group)) == ["ask"]
    assert looks == [1]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home folder with the seeds in both stores."""
    settings = Settings(home=tmp_path_factory.mktemp("filled"))
    with closing(Workspace(settings, light_engines(), Home(settings.home))) as workspace:
        workspace.ingest(read_paths([SEEDS]))
    return settings


def test_a_few_questions_open_no_index(filled: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(Workspace(filled, light_engines(), Home(filled.home), reads=True)) as workspace:
        assert workspace.dense is None
        assert workspace.ask(Question(text="Who attacked the rally?")).receipt.settings["exact"] is True
    monkeypatch.setattr("service.workspace.MAX_EXACT_CHUNKS", 0)
    with closing(Workspace(filled, light_engines(), Home(filled.home), reads=True)) as workspace:
        assert workspace.dense is not None


def test_a_server_is_ready_while_its_index_is_opened_and_says_so(filled: Settings) -> None:
    with closing(Workspace(filled, light_engines(), Home(filled.home), wait=600.0)) as workspace:
        found = workspace.readiness()
        assert found.ready
        assert [part.name for part in found.parts if part.degraded] == ["index"]
        assert workspace.search("rally", 3, Filters()).results
