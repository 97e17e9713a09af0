"""Model verbs: `footnote models use` says what it changes, from when on, and what is then sent to a server."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from evals.studies.composing.scripted_server import scripted_server
from service.api.engine_view import engine_view
from service.cli import footnote
from service.models import GENERATOR, default_models_dir
from service.proving.kept_decisions import Decision, JudgeDecision, JudgeResult, keep_decision
from service.runtime.home_lock import choose_model, chosen_model
from service.runtime.settings import Settings
from service.workspace import Workspace
from tests.test_architecture import ROOT

DRAFT = "each claim that is checked, so the sentences of a draft, is sent there"


@pytest.fixture
def address() -> Iterator[str]:
    with scripted_server() as address:
        yield address


@pytest.fixture
def serving(settings: Settings) -> Iterator[str]:
    """A server of the home folder, in a process of its own; yields its address."""
    command = [sys.executable, "-m", "tests.light_server", str(settings.home), "--exact"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    found = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
    assert found, "the server did not start"
    yield found[0]
    process.terminate()
    process.wait(40)
    process.stdout.close()


def use(settings: Settings, *words: str, **environment: str) -> Result:
    names = {f"FOOTNOTE_{name}": value for name, value in environment.items()}
    return CliRunner().invoke(footnote, ["--home", str(settings.home), "models", "use", *words], env=names)


def prove(settings: Settings, name: str) -> None:
    """Keep a decision by which a model may judge."""
    result = JudgeResult(strict=2.0, loose=1.0, accepted=40, likely=50, supported=58, false=58, seconds=1.0)
    embedded = result.model_copy(update={"accepted": 20})
    judging = JudgeDecision(judges=True, reason="", result=result, embedded=embedded)
    keep_decision(settings.models or default_models_dir(), name, Decision(model=name, judging=judging))


def test_a_running_server_switches(settings: Settings, serving: str, address: str) -> None:
    done = use(settings, address)
    assert done.exit_code == 0, done.output
    assert f"writes from now on, also in the server at {serving}" in done.output
    assert "questions and evidence are sent there" in done.output
    assert (
        f"answers stay quotations, except with --style compose, until `footnote models prove {address}`" in done.output
    )
    assert chosen_model(settings.home) == address


def test_a_choice_that_the_running_server_refuses_is_taken_back(settings: Settings, serving: str, address: str) -> None:
    choose_model(settings.home, GENERATOR)
    # Nobody answers at the address that the owner of the lock recorded.
    (Path(settings.home) / "holder.json").write_text('{"pid": 1, "url": "http://127.0.0.1:9"}')
    done = use(settings, address)
    assert done.exit_code == 1
    assert chosen_model(settings.home) == GENERATOR


def test_servers_over_a_database_must_be_restarted(settings: Settings, serving: str, address: str) -> None:
    done = use(settings, address, STORE="postgresql://reader@127.0.0.1:9/none")
    assert done.exit_code == 0, done.output
    assert "restart the servers" in done.output
    assert "from now on" not in done.output
    assert chosen_model(settings.home) == address


def test_a_model_of_the_environment_overrules_the_choice(settings: Settings, address: str) -> None:
    assert "overrules" not in use(settings, address).output
    done = use(settings, address, MODEL=GENERATOR)
    assert f"FOOTNOTE_MODEL overrules this choice at every start: {GENERATOR} writes" in done.output


def test_the_view_names_the_model_that_writes_after_a_start(workspace: Workspace) -> None:
    choose_model(workspace.settings.home, "qwen3-4b")
    assert engine_view(workspace).chosen == "qwen3-4b"
    workspace.settings = workspace.settings.model_copy(update={"model": GENERATOR})
    assert engine_view(workspace).chosen == GENERATOR


def test_a_server_that_judges_is_said_to_get_the_draft(settings: Settings, address: str) -> None:
    assert DRAFT not in use(settings, address).output
    prove(settings, address)
    assert DRAFT in use(settings, address, "--role", "judge").output
    assert DRAFT in use(settings, address).output
    assert "sentences of a draft" in " ".join(use(settings, "--help").output.split())


def test_a_judge_that_does_not_write_is_said_to_wait_for_it(settings: Settings, address: str) -> None:
    prove(settings, address)
    said = f"only while it also writes: `footnote models use {address}`"
    assert said in use(settings, address, "--role", "judge").output
    use(settings, address)
    assert said not in use(settings, address, "--role", "judge").output
