"""Whether the collection answers the question at all."""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from index.catalogue import Catalogue
from index.types import Evidence, Record
from index.words import content_words, stem, stems

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
    probability = _logistic(fitted["weights"], found)
    return Judgement(
        answerable=probability >= fitted["threshold"], probability=probability, missing=missing, features=found
    )


def features(question: str, evidence: Sequence[Evidence], missing: Sequence[str]) -> dict[str, float]:
    """The signs the model weighs, each named; log-odds are those of the relevance model."""
    asked = content_words(question)
    best = evidence[0]
    held = stems(f"{best.quote} {best.context} {best.source.title.value or ''}")
    covered = sum(stem(word) in held for word in asked)
    second = evidence[1].score if len(evidence) > 1 else best.score - 5.0
    return {
        "one": 1.0,
        "best": best.score,
        "lead": best.score - second,
        "covered": covered / max(len(asked), 1),
        "missing": len(missing) / max(len(asked), 1),
    }


def _logistic(weights: Mapping[str, float], found: Mapping[str, float]) -> float:
    return 1.0 / (1.0 + math.exp(-sum(weight * found.get(name, 0.0) for name, weight in weights.items())))
