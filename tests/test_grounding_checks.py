"""Grounding checks: each example of each check, and each check switched off."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from service.grounding import CHECKS, Check, Example, Reason, Support, check, excluding, explain, running

REASONS: dict[str, Reason | None] = {
    "lexical": "words", "names": "name", "quotations": "quote", "numbers": "number",
    "dates": "date", "negation": None, "antonymy": "contrast", "connectives": "contrast", "degree": "contrast",
    "modality": "hedge", "tense": "date", "attribution": "speaker", "attribution_setting": "speaker",
    "semantic_roles": "role", "dependency": "relation", "modifier_attachment": "role",
}  # fmt: skip
"""Machine-readable reason for each check; None for one that has several, so that each of its examples names its own."""


def named(each: Check, example: Example) -> str:
    return f"{each.id}: {example.claim}"


ACCEPTED = [pytest.param(example, id=named(each, example)) for each in CHECKS for example in each.accepts]
REJECTED = [pytest.param(each, example, id=named(each, example)) for each in CHECKS for example in each.rejects]


@pytest.mark.parametrize("example", ACCEPTED)
def test_the_gate_accepts_what_a_check_should_accept(example: Example) -> None:
    finding = check(example.claim, [example.support])
    assert finding.accepted, finding.detail


@pytest.mark.parametrize(("each", "example"), REJECTED)
def test_a_check_rejects_its_examples_before_any_other_does(each: Check, example: Example) -> None:
    finding = check(example.claim, [example.support])
    assert (finding.accepted, finding.check) == (False, each.id), finding.detail
    assert finding.reason == (example.reason or REASONS[each.id])
    assert finding.detail
    assert each.id in {failure.check for failure in explain(example.claim, [example.support])[0].failures}
    assert check(example.evidence, [example.support]).accepted


@pytest.mark.parametrize("each", CHECKS, ids=lambda each: each.id)
def test_each_check_alone_stops_one_of_its_examples(each: Check) -> None:
    assert any(check(example.claim, [example.support], without={each.id}).accepted for example in each.rejects)


def test_every_check_has_its_own_id_and_a_reason() -> None:
    assert [each.id for each in CHECKS] == list(REASONS)


COUNT = Support(quote="A blast in Norwick killed 40.")
WRONG = "A blast in Norwick killed 50."


def test_a_check_can_be_switched_off_for_one_claim() -> None:
    assert not check(WRONG, [COUNT]).accepted
    assert check(WRONG, [COUNT], without={"numbers"}).accepted
    assert explain(WRONG, [COUNT], without={"numbers"})[0].failures == ()


def test_checks_can_be_switched_off_for_a_whole_run() -> None:
    with running(excluding("numbers")):
        assert check(WRONG, [COUNT]).accepted
    assert not check(WRONG, [COUNT]).accepted


def test_checks_are_switched_off_for_one_run_at_a_time() -> None:
    with running(excluding("numbers")):
        with pytest.raises(RuntimeError, match="already"), running(excluding("dates")):
            pass
        assert check(WRONG, [COUNT]).accepted
        with ThreadPoolExecutor(1) as pool, pytest.raises(RuntimeError, match="already"):
            pool.submit(lambda: running(CHECKS).__enter__()).result()
        assert check(WRONG, [COUNT]).accepted
    assert not check(WRONG, [COUNT]).accepted
    with running(excluding("numbers")):
        assert check(WRONG, [COUNT]).accepted


def test_checks_are_switched_on_again_after_an_error() -> None:
    with pytest.raises(ZeroDivisionError), running(excluding("numbers")):
        _ = 1 / 0
    assert not check(WRONG, [COUNT]).accepted
    with running(excluding("numbers")):
        assert check(WRONG, [COUNT]).accepted


def test_a_check_that_does_not_exist_cannot_be_switched_off() -> None:
    with pytest.raises(ValueError, match="'figures'"):
        check(WRONG, [COUNT], without={"figures"})


def test_a_finding_carries_the_values_of_both_sides() -> None:
    finding = check(WRONG, [COUNT])
    assert (finding.check, finding.claimed, finding.found) == ("numbers", ("50",), ("40",))
    assert finding.detail == "the evidence has no 50; it has 40"
    assert finding.render(evidence="[2]") == "[2] has no 50; it has 40"


def test_explain_reports_every_failure_for_every_support() -> None:
    other = Support(quote="A blast in Norwick killed 60 on Monday.")
    found = explain("A blast in Weston killed 50 and 70 on Friday.", [COUNT, other])
    assert [each.support for each in found] == [0, 1]
    assert [(f.check, f.claimed) for f in found[1].failures][:4] == [
        ("names", ("Weston",)), ("numbers", ("50",)), ("numbers", ("70",)), ("dates", ("Friday",)),
    ]  # fmt: skip
    assert explain("A blast in Norwick killed 40.", [COUNT])[0].failures == ()
    assert [f.reason for f in explain("It is so.", [COUNT])[0].failures] == ["empty"]


def test_explain_says_that_there_is_no_evidence() -> None:
    (found,) = explain(WRONG, [])
    assert (found.support, found.covered, [f.reason for f in found.failures]) == (None, 0.0, ["no_evidence"])
    assert found.failures == (check(WRONG, []),)
    assert [f.reason for f in explain("It is so.", [])[0].failures] == ["empty"]
