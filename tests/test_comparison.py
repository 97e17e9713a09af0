"""Comparison of a run with its baseline: paired by case, with a confidence interval; checks every invariant."""

from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from click.testing import CliRunner

from evals import verbs
from evals.harness.baselines import BASELINES, accept, read_baseline
from evals.harness.comparison import compare, interval
from evals.harness.metric_registry import unregistered
from evals.harness.reporting import as_junit, as_markdown, as_page, comparison_text
from evals.harness.reporting.failures import failed
from evals.harness.summary import CaseResult, Report, RunInfo, assembled
from evals.studies.reproducibility import differences
from index.errors import InputError
from service.cli import footnote

NAMES = ("answer_accuracy", "wrongly_refused", "cited_sentences")


def report(right: int, of: int = 40, *, cited: float = 1.0, hostile: str = "") -> Report:
    """Return a report whose first `right` cases are answered correctly and the others refused."""
    cases = [
        CaseResult(
            id=f"case-{i}",
            type="fact",
            tags=("held",) if i % 2 else ("dev",),
            question=f"Who was number {i}?",
            verdict="answered" if i < right else "not_in_corpus",
            text=f"It was {i}. {hostile}" if i < right else "Not answered.",
            expected=(str(i),),
            chance=i / of,
            seconds=0.1 * i,
            scores={
                "answer_accuracy": float(i < right),
                "wrongly_refused": float(i >= right),
                "cited_sentences": cited if i == 0 else 1.0,
            },
            reasons={"answer_accuracy": "because"},
        )
        for i in range(of)
    ]
    return assembled(RunInfo("made", "auto", "r", "e", "m"), cases, NAMES)


def verdicts(now: Report, folder: Path) -> dict[str, str]:
    return {change.measure: change.verdict for change in compare(now, folder).changes}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    accept(report(30), tmp_path)
    return tmp_path


def test_a_share_that_the_baseline_rounds_is_no_flip(tmp_path: Path) -> None:
    thirds = report(30).model_copy(
        update={"cases": tuple(c.model_copy(update={"scores": {"answer_accuracy": 2 / 3}}) for c in report(30).cases)}
    )
    accept(thirds, tmp_path)
    assert compare(thirds, tmp_path).flips == ()


def test_the_same_run_changes_nothing(folder: Path) -> None:
    found = compare(report(30), folder)
    assert (found.failures, found.flips, found.notes) == ((), (), ())
    assert set(verdicts(report(30), folder).values()) == {"same"}


@pytest.mark.parametrize(
    ("right", "verdict"), [(20, "fell"), (26, "fell"), (29, "within error"), (31, "within error"), (38, "rose")]
)
def test_a_fall_fails_only_when_chance_does_not_explain_it(folder: Path, right: int, verdict: str) -> None:
    assert verdicts(report(right), folder)["answer_accuracy"] == verdict
    assert bool(compare(report(right), folder).failures) == (verdict == "fell")


def test_a_metric_that_is_better_low_fails_when_it_rises(folder: Path) -> None:
    assert verdicts(report(20), folder)["wrongly_refused"] == "fell"
    assert verdicts(report(38), folder)["wrongly_refused"] == "rose"


def test_a_flip_shows_both_answers_side_by_side(folder: Path) -> None:
    found = compare(report(29), folder)
    assert [(flip.id, flip.worse, flip.text_before, flip.text_now) for flip in found.flips] == [
        ("case-29", True, "It was 29. ", "Not answered.")
    ]
    assert "then: It was 29." in comparison_text(found)
    assert "| now: Not answered." in comparison_text(found)


def test_one_broken_invariant_fails_and_names_its_case(folder: Path) -> None:
    assert compare(report(30, cited=0.5), folder).failures == (
        "invariant broken: cited_sentences is 0.9875, must be 1: case-0",
    )


def test_a_metric_that_is_gone_and_a_case_with_an_error_fail(folder: Path) -> None:
    run = report(30)
    less = {name: metric for name, metric in run.metrics.items() if "answer_accuracy" not in name}
    assert "answer_accuracy is no longer measured" in compare(run.model_copy(update={"metrics": less}), folder).failures
    broken = run.cases[3].model_copy(update={"error": "EngineCrashed: it died"})
    crashed = run.model_copy(update={"errors": 1, "cases": (*run.cases[:3], broken, *run.cases[4:])})
    assert compare(crashed, folder).failures == ("1 cases ended in an error, the first case-3: EngineCrashed: it died",)


def test_other_cases_and_another_engine_are_noted(folder: Path) -> None:
    run = report(30, of=42)
    found = compare(run.model_copy(update={"cases": run.cases[1:], "engine": "other"}), folder)
    assert found.notes == (
        "2 cases are not in the baseline: accept a run to have them compared",
        "1 cases of the baseline were not run",
        "the baseline's engine was e, this run's is other",
    )


def test_two_runs_differ_in_anything_but_their_times() -> None:
    one, slower = report(30), report(30)
    late = slower.cases[0].model_copy(update={"seconds": 9.0})
    assert differences(one, slower.model_copy(update={"cases": (late, *slower.cases[1:])})) == []
    other = slower.cases[0].model_copy(update={"text": "It was 1."})
    found = differences(one, slower.model_copy(update={"cases": (other, *slower.cases[1:])}))
    assert found == ["case-0: answered: 'It was 0. ' and answered: 'It was 1.'"]
    assert len(differences(one, report(29))) == 5


