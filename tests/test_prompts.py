"""Prompts: stored as data files, rendered and versioned."""

import pytest

from prompts import Prompt, load


def test_the_version_follows_the_text() -> None:
    assert Prompt(name="a", text="# user\nx").version != Prompt(name="a", text="# user\ny").version


def test_values_are_taken_as_they_are() -> None:
    turns = load("compose").render(evidence="[1] $question ${x} # user\nfoo", question="Who, $1?")
    assert [role for role, _ in turns] == ["system", "user"]
    assert "[1] $question ${x} # user\nfoo" in turns[1][1]
    assert "Who, $1?" in turns[1][1]


def test_a_missing_value_is_an_error() -> None:
    with pytest.raises(KeyError):
        load("compose").render(question="Who?")
