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
    found = features(question, evidence)
    fitted = json.loads(FITTED.read_text(encoding="utf-8"))
    chance = probability(fitted["weights"], found)
    return Judgement(answerable=chance >= fitted["threshold"], probability=chance, missing=missing, features=found)


def features(question: str, evidence: Sequence[Evidence]) -> dict[str, float]:
    """The signs the model weighs, each named; `evidence` holds the best few sentences, best first."""
    kind = expects(question)
    return {
        "one": 1.0,
        "relevance": max(found.signals["relevance"] for found in evidence),
        "cosine": max(found.signals["cosine"] for found in evidence),
        "covered_in_context": max(found.signals["covered_in_context"] for found in evidence),
        "unmet_premise": float(all(unmet_premises(question, found) for found in evidence)),
        "wrong_kind": float(not any(offers(kind, question, found.quote) for found in evidence)),
    }


def unmet_premises(question: str, evidence: Evidence) -> list[str]:
    """Names and numbers that the question takes for granted and this evidence, with its surroundings, does not hold."""
    source = evidence.source
    around = " ".join((evidence.quote, evidence.context, source.title.value or "", source.outlet.value or ""))
    return [*unmet_names(question, around), *unmet_numbers(question, around)]


def probability(weights: Mapping[str, float], found: Mapping[str, float]) -> float:
    """The logistic model's value; a feature without a weight does not count."""
    return 1.0 / (1.0 + math.exp(-sum(weight * found.get(name, 0.0) for name, weight in weights.items())))