def test_the_command_takes_one_kind_of_set() -> None:
    for words in (["run"], ["run", "--suite", "seeds", "--tier", "replay"], ["run", "--corpus", "seeds"]):
        assert CliRunner().invoke(footnote, ["eval", *words]).exit_code == 2
    assert CliRunner().invoke(footnote, ["eval", "compare", "--suite", "seeds", "--tier", "replay"]).exit_code == 2


def test_the_interval_is_seeded_and_covers_the_mean() -> None:
    differences = np.array([0.0] * 28 + [-1.0] * 9 + [1.0])
    assert interval([differences]) == interval([differences])
    low, high = interval([differences])
    assert low < differences.mean() < high < 0.0
    assert interval([np.array([-1.0])]) == (-np.inf, np.inf)


def test_a_run_with_a_broken_invariant_or_an_error_is_no_baseline(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="invariant broken"):
        accept(report(30, cited=0.5), tmp_path)
    with pytest.raises(InputError, match="ended in an error"):
        accept(report(30).model_copy(update={"errors": 1}), tmp_path)


def unknown(run: Report, name: str = "unheard_of") -> Report:
    return run.model_copy(update={"metrics": {**run.metrics, name: run.metrics["answer_accuracy"]}})


@pytest.mark.parametrize("name", ["unheard_of", "held_unheard_of"])
def test_a_metric_that_no_imported_module_registers_fails_and_is_no_baseline(folder: Path, name: str) -> None:
    (failure,) = compare(unknown(report(30), name), folder).failures
    assert failure.startswith(f"metric {name!r} is not registered")
    with pytest.raises(InputError, match=f"metric {name!r} is not registered"):
        accept(unknown(report(30), name), folder)


def test_a_metric_of_the_baseline_that_is_no_longer_registered_fails(folder: Path) -> None:
    lines = (folder / "made.jsonl").read_text(encoding="utf-8").replace('"answer_accuracy"', '"unheard_of"')
    (folder / "made.jsonl").write_text(lines, encoding="utf-8")
    assert compare(report(30), folder).failures[0].startswith("metric 'unheard_of' is not registered")


@pytest.mark.parametrize("suite", sorted(path.stem for path in BASELINES.glob("*.jsonl")))
def test_every_metric_of_the_committed_baselines_is_registered(suite: str) -> None:
    kept = read_baseline(suite)
    assert kept is not None
    assert unregistered(kept.metrics) == []


def test_a_baseline_reads_back_and_has_a_line_for_each_case(folder: Path) -> None:
    lines = (folder / "made.jsonl").read_text(encoding="utf-8").splitlines()
    assert sum('"case": ' in line for line in lines) == 40
    kept = read_baseline("made", folder)
    assert kept is not None
    assert kept.cases["case-29"].text == "It was 29. "
    (folder / "made.jsonl").write_text("\n".join([*lines[:3], "{"]), encoding="utf-8")
    with pytest.raises(InputError, match=r"made\.jsonl:4: this is no line"):
        read_baseline("made", folder)


def test_junit_fails_what_is_worse_and_skips_what_was_known(folder: Path) -> None:
    run = report(28, hostile="<b>&\x07")
    suite = ElementTree.fromstring(as_junit([(run, compare(run, folder))]).encode())[0]
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("41", "2", "10")
    assert ElementTree.fromstring(as_junit([(run, None)]).encode())[0].get("failures") == "12"


def test_the_page_is_self_contained_and_says_why_each_case_failed(folder: Path) -> None:
    run = report(28, hostile="<script>alert(1)</script>")
    page = as_page([(run, compare(run, folder))])
    assert "default-src 'none'; style-src 'sha256-" in page
    assert "<script" not in page
    assert not [mark for mark in ("http://", "https://", "src=", "style=", "url(") if mark in page]
    for case in failed(run):
        assert f"<summary>{case.id} (fact): " in page
    assert page.count("answer_accuracy is 0: because") == 12
    assert 'aria-label="Reliability of the refusal"' in page


def test_markdown_leads_with_the_outcome_and_escapes_what_articles_say(folder: Path) -> None:
    run = report(20, hostile="<b>|</b>")
    text = as_markdown(run, compare(run, folder))
    assert "**The gate fails.**" in text.splitlines()[2]
    assert "<b>|" not in text
    assert "| answer_accuracy | answerable:" in text
    assert "| held | " in text


def test_the_command_writes_every_format(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    verbs.REPORTS.mkdir()
    (verbs.REPORTS / "made.json").write_text(report(30).model_dump_json())
    for kind in sorted(verbs.FORMATS):
        done = CliRunner().invoke(footnote, ["eval", "report", "made", "--format", kind, "--output", f"r.{kind}"])
        assert done.exit_code == 0, done.output
        assert "made" in (tmp_path / f"r.{kind}").read_text(encoding="utf-8")
    assert CliRunner().invoke(footnote, ["eval", "report", "absent"]).exit_code == 1
