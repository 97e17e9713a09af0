"""Case authoring: drafts from a reader's own articles, and cases from answers that were wrong."""

import json
import re
from pathlib import Path

import click
import pytest
import yaml
from click.testing import CliRunner

from evals.cli import register
from evals.harness.case_drafts import TEMPLATES, as_lines, draft
from evals.harness.cases import Case, read_cases, read_records
from evals.harness.reader_cases import as_case
from evals.harness.text_matching import locate
from index.errors import InputError
from index.reading import read_paths, read_text
from index.types import Article
from service.answering.types import Question
from service.cli import footnote
from service.workspace import Workspace
from tests.conftest import SEEDS

register(footnote)


def articles() -> list[Article]:
    return [each for each in read_paths([SEEDS]) if isinstance(each, Article)]


def test_a_draft_asks_for_the_subject_of_its_sentence() -> None:
    article = read_text("a", "The harbour master Ilse Brandt closed both ferry lines in Norwick on Tuesday morning.")
    (case,) = [each for each in draft([article], 3) if each.answerable]
    assert case.question == "Who or what closed both ferry lines in Norwick on Tuesday morning?"
    assert case.answers == ("harbour master Ilse Brandt",)
    assert not case.accepted


def test_drafts_rest_on_their_articles_and_are_the_same_each_time() -> None:
    cases = draft(articles(), 3)
    texts = {article.id: article.text for article in articles()}
    assert len(cases) >= 6
    assert all(locate(gold, texts[gold.doc_id]) for case in cases for gold in case.evidence)
    assert [case.id for case in cases if not case.answerable]
    assert draft(articles(), 3) == cases


def test_init_writes_drafts_and_templates_and_overwrites_nothing(tmp_path: Path) -> None:
    to = tmp_path / "mine"
    done = CliRunner().invoke(footnote, ["eval", "init", str(SEEDS), "--to", str(to)])
    assert done.exit_code == 0, done.output
    assert {path.name for path in TEMPLATES.iterdir()} < {path.name for path in to.iterdir()}
    with pytest.raises(InputError, match="only drafts"):
        read_cases(to / "cases.jsonl")
    accepted = (to / "cases.jsonl").read_text().replace('"accepted": false', '"accepted": true')
    (to / "cases.jsonl").write_text(accepted)
    assert read_cases(to / "cases.jsonl")
    again = CliRunner().invoke(footnote, ["eval", "init", str(SEEDS), "--to", str(to)])
    assert again.exit_code == 1
    assert "may hold your decisions" in again.output


QUOTE = "In 2023, a bombing in Bajaur killed 60"


def test_a_wrong_answer_becomes_a_case_of_its_day(workspace: Workspace, tmp_path: Path) -> None:
    then = workspace.ask(Question(text="How many did the bombing in Bajaur kill?"))
    case = as_case(workspace, then, answers=["60"], wrong=["30"], quotes=[QUOTE], unanswerable=False)
    assert (case.answers, case.evidence_doc_ids, case.tags) == (("60",), ("001_55475354fd9ac3c6",), ("reader",))
    assert case.as_of == then.receipt.settings["as_of"]
    path = tmp_path / "cases.jsonl"
    path.write_text(as_lines([case]))
    assert read_records(path, Case) == [case]
    assert "wrong_answers" in json.loads(path.read_text())


def test_a_question_that_should_have_been_refused_becomes_an_unanswerable_case(workspace: Workspace) -> None:
    then = workspace.ask(Question(text="How many did the bombing in Bajaur kill?"))
    assert not as_case(workspace, then, answers=[], wrong=[], quotes=[], unanswerable=True).answerable


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "say what is right"),
        ({"answers": ["60"]}, "incomplete: add --evidence"),
        ({"quotes": [QUOTE]}, "incomplete: add --answer"),
        ({"answers": ["60"], "unanswerable": True}, "say what is right"),
        ({"answers": ["61"], "quotes": ["No article says these words"]}, "no article holds 'No article"),
    ],
)
def test_an_incomplete_case_is_refused_in_one_line(workspace: Workspace, given: dict[str, object], says: str) -> None:
    then = workspace.ask(Question(text="How many did the bombing in Bajaur kill?"))
    whole = {"answers": [], "wrong": [], "quotes": [], "unanswerable": False, **given}
    with pytest.raises(InputError, match=says):
        as_case(workspace, then, **whole)  # type: ignore[arg-type]


def test_the_templates_are_yaml_and_name_commands_that_exist() -> None:
    group = footnote.commands["eval"]
    assert isinstance(group, click.Group)
    for template in TEMPLATES.iterdir():
        text = template.read_text(encoding="utf-8")
        assert yaml.safe_load(text)
        verbs = re.findall(r"footnote eval (\w+)(.*)", text)
        assert verbs
        for verb, rest in verbs:
            known = {option for each in group.commands[verb].params for option in each.opts}
            assert set(re.findall(r"--[a-z]+", rest.split("&&")[0])) <= known
