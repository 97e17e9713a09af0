"""Stale runs: a comparison refuses a run of other inputs, and cases without their article are flagged, not scored."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

import index.store
from evals.cli import register
from evals.harness.baselines import accept
from evals.harness.cases import Case, Gold
from evals.harness.comparison import compare
from evals.harness.flagged_cases import run_current
from evals.harness.reporting import as_markdown, as_page, as_text
from evals.harness.run_inputs import RunInputs, code_files, require_current, run_inputs
from evals.harness.runner import EvalContext
from index.errors import InputError
from service.cli import footnote
from service.runtime.settings import Settings
from service.workspace import Workspace

register(footnote)

ARTICLE = "001_55475354fd9ac3c6"
STORE = Path(index.store.__file__).parent
QUOTE = "In 2023, a bombing in Bajaur killed 60"


def case(name: str, article: str = ARTICLE, quote: str = QUOTE) -> Case:
    return Case(
        id=name,
        question="How many did the bombing in Bajaur kill?",
        answerable=True,
        answers=("60",),
        evidence_doc_ids=(article,),
        evidence=(Gold(doc_id=article, quote=quote),),
    )


def test_cases_without_their_article_or_its_words_are_flagged_and_the_others_run(
    workspace: Workspace, tmp_path: Path
) -> None:
    context = EvalContext("mine", workspace, workspace.engines, "quote")
    whole = run_current(context, [case("a"), case("b"), case("c")])
    accept(whole, tmp_path)
    found = run_current(context, [case("a"), case("b", article="gone"), case("c", quote="It killed 61.")])
    assert (found.flagged, [each.id for each in found.cases]) == (("b", "c"), ["a"])
    assert "2 flagged" in as_text(found)
    assert "2 flagged" in as_markdown(found)
    assert "2 flagged" in as_page([(found, None)])
    (note,) = compare(found, tmp_path).notes
    assert note.endswith("removed or changed: b, c")


def test_a_run_without_the_evidence_of_any_case_says_so(workspace: Workspace) -> None:
    with pytest.raises(InputError, match="no article has the evidence of any case"):
        run_current(EvalContext("mine", workspace, workspace.engines, "quote"), [case("b", article="gone")])


@pytest.fixture
def inputs(tmp_path: Path) -> RunInputs:
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "a.txt").write_text("The bridge in Norwick was closed.")
    (tmp_path / "cases.jsonl").write_text("{}\n")
    return run_inputs(
        "footnote eval run --suite mine", tmp_path / "cases.jsonl", [tmp_path / "articles"], Settings(), replayed=True
    )


def test_a_run_of_the_present_inputs_is_compared(inputs: RunInputs) -> None:
    require_current("mine", inputs, Settings())


@pytest.mark.parametrize("name", [".a.txt", "notes.xyz", ".git/a.txt"])
def test_a_file_that_no_reader_reads_is_no_part_of_the_corpus(inputs: RunInputs, tmp_path: Path, name: str) -> None:
    path = tmp_path / "articles" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("Not an article.")
    require_current("mine", inputs, Settings())


def test_migrations_are_part_of_the_code() -> None:
    migrations = [*STORE.rglob("*.sql")]
    assert migrations
    assert {*migrations} <= {*code_files()}


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda folder: (folder / "cases.jsonl").write_text('{"id": "new"}\n'), "cases"),
        (lambda folder: (folder / "articles" / "a.txt").write_text("It was opened."), "corpus"),
        (lambda folder: (folder / "articles" / "a.txt").rename(folder / "articles" / "b.txt"), "corpus"),
        (lambda folder: (folder / "articles" / "b.txt").write_text("More."), "corpus"),
        (lambda folder: (folder / "cases.jsonl").unlink(), "cases"),
    ],
)
def test_a_run_of_other_inputs_is_refused_with_the_command_that_repeats_it(
    inputs: RunInputs, tmp_path: Path, change: Callable[[Path], object], named: str
) -> None:
    change(tmp_path)
    with pytest.raises(InputError, match=f"stale: {named} changed since; run `footnote eval run --suite mine` again"):
        require_current("mine", inputs, Settings())


def test_a_run_of_other_code_is_refused(inputs: RunInputs) -> None:
    with pytest.raises(InputError, match="stale: code changed"):
        require_current("mine", inputs.model_copy(update={"code": "other"}), Settings())


def test_the_verb_refuses_a_stale_run_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run = CliRunner().invoke(footnote, ["eval", "run", "--suite", "replay-claims", "--limit", "3"])
    assert run.exit_code == 0, run.output
    path = tmp_path / "reports" / "replay-claims.json"
    report = json.loads(path.read_text())
    path.write_text(json.dumps(report | {"inputs": report["inputs"] | {"cases": "other"}}))
    path.with_name("other.json").write_text(json.dumps(report | {"unknown": 1}))
    done = CliRunner().invoke(footnote, ["eval", "compare", "--suite", "other", "--baselines", str(tmp_path)])
    assert (done.exit_code, "run 'other' again" in done.output) == (1, True)
    for options in ([], ["--accept"]):
        done = CliRunner().invoke(
            footnote, ["eval", "compare", "--suite", "replay-claims", "--baselines", str(tmp_path), *options]
        )
        assert done.exit_code == 1
        assert "cases changed since; run `footnote eval run --suite replay-claims --limit 3` again" in done.output
