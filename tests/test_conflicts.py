"""Conflicts: disagreeing sources are shown side by side, with the reason."""

import json
from contextlib import closing
from pathlib import Path

import pytest

from index.reading import read_paths
from service.answering.types import Answer, Question
from service.rendering import terminal
from service.runtime.home_lock import Home
from service.runtime.settings import Settings
from service.workspace import Workspace
from tests.conftest import light_engines

GAZETTE = "A blast at the mill in Norwick killed 60 people, the mayor said."


def ask(tmp_path: Path, *texts: str) -> Answer:
    lines = [json.dumps({"id": f"a{i}", "outlet": f"Paper {i}", "text": text}) for i, text in enumerate(texts)]
    (tmp_path / "news.jsonl").write_text("\n".join(lines), encoding="utf-8")
    settings = Settings(home=tmp_path / "home", exact=True)
    with closing(Workspace(settings, light_engines(), Home(settings.home))) as workspace:
        workspace.ingest(read_paths([tmp_path / "news.jsonl"]))
        return workspace.ask(Question(text="How many people were killed by the blast at the mill in Norwick?"))


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ("A blast at the mill in Norwick killed 47 people, the mayor said.", "47"),
        ("The mayor said that 47 people were killed by a blast at the mill in Norwick.", "47"),
    ],
)
def test_another_figure_for_the_same_thing_is_shown_with_both_sources(tmp_path: Path, other: str, words: str) -> None:
    answer = ask(tmp_path, GAZETTE, other)
    (found,) = answer.disagreements
    assert sorted(found.citations) == [1, 2]
    assert words in found.reason
    assert "60" in found.reason
    assert f"sources differ: {found.reason}" in " ".join(terminal.answer(answer).split())


@pytest.mark.parametrize(
    "other",
    [
        "The mayor said that sixty people were killed by a blast at the mill in Norwick.",
        "A fire at the mill in Easton killed 9 people and injured 14 more in its canteen, a doctor said.",
        "A blast at the mill in Norwick killed people, the mayor said.",
    ],
)
def test_what_agrees_or_is_about_something_else_is_no_conflict(tmp_path: Path, other: str) -> None:
    assert ask(tmp_path, GAZETTE, other).disagreements == ()


def test_one_article_does_not_conflict_with_itself(tmp_path: Path) -> None:
    assert (
        ask(tmp_path, f"{GAZETTE} The blast at the mill in Norwick killed 61 people, he said later.").disagreements
        == ()
    )
