"""Case authoring: drafts from a reader's own articles, and cases from answers that were wrong."""

import json
import re
import shlex
from pathlib import Path
from shutil import copyfile

import click
import pytest
import yaml
from click.testing import CliRunner

from evals.cli import register
from evals.harness.case_lines import as_lines
from evals.harness.cases import Case, read_cases, read_records
from evals.harness.drafting.init_verb import TEMPLATES
from evals.harness.reader_cases import as_case
from index.errors import InputError
from service.answering.types import Question
from service.cli import footnote
from service.workspace import Workspace
from tests.conftest import SEEDS

register(footnote)


@pytest.mark.real_models
def test_init_writes_drafts_and_templates_and_overwrites_nothing(tmp_path: Path) -> None:
    to, corpus = tmp_path / "mine", tmp_path / "articles"
    corpus.mkdir()
    for path in sorted(SEEDS.glob("*.txt"))[:6]:
        copyfile(path, corpus / path.name)
    done = CliRunner().invoke(footnote, ["eval", "init", str(corpus), "--to", str(to)])
    assert done.exit_code == 0, done.output
    assert {path.name for path in TEMPLATES.iterdir()} < {path.name for path in to.iterdir()}
    with pytest.raises(InputError, match="only drafts"):
        read_cases(to / "cases.jsonl")
    again = CliRunner().invoke(footnote, ["eval", "init", str(corpus), "--to", str(to)])
    assert again.exit_code == 1
    assert "may hold your decisions" in again.output


@pytest.mark.real_models
def test_the_commands_that_init_prints_run_over_every_path_whatever_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    one, *others = sorted(SEEDS.glob("*.txt"))[:3]
    (tmp_path / "our archive").mkdir()
    for path in others:
        copyfile(path, tmp_path / "our archive" / path.name)
    copyfile(one, "first one.txt")
    done = CliRunner().invoke(footnote, ["eval", "init", "first one.txt", "our archive", "--to", "our evals"])
    _, run, compare = (shlex.split(line) for line in done.output.splitlines() if line.startswith("  footnote eval"))
    cases = tmp_path / "our evals" / "cases.jsonl"
    cases.write_text(cases.read_text().replace('"accepted": false', '"accepted": true'))
    for words in ([*run, "--limit", "1"], compare):
        done = CliRunner().invoke(footnote, words[1:])
        assert done.exit_code == 0, done.output
    report = json.loads((tmp_path / "reports" / "our evals.json").read_text())
    assert shlex.split(report["inputs"]["command"]) == [*run, "--limit", "1"]
    assert report["inputs"]["corpus_paths"] == ["first one.txt", "our archive"]


DRAFTS = [
    Case(id=f"d{i}", question=f"Who won race {i}?", answerable=True, answers=("Ann",), accepted=False, origin="drafted")
    for i in range(4)
]


def reviewed(path: Path, keys: str) -> tuple[str, dict[str, Case]]:
    done = CliRunner().invoke(footnote, ["eval", "review", str(path)], input=keys)
    assert done.exit_code == 0, done.output
    return done.output, {case.id: case for case in read_records(path, Case)}


def test_a_review_saves_each_decision_and_goes_on_where_it_stopped(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text(as_lines(DRAFTS))
    output, kept = reviewed(path, "a\ns\nr\nWho came first in race 2?\n")
    assert "1 accepted, 1 struck, 2 left" in output
    assert [(case.id, case.accepted) for case in kept.values()] == [("d0", True), ("d2", False), ("d3", False)]
    output, kept = reviewed(path, "a\nx\na\n")
    assert "Who won race 0?" not in output
    assert kept["d2"].question == "Who came first in race 2?"
    assert [case.id for case in read_cases(path)] == ["d0", "d2", "d3"]


def test_a_review_leaves_the_other_lines_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    written = '{"question": "Who won race 9?",  "id": "own", "answerable": false}\n'
    path.write_text(written + as_lines(DRAFTS[:1]))
    reviewed(path, "q\n")
    assert path.read_text() == written + as_lines(DRAFTS[:1])
    reviewed(path, "s\n")
    assert path.read_text() == written


def test_a_review_leaves_other_files_and_the_mode_of_its_own(tmp_path: Path) -> None:
    path, beside = tmp_path / "cases.jsonl", tmp_path / "cases.tmp"
    path.write_text(as_lines(DRAFTS))
    path.chmod(0o664)
    beside.write_text("mine")
    reviewed(path, "a\nq\n")
    assert (beside.read_text(), path.stat().st_mode & 0o777) == ("mine", 0o664)
    assert {each.name for each in tmp_path.iterdir()} == {path.name, beside.name}


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
