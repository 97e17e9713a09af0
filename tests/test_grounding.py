"""The gate: a sentence is shown only when one evidence sentence carries all of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.grounding import Reason, Support, check
from service.language.numbers import numbers

BLAST = Support(
    quote="In 2021, a blast in Norwick killed 40 and injured 90, while in 2019, it struck at a rally in Easton."
)
SAID = Support(quote="Mayor Ellen Marsh said the bridge may not open before 12 March.")
INSIDE = Support(quote="The group has reached the coast.", attribution="the ministry's report stated")


@pytest.mark.parametrize(
    ("claim", "support"),
    [
        ("In 2021, a blast in Norwick killed 40.", BLAST),
        ("A blast in Norwick killed forty and injured ninety.", BLAST),
        ("In 2019, it struck at a rally in Easton.", BLAST),
        ("Mayor Ellen Marsh said the bridge may not open before 12 March.", SAID),
        ("Ellen Marsh said the bridge may not open before 12 March.", SAID),
        ("The group has reached the coast, the ministry's report stated.", INSIDE),
        ("The mayor, Ellen Marsh, said “the bridge may not open”.", SAID),
    ],
)
def test_what_the_evidence_says_is_accepted(claim: str, support: Support) -> None:
    assert check(claim, [support]).accepted


@pytest.mark.parametrize(
    ("claim", "support", "reason"),
    [
        ("In 2021, a blast in Norwick killed 50.", BLAST, "number"),
        ("In 2021, a blast in Norwick killed 90 and injured 40.", BLAST, "number"),
        ("In 2019, a blast in Norwick killed 40.", BLAST, "date"),
        ("A blast in Weston killed 40.", BLAST, "name"),
        ("A blast killed 40 at a rally in Easton.", BLAST, "relation"),
        ("No blast in Norwick killed 40.", BLAST, "negation"),
        ("Mayor Ellen Marsh said the bridge may open before 12 March.", SAID, "negation"),
        ("The bridge may not open before 12 March.", SAID, "speaker"),
        ("Mayor Paul Marsh said the bridge may not open before 12 March.", SAID, "speaker"),
        ("Mayor Ellen Marsh said “the bridge will never open”.", SAID, "quote"),
        ("Mayor Ellen Marsh said the bridge may not open before 13 March.", SAID, "date"),
        ("A blast in Norwick destroyed the old cathedral tower.", BLAST, "words"),
        ("In 2021, a massacre in Norwick killed 40.", BLAST, "words"),
        ("It is so.", BLAST, "empty"),
    ],
)
def test_what_it_does_not_say_is_refused_with_the_reason(claim: str, support: Support, reason: Reason) -> None:
    found = check(claim, [support])
    assert not found.accepted
    assert found.reason == reason
    assert found.detail


def test_a_claim_may_not_be_pieced_together_from_two_sentences() -> None:
    first, second = Support(quote="Norwick was hit by a blast."), Support(quote="The blast in Easton killed 40.")
    assert not check("A blast in Norwick killed 40.", [first, second]).accepted


def test_without_evidence_nothing_passes() -> None:
    assert check("Norwick was hit.", []).reason == "no_evidence"


def test_the_support_that_carries_the_claim_is_named() -> None:
    assert check("Norwick was hit by a blast.", [SAID, Support(quote="Norwick was hit by a blast.")]).supports == (1,)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("sixty people", ("60",)),
        ("twenty-five or thirty five", ("25", "35")),
        ("$10 million and 10 million dollars", ("10000000", "10000000")),
        ("1,250.5 tons", ("1250.5",)),
        ("two hundred", ("200",)),
        ("no one came", ()),
    ],
)
def test_numbers_meet_in_one_spelling(text: str, found: tuple[str, ...]) -> None:
    assert numbers(text) == found


WORDS = (
    "he who which that and or but , . ; “ ” ( ) not no said according to by of for with were been killed attack "
    "allegedly may 60 $10 million Monday 2025 Marsh the a n't if than more 's – from while because so out off why ?"
)


@given(st.lists(st.sampled_from(WORDS.split()), max_size=30), st.lists(st.sampled_from(WORDS.split()), max_size=40))
def test_any_heap_of_words_gets_a_verdict(claim: list[str], quote: list[str]) -> None:
    finding = check(" ".join(claim), [Support(quote=" ".join(quote))])
    assert finding.detail


def test_a_claim_that_hangs_on_a_preposition_gets_a_verdict() -> None:
    claim = "How is lap provided by overlapping the admission side port?"
    quote = "With exhaust lead by having the exhaust side slightly shorter, cutting off the admission, it is provided."
    assert check(claim, [Support(quote=quote)]).detail


RENEWED = Support(
    quote="“The arrest of Anna Berg has renewed allegations that the mayor sheltered her,” a police report said."
)


@pytest.mark.parametrize(
    ("claim", "accepted"),
    [
        ("The arrest of Anna Berg has renewed allegations that the mayor sheltered her.", False),
        ("A police report said the arrest of Anna Berg has renewed allegations that the mayor sheltered her.", True),
        ("The mayor sheltered Anna Berg.", False),
    ],
)
def test_a_voice_inside_a_sentence_does_not_stand_for_the_one_around_it(claim: str, accepted: bool) -> None:
    assert check(claim, [RENEWED]).accepted == accepted


@pytest.mark.parametrize(
    ("evidence", "claim"),
    [
        ("The new pump can be used against floods.", "The new pump is used against floods."),
        ("The yard will allow the ferry to leave.", "The yard allowed the ferry to leave."),
        ("The yard grew, allegedly with the support of the bank.", "The yard grew with the support of the bank."),
        ("The council could close the quay.", "The council closed the quay."),
    ],
)
def test_what_can_or_will_be_is_not_what_is(evidence: str, claim: str) -> None:
    assert check(evidence, [Support(quote=evidence)]).accepted
    found = check(claim, [Support(quote=evidence)])
    assert not found.accepted
    assert found.reason == "hedge"
