"""Command group `footnote study`: lists commands without importing them, under the names they define."""

import subprocess
import sys

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


def test_the_head_is_fitted_by_another_python_with_the_options_it_is_given() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "evals", "study", "fit", "head", "--python", sys.executable, "--seed", "3"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "No module named 'torch'" in done.stderr


def test_an_unknown_study_is_wrong_usage() -> None:
    assert CliRunner().invoke(footnote, ["study", "unheard-of"]).exit_code == 2
