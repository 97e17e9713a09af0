"""Claim decision: one score of what the entailment model says of each premise, and of the figures that they have."""

from dataclasses import replace

import pytest

from index.search.scored_sentence import ScoredSentence
from index.types import Article, Span
from service.grounding.claim_decision import LIKELY, SUPPORTED, WEIGHTS, Judgement, decide, equal_log_odds
from service.grounding.entailment import Entailment
from service.grounding.premises import Premise

TEXTS = ("The fire in Porto killed 3 people.", "It began on a pier.", "Nobody else was hurt, the port said.")


def premise(text: str) -> Premise:
    article = Article(id="porto", text=text, body=(Span(start=0, end=len(text)),))
    return Premise((ScoredSentence(article, 1, article.body[0]),))


def judged(claim: str, *supported: float) -> Judgement:
    rest = [(1.0 - each) / 3 for each in supported]
    found = [Entailment(each, other, other, other, ()) for each, other in zip(supported, rest, strict=True)]
    return decide(claim, [premise(text) for text in TEXTS[: len(supported)]], found)


def test_premises_are_kept_from_best_to_worst() -> None:
    found = judged("A fire killed people.", 0.2, 0.9, 0.5)
    assert [each.supported for each in found.entailments] == [0.9, 0.5, 0.2]
    assert found.premise.sentences[0].text == TEXTS[1]
    assert found.signals["best"] > found.signals["second"] == pytest.approx(0.0)


def test_a_premise_alone_counts_as_the_second_too() -> None:
    found = judged("A fire killed people.", 0.9)
    assert found.signals["second"] == found.signals["best"]


@pytest.mark.parametrize(
    ("claim", "share"),
    [("The fire killed 3 people.", 1 / 3), ("The fire killed 4 people.", 0.0), ("The fire killed people.", 0.0)],
)
def test_figures_count_by_the_share_of_premises_that_have_them_all(claim: str, share: float) -> None:
    assert judged(claim, 0.5, 0.5, 0.5).signals["figures"] == pytest.approx(share)


def test_more_support_never_lowers_the_score() -> None:
    assert all(WEIGHTS[name] > 0 for name in ("best", "second", "figures"))
    assert LIKELY < SUPPORTED


def test_equal_log_odds_are_those_at_which_equal_premises_reach_a_score() -> None:
    found = judged("A fire killed people.", 0.9, 0.9)
    odds = equal_log_odds(found.score, found.signals["attributed"])
    assert odds == pytest.approx(found.entailment.log_odds)
    assert replace(found, signals={**found.signals, "best": odds + 1}).score > found.score
