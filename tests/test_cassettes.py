"""Cassettes: recorded model outputs, replayed through the pipeline, gate and scorers."""

from pathlib import Path

import pytest

from evals.harness.cases import CASES, Case, read_cases
from evals.harness.comparison import compare
from evals.harness.runner import EvalContext, workspace_over
from evals.harness.suites.cassettes.cassette_format import (
    RecordedQuestion,
    drafts_of,
    read_questions,
    short_names,
    write_questions,
)
from evals.harness.suites.cassettes.player import CassettePlayer, no_engines
from evals.harness.suites.cassettes.recorder import Recorder, record_questions, recording_header
from evals.harness.suites.suite_registry import SEEDS, SEEDS_AS_OF, SUITES
from evals.studies.faults.planted import FAULTS
from evals.studies.faults.trials import run_suite, try_out
from index.errors import InputError
from service.runtime.settings import Settings
from service.workspace import Workspace
from tests.conftest import light_engines

RUN_EVERY = 6
QUICK_FAULTS = (
    "gate-off", "words-ignored", "wrong-offsets", "refusal-off", "stale-prompt",
    "speaker-dropped", "quote-embellished", "worse-sentences",
)  # fmt: skip


@pytest.fixture
def cassette(settings: Settings, tmp_path: Path) -> tuple[Path, list[Case], list[RecordedQuestion]]:
    """Two questions on the seeds, composed by a scripted generator and recorded."""
    cases = read_cases(CASES / "seeds.jsonl")[:2]
    recorder = Recorder(light_engines("1", " The first.", "2", " The second."), {})
    with workspace_over([SEEDS], settings, recorder.engines, recorder.steps) as workspace:
        head = recording_header(workspace, recorder.engines)
        recorded = record_questions(workspace, recorder, cases, SEEDS_AS_OF, lambda line: None)
    write_questions(head, recorded, tmp_path / "cassette.jsonl")
    return tmp_path / "cassette.jsonl", cases, list(recorded)


def test_a_recording_reads_back_as_it_was_written(cassette: tuple[Path, list[Case], list[RecordedQuestion]]) -> None:
    path, _, recorded = cassette
    head, found = read_questions(path)
    assert list(found.values()) == recorded
    assert set(head.articles) == {"000", "001", "002", "003", "004"}
    assert [each.draft and each.draft.written for each in recorded] == [" The first.", " The second."]
    assert all(each.best for each in recorded)


def test_a_recording_replays_to_the_same_answer(
    cassette: tuple[Path, list[Case], list[RecordedQuestion]], workspace: Workspace
) -> None:
    path, cases, _ = cassette
    seen = CassettePlayer(EvalContext("cassette", workspace, light_engines()), path).observe(cases[1], "compose")
    assert seen.answer is not None
    assert [withheld.text for withheld in seen.answer.withheld] in ([], ["The second."])
    assert seen.answer.receipt.replies in ((), ("[2] The second.",))
    assert seen.probability is not None


def test_a_recorded_prompt_is_not_written_to_again(cassette: tuple[Path, list[Case], list[RecordedQuestion]]) -> None:
    path, cases, recorded = cassette
    known = drafts_of(light_engines().generator.engine, path)
    recorder = Recorder(light_engines(), known)
    with workspace_over([SEEDS], Settings(), recorder.engines, recorder.steps) as workspace:
        again = record_questions(workspace, recorder, cases, SEEDS_AS_OF, lambda line: None)
    assert list(again) == recorded
    other = light_engines().generator.engine.model_copy(update={"digest": "another"})
    assert drafts_of(other, path) == {}


def test_another_prompt_question_or_sentence_asks_for_a_new_recording(
    cassette: tuple[Path, list[Case], list[RecordedQuestion]], workspace: Workspace, tmp_path: Path
) -> None:
    path, cases, _ = cassette
    player = CassettePlayer(EvalContext("cassette", workspace, light_engines()), path)
    other = cases[0].model_copy(update={"question": "Who else?"})
    assert "not recorded as it stands; refresh" in (player.observe(other, "quote").error or "")
    text = path.read_text(encoding="utf-8")
    moved = tmp_path / "moved.jsonl"
    place = next(line for line in text.splitlines() if '"rank": 1' in line).split('"at": "')[1].split('"')[0]
    moved.write_text(text.replace(f'"at": "{place}"', f'"at": "{place}9"'), encoding="utf-8")
    seen = CassettePlayer(EvalContext("cassette", workspace, light_engines()), moved).observe(cases[0], "quote")
    assert "is no sentence any more" in (seen.error or "")
    with pytest.raises(InputError, match=r"cannot be read; refresh the recordings with `footnote eval record`"):
        read_questions(tmp_path / "absent.jsonl")


def test_short_names_tell_articles_apart() -> None:
    assert short_names(["abcd", "abce", "x"]) == {"abcd": "abcd", "abce": "abce", "x": "x"}
    assert short_names(["001_a", "002_b"]) == {"001": "001_a", "002": "002_b"}


def test_the_committed_recordings_fit_the_cases() -> None:
    for name, suite in SUITES.items():
        if suite.tier == "replay":
            with workspace_over(suite.corpus, Settings(), no_engines()) as workspace:
                report = suite.run(
                    EvalContext(name, workspace, no_engines(), as_of=suite.as_of), suite.read(suite.cases)[::20]
                )
            assert (report.errors, compare(report).failures) == (0, ())


@pytest.mark.parametrize(
    "fault", [fault for fault in FAULTS if fault.name in QUICK_FAULTS], ids=lambda fault: fault.name
)
def test_a_planted_fault_is_caught(fault: object) -> None:
    planted = next(each for each in FAULTS if each is fault)
    assert try_out(planted, no_engines(), every=RUN_EVERY).failures


def test_nothing_is_caught_when_nothing_is_planted() -> None:
    assert run_suite("replay-quotes", no_engines(), RUN_EVERY) == ()
