"""Claim decision: one calibrated score of several entailments (`footnote study fit claim-decision`)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from index.search.reranking import weigh
from service.grounding.entailment import Entailment
from service.grounding.premises import Premise
from service.language.parsing import parse
from service.language.quantities import Quantity, quantities

FITTED = Path(__file__).with_name("claim_decision.json")
SIGNALS = ("one", "best", "mean", "attributed", "figures_agree")
"""Signals that are weighed; the others are only shown."""
_FITTED = json.loads(FITTED.read_text(encoding="utf-8"))
WEIGHTS: dict[str, float] = _FITTED["weights"]
SUPPORTED: float = _FITTED["supported"]
"""Least score of a supported claim: at most 2 % of the false claims that it was fitted on have it."""
LIKELY: float = _FITTED["likely"]
"""Least score of a likely supported claim: at most 10 % of them have it."""
ROUNDING = 0.1
"""Largest relative difference of two amounts one of which may be the other rounded."""
ATTRIBUTED = 0.0
"""Least mean log-odds of attributed from which a claim may be only somebody's statement."""


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
    agree = _figures_agree(claim, premises)
    signals = {
        "one": 1.0,
        "best": found[0].log_odds,
        "mean": float(np.mean([each.log_odds for each in found])),
        "figures_agree": float(agree is True),
        "figures_differ": float(agree is False),
        "attributed": float(np.mean([each.log_odds_attributed for each in found])),
    }
    return Judgement(tuple(premises[i] for i in order), tuple(found), signals)


def equal_log_odds(score: float, attributed: float) -> float:
    """Return the log-odds at which premises that all say the same reach a score, without figures.

    Args:
        attributed: their log-odds of attributed.
    """
    return (score - WEIGHTS["one"] - WEIGHTS["attributed"] * attributed) / (WEIGHTS["best"] + WEIGHTS["mean"])


def agrees(claimed: Quantity, found: Quantity) -> bool:
    """Whether one of two amounts may be the other one rounded."""
    return abs(claimed.value - found.value) <= ROUNDING * max(abs(claimed.value), abs(found.value))


def _figures_agree(claim: str, premises: Sequence[Premise]) -> bool | None:
    """Whether every amount of the claim agrees with one of the premises; None for a claim without amounts."""
    claimed = quantities(parse(claim))
    if not claimed:
        return None
    sentences = dict.fromkeys(each.text for premise in premises for each in premise.sentences)
    found = [amount for sentence in sentences for amount in quantities(parse(sentence))]
    return all(any(agrees(ours, theirs) for theirs in found) for ours in claimed)
