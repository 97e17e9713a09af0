"""Claim decision: one calibrated score of several entailments (`footnote study fit claim-decision`)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from index.search.reranking import weigh
from index.search.scored_sentence import ScoredSentence
from service.grounding.entailment import Entailment
from service.grounding.premises import Premise
from service.language.parsing import parse
from service.language.quantities import Quantity, are_compatible, quantities

FITTED = Path(__file__).with_name("claim_decision.json")
SIGNALS = ("one", "best", "second", "attributed", "figures")
"""Signals that are weighed: of the two best premises, and the share of all that have every figure of the claim."""
OF_LOG_ODDS = ("best", "second")
"""Signals that are log-odds of supported."""
_FITTED = json.loads(FITTED.read_text(encoding="utf-8"))
WEIGHTS: dict[str, float] = _FITTED["weights"]
SUPPORTED: float = _FITTED["supported"]
"""Least score of a supported claim: at most 2 % of the false claims that it was fitted on have it."""
LIKELY: float = _FITTED["likely"]
"""Least score of a likely supported claim: at most 10 % of them have it."""
ATTRIBUTED = 1.0
"""Least mean log-odds of attributed of somebody's statement: of 92 such claims .97 are (evals/LOG.md)."""


@dataclass(frozen=True)
class Judgement:
    """Judgement: the premises of a claim with their entailments, from best to worst, and the score of all together."""

    premises: tuple[Premise, ...]
    entailments: tuple[Entailment, ...]
    signals: dict[str, float]

    @property
    def premise(self) -> Premise:
        """The premise that carries the claim best."""
        return self.premises[0]

    @property
    def entailment(self) -> Entailment:
        """The entailment by that premise."""
        return self.entailments[0]

    @property
    def score(self) -> float:
        """Log-odds that the claim is supported, where half of the claims are."""
        return weigh(WEIGHTS, self.signals)

    @property
    def supported(self) -> bool:
        """Whether the claim is carried at the strict threshold."""
        return self.score >= SUPPORTED

    @property
    def likely(self) -> bool:
        """Whether it is carried at the loose threshold: for comparing by eye, never for showing a composed sentence."""
        return self.score >= LIKELY

    @property
    def attributed(self) -> bool:
        """Whether the premises have the claim only as somebody's statement."""
        return self.signals["attributed"] >= ATTRIBUTED


def decide(claim: str, premises: Sequence[Premise], entailments: Sequence[Entailment]) -> Judgement:
    """Return the judgement of a claim; `premises` must not be empty."""
    order = sorted(range(len(premises)), key=lambda i: -entailments[i].log_odds)
    found = [entailments[i] for i in order]
    odds = [each.log_odds for each in found]
    signals = {
        "one": 1.0,
        "best": odds[0],
        "second": odds[min(1, len(odds) - 1)],
        "figures": _figures(claim, premises),
        "attributed": float(np.mean([each.log_odds_attributed for each in found])),
    }
    return Judgement(tuple(premises[i] for i in order), tuple(found), signals)


def equal_log_odds(score: float, attributed: float) -> float:
    """Return the log-odds at which premises that all say the same reach a score, without figures.

    Args:
        attributed: their log-odds of attributed.
    """
    return (score - WEIGHTS["one"] - WEIGHTS["attributed"] * attributed) / sum(WEIGHTS[name] for name in OF_LOG_ODDS)


def agrees(claimed: Quantity, found: Quantity) -> bool:
    """Whether two amounts are of one unit and both can be right: equal, or rounded and said to be so."""
    return claimed.unit == found.unit and are_compatible(claimed, found)


def _figures(claim: str, premises: Sequence[Premise]) -> float:
    """Return the share of the premises that have every amount of the claim; 0 where it has none."""
    if not quantities(parse(claim)):
        return 0.0
    return float(np.mean([has_every_figure(premise.sentences, claim) for premise in premises]))


def has_every_figure(sentences: Sequence[ScoredSentence], claim: str) -> bool:
    """Whether sentences have every amount of a claim, equal or rounded."""
    found = [amount for each in sentences for amount in quantities(parse(each.text))]
    return all(any(agrees(ours, theirs) for theirs in found) for ours in quantities(parse(claim)))
