"""Answerability classifier: decides whether the collection answers a question or the service must abstain."""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from index.search.reranking import idf
from index.search.scored_sentence import ScoredSentence
from index.store.store import DocumentStore
from index.types import Record
from index.words import content_words, stems
from service.answering.query import (
    expected_kind,
    has_kind,
    has_negation,
    is_composite,
    names,
    unmet_names,
    unmet_numbers,
)
from service.answering.question_kind import BROAD_KINDS, kind_of, topic_of
from service.language.judged_language import is_judged
from service.language.numbers import numbers

FITTED = Path(__file__).with_name("answerability.json")
"""Fitted without seed articles: `composite` by `footnote study fit signal-weights`, the others by `answerability`."""
MIN_SHARED_WORDS = 0.4
"""Smallest share of the words (or pairs of characters) of a question in another language that a sentence must have."""
MIN_PROBABILITY = 1e-6
MAX_CERTAINTY = 1 - 1e-4
TOP_SENTENCES = 3
"""Number of best sentences that the features use; one must have all names and numbers of a simple question."""


class Answerability(Record):
    """Answerability of one question: the decision with its probability and features."""

    answerable: bool
    probability: float
    """Probability that the best evidence answers the question."""
    missing: tuple[str, ...]
    """Words of the question's topic that occur in no article of the collection."""
    features: dict[str, float]


def classify_answerability(question: str, evidence: Sequence[ScoredSentence], store: DocumentStore) -> Answerability:
    """Classify by logistic regression over evidence features; a question without evidence is unanswerable."""
    counts = store.lexical.document_frequency(content_words(topic_of(question)))
    missing = tuple(word for word, count in counts.items() if not count)
    if not is_judged(question):
        return _by_words(question, evidence)
    if not evidence:
        return Answerability(answerable=False, probability=0.0, missing=missing, features={})
    found = features(question, evidence, idf(counts, store.chunks.count()))
    every = json.loads(FITTED.read_text(encoding="utf-8"))
    fitted = every[_fitted_for(question)]
    value = probability(fitted["weights"], found)
    # No shared word with the best evidence: 1 of 794 answerable questions, but 49 of 600 unanswerable ones.
    answerable = found["shared"] > 0 and value >= fitted["threshold"]
    if "topic" in fitted:  # the weights for simple questions tell near misses apart, and not what is off topic
        answerable = answerable and probability(every["broad"]["weights"], found) >= fitted["topic"]
    return Answerability(answerable=answerable, probability=value, missing=missing, features=found)


def _fitted_for(question: str) -> str:
    if kind_of(question) in BROAD_KINDS:
        return "broad"
    return "composite" if is_composite(question) else "simple"


def _by_words(question: str, evidence: Sequence[ScoredSentence]) -> Answerability:
    """Classify a question in a language that is not judged: one sentence must have enough of its words."""
    asked = stems(question)
    shared = max((len(asked & stems(each.quote)) / len(asked) for each in evidence if asked), default=0.0)
    return Answerability(answerable=shared >= MIN_SHARED_WORDS, probability=shared, missing=(), features={})


def features(question: str, evidence: Sequence[ScoredSentence], weights: Mapping[str, float]) -> dict[str, float]:
    """Compute the classifier's features by name.

    Args:
        evidence: every reranked sentence, best first; at least one.
        weights: idf of each stem of the question's topic.
    """
    best, kind = evidence[:TOP_SENTENCES], expected_kind(question)
    return {
        "one": 1.0,
        "relevance": max(found.signals["relevance"] for found in best),
        "answers": max(found.signals["answers"] for found in best),
        "first_relevance": evidence[0].signals["relevance"],
        "first_answers": evidence[0].signals["answers"],
        "margin": math.log(max(evidence[0].probability, MIN_PROBABILITY)),
        "cosine": max(found.signals["cosine"] for found in best),
        "covered_in_context": max(found.signals["covered_in_context"] for found in best),
        "shared": _shared(best, weights),
        "unmet_premise": _unmet_together(question, evidence) if is_composite(question) else _unmet(question, best),
        "unmet_denial": float(has_negation(question) and not any(has_negation(found.quote) for found in best)),
        "wrong_kind": float(not any(has_kind(kind, question, found.quote) for found in best)),
    }


def _shared(best: Sequence[ScoredSentence], weights: Mapping[str, float]) -> float:
    """Return the idf-weighted share of the question's words that occur in the best sentences together."""
    found = frozenset[str]().union(*(stems(with_context(each)) for each in best))
    return sum(weight for word, weight in weights.items() if word in found) / (sum(weights.values()) or 1.0)


def _unmet(question: str, best: Sequence[ScoredSentence]) -> float:
    """Return 1 if every one of the best sentences lacks a name or number that the question presupposes, else 0."""
    return float(all(unmet_premises(question, with_context(found)) for found in best))


def _unmet_together(question: str, evidence: Sequence[ScoredSentence]) -> float:
    """Return the share of the question's names and numbers that occur in none of the sentences."""
    asked = len(names(question)) + len(numbers(question))
    together = " . ".join(with_context(found) for found in evidence)
    return len(unmet_premises(question, together)) / max(asked, 1)


def unmet_premises(question: str, text: str) -> list[str]:
    """Return the names and numbers that the question presupposes and the text lacks."""
    return [*unmet_names(question, text), *unmet_numbers(question, text)]


def with_context(evidence: ScoredSentence) -> str:
    """Return a sentence with the text before it, its article's title and its outlet."""
    source = evidence.source
    return " ".join((evidence.quote, evidence.context, source.title.value or "", source.outlet.value or ""))


def probability(weights: Mapping[str, float], found: Mapping[str, float]) -> float:
    """Apply logistic regression: return the probability for these features; features without a weight are ignored."""
    return 1.0 / (1.0 + math.exp(-sum(weight * found.get(name, 0.0) for name, weight in weights.items())))


def log_odds(chance: float) -> float:
    """Return the log-odds of a probability, at most those of MAX_CERTAINTY."""
    bounded = min(max(chance, 1 - MAX_CERTAINTY), MAX_CERTAINTY)
    return math.log(bounded / (1 - bounded))
