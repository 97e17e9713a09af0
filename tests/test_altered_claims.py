"""Altered claims: one word of a claim exchanged for another of its premise, and what they do to the judgement."""

import difflib
from collections.abc import Sequence

import pytest

from index.search.scored_sentence import ScoredSentence
from index.types import Article, Span
from service.grounding.altered_claims import MAX_ALTERED, altered_claims
from service.grounding.claim_decision import UNCOMPARED
from service.grounding.claim_judge import judge
from service.grounding.entailment import Entailment

CLAIM = "The fire in Porto killed 3 workers on a pier."
PREMISE = "A blaze on 4 May destroyed a warehouse in Lisbon, and 12 sailors were hurt."


def test_one_word_is_exchanged_for_one_of_the_same_kind() -> None:
    copies = altered_claims(CLAIM, PREMISE)
    assert 1 < len(copies) <= MAX_ALTERED
    for copy in copies:
        changes = [each for each in difflib.SequenceMatcher(None, CLAIM.split(), copy.split()).get_opcodes()
                   if each[0] != "equal"]  # fmt: skip
        assert [each[0] for each in changes] == ["replace"]
        before, after = CLAIM.split()[changes[0][1]].strip("."), copy.split()[changes[0][3]].strip(".")
        assert after in PREMISE
        assert before.isdigit() == after.isdigit()
        assert before.istitle() == after.istitle()


def test_the_same_claim_has_the_same_copies_and_a_premise_without_other_words_none() -> None:
    assert altered_claims(CLAIM, PREMISE) == altered_claims(CLAIM, PREMISE)
    assert altered_claims(CLAIM, "The fire killed workers on a pier.") == []


class CarriesWhatItHas:
    """Judge that carries a hypothesis by the share of its words that the premise has, times its sharpness."""

    fingerprint = "share"
    judges_altered = True

    def __init__(self, supported: float) -> None:
        self._supported = supported
        self.asked: list[str] = []

    def __call__(self, pairs: Sequence[tuple[str, str]]) -> list[Entailment]:
        self.asked += [claim for claim, _ in pairs]
        values = [self._supported if claim == CLAIM else 0.1 for claim, _ in pairs]
        return [Entailment(each, 0.0, 1 - each, 0.0, ()) for each in values]


@pytest.mark.parametrize(("supported", "is_compared"), [(0.9, True), (0.01, False)])
def test_only_a_claim_that_may_be_supported_is_compared_with_its_copies(supported: float, is_compared: bool) -> None:
    text = f"{PREMISE} The fire was out by noon."
    article = Article(id="porto", text=text, body=(Span(start=0, end=len(text)),))
    sentence = ScoredSentence(article, 1, Span(start=0, end=len(PREMISE)))
    model = CarriesWhatItHas(supported)
    found = judge(CLAIM, sentence, [sentence], {}, model)
    assert (found.signals["altered"] != UNCOMPARED) == is_compared
    assert (len(model.asked) > 1) == is_compared
    if is_compared:
        assert found.signals["altered"] == pytest.approx(-2.197, abs=0.001)
