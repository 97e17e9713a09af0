"""Whether the collection answers the question at all."""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from index.search.reranking import idf
from index.search.scored_sentence import ScoredSentence
from index.store.store import DocumentStore
from index.types import Record
from index.words import content_words, stems
from service.answering.query import denies, expects, is_composite, names, offers, unmet_names, unmet_numbers
from service.language.numbers import numbers

FITTED = Path(__file__).with_name("answerability.json")
"""Weights fitted on public questions by `footnote study fit signal-weights`; no seed article was used."""
BEST = 3
"""Of so many sentences one must hold every name and number of a simple question."""


class Answerability(Record):
    """What was concluded, from what."""

    answerable: bool
    probability: float
    """That the best evidence answers the question."""
    missing: tuple[str, ...]
    """Words of the question that no article of the collection holds."""
    features: dict[str, float]


def classify_answerability(question: str, evidence: Sequence[ScoredSentence], store: DocumentStore) -> Answerability:
    """Weigh the evidence by a logistic model over cheap signs; without any evidence the answer is no."""
    counts = store.lexical.document_frequency(content_words(question))
    missing = tuple(word for word, count in counts.items() if not count)
    if not evidence:
        return Answerability(answerable=False, probability=0.0, missing=missing, features={})
    found = features(question, evidence, idf(counts, store.chunks.count()))
    fitted = json.loads(FITTED.read_text(encoding="utf-8"))["composite" if is_composite(question) else "simple"]
    chance = probability(fitted["weights"], found)
    # Nothing in common was right for 1 of 794 answerable questions and for 49 of 600 unanswerable ones.
    answerable = found["shared"] > 0 and chance >= fitted["threshold"]
    return Answerability(answerable=answerable, probability=chance, missing=missing, features=found)


def features(question: str, evidence: Sequence[ScoredSentence], rarity: Mapping[str, float]) -> dict[str, float]:
    """The signs the model weighs, each named.

    Args:
        evidence: every sentence read closely, best first.
        rarity: the weight of each stem of the question.
    """
    best, kind = evidence[:BEST], expects(question)
    return {
        "one": 1.0,
        "relevance": max(found.signals["relevance"] for found in best),
        "cosine": max(found.signals["cosine"] for found in best),
        "covered_in_context": max(found.signals["covered_in_context"] for found in best),
        "shared": _shared(best, rarity),
        "unmet_premise": _unmet_together(question, evidence) if is_composite(question) else _unmet(question, best),
        "unmet_denial": float(denies(question) and not any(denies(found.quote) for found in best)),
        "wrong_kind": float(not any(offers(kind, question, found.quote) for found in best)),
    }


def _shared(best: Sequence[ScoredSentence], rarity: Mapping[str, float]) -> float:
    """The share of the question's own words, by their rarity, that the best sentences hold between them."""
    held = frozenset[str]().union(*(stems(surroundings(found)) for found in best))
    return sum(weight for word, weight in rarity.items() if word in held) / (sum(rarity.values()) or 1.0)


def _unmet(question: str, best: Sequence[ScoredSentence]) -> float:
    """1 when every one of the best sentences lacks a name or number that the question takes for granted."""
    return float(all(unmet_premises(question, surroundings(found)) for found in best))


def _unmet_together(question: str, evidence: Sequence[ScoredSentence]) -> float:
    """The share of the question's names and numbers that all sentences together lack."""
    asked = len(names(question)) + len(numbers(question))
    together = " . ".join(surroundings(found) for found in evidence)
    return len(unmet_premises(question, together)) / max(asked, 1)


def unmet_premises(question: str, text: str) -> list[str]:
    """Names and numbers that the question takes for granted and the text does not hold."""
    return [*unmet_names(question, text), *unmet_numbers(question, text)]


def surroundings(evidence: ScoredSentence) -> str:
    """A sentence with the one before it and what is known of its article."""
    source = evidence.source
    return " ".join((evidence.quote, evidence.context, source.title.value or "", source.outlet.value or ""))


def probability(weights: Mapping[str, float], found: Mapping[str, float]) -> float:
    """The logistic model's value; a feature without a weight does not count."""
    return 1.0 / (1.0 + math.exp(-sum(weight * found.get(name, 0.0) for name, weight in weights.items())))
