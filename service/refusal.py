"""Whether the collection answers the question at all."""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from index.catalogue import Catalogue
from index.types import Evidence, Record
from index.words import content_words
from service.questions import expects, offers, unmet_names, unmet_numbers

FITTED = Path(__file__).with_name("refusal.json")
"""Weights fitted on public questions by `python -m evals.fitting.refusal`; no seed article was used."""


class Judgement(Record):
    """What was concluded, from what."""

    answerable: bool
    probability: float
    """That the best evidence answers the question."""
    missing: tuple[str, ...]
    """Words of the question that no article of the collection holds."""
    features: dict[str, float]


def judge(question: str, evidence: Sequence[Evidence], catalogue: Catalogue) -> Judgement:
    """Weigh the evidence by a logistic model over cheap signs; without any evidence the answer is no."""
    missing = tuple(word for word, count in catalogue.document_frequency(content_words(question)).items() if not count)
    if not evidence:
        return Judgement(answerable=False, probability=0.0, missing=missing, features={})
    found = features(question, evidence, missing)
    fitted = json.loads(FITTED.read_text(encoding="utf-8"))
    chance = probability(fitted["weights"], found)
    return Judgement(answerable=chance >= fitted["threshold"], probability=chance, missing=missing, features=found)


def features(question: str, evidence: Sequence[Evidence], missing: Sequence[str]) -> dict[str, float]:
    """The signs the model weighs, each named, all of the best sentence unless the name says otherwise."""
    best = evidence[0]
    second = evidence[1].signals["relevance"] if len(evidence) > 1 else best.signals["relevance"] - 2.0
    around = " ".join((best.quote, best.context, best.source.title.value or "", best.source.outlet.value or ""))
    return {
        "one": 1.0,
        "relevance": best.signals["relevance"],
        "lead": best.signals["relevance"] - second,
        "covered": best.signals["covered"],
        "covered_in_context": best.signals["covered_in_context"],
        "cosine": best.signals["cosine"],
        "missing": len(missing) / max(len(content_words(question)), 1),
        "unmet_names": float(min(len(unmet_names(question, around)), 2)),
        "unmet_numbers": float(bool(unmet_numbers(question, around))),
        "wrong_kind": float(not offers(expects(question), question, best.quote)),
    }


def probability(weights: Mapping[str, float], found: Mapping[str, float]) -> float:
    """The logistic model's value; a feature without a weight does not count."""
    return 1.0 / (1.0 + math.exp(-sum(weight * found.get(name, 0.0) for name, weight in weights.items())))
