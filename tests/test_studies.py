"""Command group `footnote study`: lists commands without importing them, under the names they define."""

import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from evals.studies.fitting.fit_verb import fit
from evals.studies.study_verb import study
from service.cli import footnote
from service.cli.root import VerbGroup


@pytest.mark.parametrize("group", [study, fit], ids=lambda group: str(group.name))
def test_what_the_list_says_of_each_study_is_what_the_study_says(group: VerbGroup) -> None:
    context = click.Context(group)
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        assert found is not None
        listed = click.Command(name, help=group.lazy[name].help)
        assert listed.get_short_help_str(500) == found.get_short_help_str(500)
    assert group.commands.keys() == group.lazy.keys()


def test_the_list_of_studies_imports_none_of_them() -> None:
    program = (
        "import sys; from evals.cli import register; from service.cli import footnote; register(footnote);"
        "footnote(['study', '--help'], standalone_mode=False); print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "page-latency" in done.stdout
    modules = {name for name in done.stderr.split() if name.startswith("evals.")}
    assert modules == {"evals.cli", "evals.studies", "evals.studies.study_verb"}


@pytest.mark.parametrize("judge", ["reader", "entailment"])
def test_a_judge_is_trained_by_another_python_which_must_have_pytorch(judge: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "evals", "study", "fit", judge, "--python", sys.executable, "--seed", "3"]
    command += ["--train", str(tmp_path), "--out", str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "No module named 'torch'" in done.stderr
    assert not (tmp_path / "out").exists()


def test_an_unknown_study_is_wrong_usage() -> None:
    assert CliRunner().invoke(footnote, ["study", "unheard-of"]).exit_code == 2
