"""Checked drafts as a reader sees them: in a terminal."""

import re

import click
import pytest
from click.testing import CliRunner

from index.types import Filters
from service.checking.types import CheckReport
from service.cli import footnote
from service.cli.query_verbs import COLOURS
from service.rendering.checked_draft import as_text
from service.workspace import Workspace
from tests.test_checking import harbour

__all__ = ["harbour"]

DRAFT = (
    "The accident injured 12 others. The accident killed 5 dockers and injured 12 others. The mayor resigned. "
    "The crane had passed every inspection. The accident killed 5 dockers."
)


@pytest.fixture
def report(harbour: Workspace) -> CheckReport:
    return harbour.check(DRAFT, Filters())


def test_a_summary_says_which_sentences_ask_for_something(report: CheckReport) -> None:
    head = as_text(report).split("\n\n")[0].splitlines()
    assert head[0] == "5 sentences: 1 supported, 1 needs attribution, 2 contradicted, 1 not found"
    assert head[1:] == ["  ” needs attribution: 4", "  ✗ contradicted: 2, 5", "  ? not found: 3"]


def test_only_what_is_contradicted_is_red(report: CheckReport) -> None:
    painted = as_text(report, paint=lambda text, verdict: click.style(text, fg=COLOURS.get(verdict)))
    red = re.findall(r"\x1b\[31m(.*?)\x1b", painted)
    assert set(red) == {"✗", "contradicted", "✗ contradicted"}
    assert click.unstyle(painted) == as_text(report)


def test_the_command_paints_nothing_outside_a_terminal(
    harbour: Workspace, monkeypatch: pytest.MonkeyPatch, report: CheckReport
) -> None:
    monkeypatch.setattr("service.cli.options.own_or_served", lambda settings: harbour)
    found = CliRunner().invoke(footnote, ["check", "-"], input=DRAFT)
    assert found.stdout == as_text(report) + "\n"
