"""Ablation of the gate: the effect of switching off single checks and tables."""

import json
from pathlib import Path

import pytest

from evals.studies.ablation import ablate, as_text, claims_of_file, examples
from evals.studies.gate_tables import Table, emptied, tables
from evals.studies.measured_claims import MeasuredClaim
from index.errors import InputError
from service.grounding import Support, check

EXAMPLES = list(examples())


def table(name: str) -> Table:
    return next(each for each in tables() if each.name == name)


def test_measured_claims_have_the_verdicts_of_the_gate() -> None:
    parts = EXAMPLES[0].model_copy(
        update={
            "claim": "The storm sank a boat and closed the port.",
            "supports": (Support(quote="The storm sank a boat."), Support(quote="The storm closed the port.")),
            "articles": ("", ""),
        }
    )
    for each in (parts, *EXAMPLES[::4]):
        measured = MeasuredClaim(each)
        for without in (set(), {"numbers"}, {"modality", "tense"}):
            assert measured.accepted(without) == check(each.claim, each.supports, without=without).accepted


def test_a_check_and_a_table_are_counted_for_what_they_alone_decide() -> None:
    found = ablate(EXAMPLES, ["numbers", "tense"], [table("check_modality.CONDITIONAL_CONJUNCTIONS")])
    assert [(row.kind, row.name) for row in found.rows] == [
        ("check", "numbers"), ("check", "tense"), ("table", "check_modality.CONDITIONAL_CONJUNCTIONS"),
    ]  # fmt: skip
    assert all(row.stops["examples"] >= 1 and row.decides for row in found.rows)
    (group,) = found.groups
    assert (group.altered_accepted, group.faithful_accepted) == (0, group.faithful)
    assert "tense" in as_text(found)


def test_only_tables_that_functions_read_are_listed() -> None:
    names = {each.name for each in tables()}
    assert "check_connectives.OPPOSED_PAIRS" in names
    assert "check_connectives.OPPOSITE_PREPOSITIONS" not in names
    assert len(names) == len(tables())


@pytest.mark.parametrize("name", ["parsing.NEGATORS", "reporting_verbs.REPORTING_VERBS", "check_tense.TENSES_BEFORE"])
def test_an_emptied_table_is_full_again_afterwards(name: str) -> None:
    claim, support = "No blast in Norwick killed 40.", Support(quote="A blast in Norwick killed 40, Velt said.")
    before = check(claim, [support])
    with emptied(table(name)):
        check(claim, [support])
    assert check(claim, [support]) == before


def test_an_emptied_table_is_empty_wherever_it_was_imported() -> None:
    claim, support = "No blast in Norwick killed 40.", Support(quote="A blast in Norwick killed 40.")
    with emptied(table("parsing.NEGATORS")):
        assert check(claim, [support]).accepted
    assert not check(claim, [support]).accepted


def test_claims_of_a_file_are_labelled(tmp_path: Path) -> None:
    lines = [
        {"claim": "A blast killed 40.", "evidence": "A blast killed 40 people.", "faithful": True},
        {"claim": "A blast killed 50.", "evidence": ["A blast killed 40.", "It rained."], "faithful": False},
    ]
    path = tmp_path / "other.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    first, second = claims_of_file(path)
    assert (first.origin, first.faithful, len(second.supports)) == ("other", True, 2)
    path.write_text('{"claim": "A blast killed 40."}', encoding="utf-8")
    with pytest.raises(InputError, match=r"other\.jsonl:1: .*evidence"):
        list(claims_of_file(path))
