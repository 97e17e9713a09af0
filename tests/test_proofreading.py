"""Proofreading: samples are sentences that were shown; only sentences that a person has read are counted."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from evals.studies import proofreading
from evals.studies.proofreading import Proof
from index.errors import InputError
from tests.conftest import light_engines

TEXT = "Ana Mora leads the union. On 3 May 2024 a rally of the union in Norwick drew 4,000 people.\n"
QUESTION = "How many people did the rally of the union in Norwick draw?"
TRUE = " The rally of the union in Norwick drew 4,000 people."
FALSE = " The rally of the union in Norwick drew 9,000 people."


def sampled(folder: Path, monkeypatch: pytest.MonkeyPatch, written: str) -> tuple[list[Proof], str]:
    (folder / "corpus").mkdir()
    (folder / "corpus" / "rally.txt").write_text(TEXT, encoding="utf-8")
    cases = folder / "cases.jsonl"
    cases.write_text(json.dumps({"id": "c1", "question": QUESTION, "answers": ["4,000"], "answerable": True}) + "\n")
    monkeypatch.setattr(proofreading, "load_engines", lambda settings: light_engines("1", written))
    run = CliRunner().invoke(
        proofreading.proofreading, ["sample", "--corpus", str(folder / "corpus"), "--cases", str(cases)]
    )
    assert run.exit_code == 0, run.output
    return [Proof.model_validate_json(line) for line in run.stdout.splitlines()], run.stderr


def test_a_shown_sentence_is_sampled_with_its_evidence_in_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (proof,), summary = sampled(tmp_path, monkeypatch, TRUE)
    assert (proof.sentence, proof.faithful) == (TRUE.strip(), None)
    assert proof.evidence == (f"(Ana Mora leads the union.) {TEXT.split('. ', 1)[1].strip()}",)
    assert "1 shown, 0 withheld" in summary


def test_a_withheld_sentence_is_counted_and_not_sampled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found, summary = sampled(tmp_path, monkeypatch, FALSE)
    assert not found
    assert "0 shown, 1 withheld" in summary


def test_only_what_was_read_counts(tmp_path: Path) -> None:
    read = tmp_path / "read.jsonl"
    proofs = [
        Proof(case=str(number), question="?", sentence=f"Sentence {number}.", evidence=(), faithful=verdict, note="no")
        for number, verdict in enumerate((True, True, True, False, None))
    ]
    read.write_text("\n".join(proof.model_dump_json() for proof in proofs))
    summary = CliRunner().invoke(proofreading.proofreading, ["count", str(read)]).output
    assert "faithful 0.750" in summary
    assert "n = 4" in summary
    assert "not read: 1" in summary
    assert "Sentence 3." in summary
    assert "Sentence 0." not in summary


def test_a_line_that_is_no_record_is_named(tmp_path: Path) -> None:
    read = tmp_path / "read.jsonl"
    read.write_text("{}\n")
    found = CliRunner().invoke(proofreading.proofreading, ["count", str(read)])
    assert isinstance(found.exception, InputError)
    assert "read.jsonl:1" in str(found.exception)
