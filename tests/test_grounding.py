"""Grounding gate: a sentence is shown only if one evidence sentence supports all of it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.grounding import Support, check
from service.grounding.check_negation import negated
from service.language.clauses import has_main_verb
from service.language.parsing import parse

SAID = Support(quote="Mayor Ellen Marsh said the bridge may not open before 12 March.")


def test_a_claim_may_not_be_pieced_together_from_two_sentences() -> None:
    first, second = Support(quote="Norwick was hit by a blast."), Support(quote="The blast in Easton killed 40.")
    assert not check("A blast in Norwick killed 40.", [first, second]).accepted


def test_a_claim_without_content_words_says_nothing() -> None:
    finding = check("It is so.", [SAID])
    assert (finding.accepted, finding.reason, bool(finding.detail)) == (False, "empty", True)


def test_without_evidence_nothing_passes() -> None:
    assert check("Norwick was hit.", []).reason == "no_evidence"


def test_the_support_that_carries_the_claim_is_named() -> None:
    assert check("Norwick was hit by a blast.", [SAID, Support(quote="Norwick was hit by a blast.")]).supports == (1,)


WORDS = (
    "he who which that and or but , . ; “ ” ( ) not no said according to by of for with were been killed attack "
    "allegedly may 60 $10 million Monday 2025 Marsh the a n't if than more 's – from while because so out off why ?"
)


@settings(deadline=None)
@given(st.lists(st.sampled_from(WORDS.split()), max_size=30), st.lists(st.sampled_from(WORDS.split()), max_size=40))
def test_any_heap_of_words_gets_a_verdict(claim: list[str], quote: list[str]) -> None:
    finding = check(" ".join(claim), [Support(quote=" ".join(quote))])
    assert finding.detail


def test_a_claim_that_hangs_on_a_preposition_gets_a_verdict() -> None:
    claim = "How is lap provided by overlapping the admission side port?"
    quote = "With exhaust lead by having the exhaust side slightly shorter, cutting off the admission, it is provided."
    assert check(claim, [Support(quote=quote)]).detail


NETWORK = Support(
    quote="It played a large part in spreading the telegraph.",
    context="Its purpose was to serve towns that could not be joined to the Zelden Line.",
)
LINE = Support(
    quote="It played a large part in spreading the telegraph.",
    context="The Zelden Line was built by the Norwick Company.",
)


def test_a_pronoun_stands_for_what_the_sentence_before_is_about() -> None:
    claim = "{} played a large part in spreading the telegraph."
    assert check(claim.format("The Zelden Line"), [LINE]).accepted
    assert not check(claim.format("The Norwick Company"), [LINE]).accepted
    # That sentence speaks of something named still earlier: its only name is not what it is about.
    assert not check(claim.format("The Zelden Line"), [NETWORK]).accepted


def test_what_stands_in_anothers_place_contradicts_the_evidence() -> None:
    found = check("The canal was no match for the port.", [Support(quote="The port was no match for the canal.")])
    assert (found.reason, found.detail) == ("role", "in the evidence it is 'port', not 'canal', with 'was'")


def test_a_fragment_is_no_statement() -> None:
    assert has_main_verb("The mayor closed the pier.")
    assert not has_main_verb("Ada Rowe, a painter of piers.")
    assert not has_main_verb("The harbour board's list of fees.")


@pytest.mark.parametrize(
    ("text", "word", "is_negated"),
    [
        ("They did not attack the port.", "attack", True),
        ("No attack was launched.", "launched", True),
        ("They left without paying.", "paying", True),
        ("They never launched any attack, and left.", "left", False),
        ("They attacked the port.", "attacked", False),
    ],
)
def test_negation_has_a_scope(text: str, word: str, is_negated: bool) -> None:
    sentence = parse(text)
    (index,) = (w.index for w in sentence.words if w.text == word)
    assert negated(sentence, index) is is_negated
