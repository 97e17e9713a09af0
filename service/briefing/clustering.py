"""Sentence clustering: find which sentences of all articles make the same statement, in any wording."""

from collections.abc import Sequence
from dataclasses import dataclass

from index.search.scored_sentence import ScoredSentence
from service.grounding import EntailmentModel, check, support_of
from service.language.numbers import numbers

MIN_OVERLAP = 0.5
"""Overlap coefficient of the stems below which two sentences are never redundant, so nothing else is computed."""
MIN_PARAPHRASE_OVERLAP = 0.75
MIN_PARAPHRASE_COSINE = 0.75
"""Minimum cosine of two sentences that also reach `MIN_PARAPHRASE_OVERLAP`."""
MIN_COSINE_ALONE = 0.85
"""Cosine that makes two sentences redundant if they reach `MIN_OVERLAP`."""

MIN_COSINE_JUDGED = 0.62
"""Cosine from which the entailment model decides whether one of two sentences repeats the other."""
MAX_JUDGED = 2
"""Number of nearest chosen sentences that the model compares a candidate with: each pair takes 10 to 20 ms."""
MIN_LOG_ODDS = 0.0
"""Log-odds of entailment from which two sentences that near make the same statement."""


@dataclass(frozen=True)
class SentenceCluster:
    """A cluster of sentences that make the same statement, best first."""

    members: tuple[ScoredSentence, ...]

    @property
    def representative(self) -> ScoredSentence:
        """The best sentence: the one that is shown."""
        return self.members[0]

    @property
    def consistent(self) -> tuple[ScoredSentence, ...]:
        """The members without numbers that are missing from the representative."""
        own = set(numbers(self.representative.text))
        return tuple(each for each in self.members if set(numbers(each.text)) <= own)

    @property
    def origins(self) -> frozenset[str]:
        """The ids of the independent origins of the consistent members."""
        return frozenset().union(*(each.origins for each in self.consistent))


def by_article(clusters: Sequence[SentenceCluster]) -> list[SentenceCluster]:
    """Return the clusters in reading order: by article, that of the best first, each article's as they stand there."""
    rank: dict[str, int] = {}
    for each in clusters:
        rank.setdefault(each.representative.article_id, len(rank))
    return sorted(clusters, key=lambda each: (rank[each.representative.article_id], each.representative.start))


def overlap_coefficient(one: frozenset[str], other: frozenset[str]) -> float:
    """Return the Szymkiewicz-Simpson coefficient: the share of the smaller set that is in the other, from 0 to 1."""
    return len(one & other) / max(1, min(len(one), len(other)))


def are_redundant(one: ScoredSentence, other: ScoredSentence) -> bool:
    """Whether two sentences are near-duplicates or paraphrases, or one entails the other; numbers may differ."""
    overlap = overlap_coefficient(one.stems, other.stems)
    if overlap < MIN_OVERLAP:
        return False
    cosine = float(one.vector @ other.vector)
    if cosine >= MIN_COSINE_ALONE or (cosine >= MIN_PARAPHRASE_COSINE and overlap >= MIN_PARAPHRASE_OVERLAP):
        return True
    return check(one.text, [support_of(other)]).accepted or check(other.text, [support_of(one)]).accepted


class Redundancy:
    """Decides whether sentences repeat each other: by their words, then by entailment in either direction."""

    def __init__(self, model: EntailmentModel | None) -> None:
        self._model = model

    def find(self, sentence: ScoredSentence, chosen: Sequence[ScoredSentence]) -> int | None:
        """Return the position of the chosen sentence that a sentence repeats; None if it says something new."""
        cosines = [float(sentence.vector @ each.vector) for each in chosen]
        nearest = sorted(range(len(chosen)), key=lambda i: -cosines[i])
        by_words = next((i for i in nearest if are_redundant(chosen[i], sentence)), None)
        if by_words is not None or self._model is None:
            return by_words
        near = [i for i in nearest[:MAX_JUDGED] if cosines[i] >= MIN_COSINE_JUDGED]
        near = [i for i in near if not _adds_numbers(sentence, chosen[i])]
        pairs = [pair for i in near for pair in _both_ways(sentence.text, chosen[i].text)]
        judged = self._model(pairs) if pairs else []
        for k, i in enumerate(near):
            if max(each.log_odds for each in judged[2 * k : 2 * k + 2]) >= MIN_LOG_ODDS:
                return i
        return None

    def repeats(self, chosen: ScoredSentence, others: Sequence[ScoredSentence]) -> list[ScoredSentence]:
        """Return the sentences that repeat a chosen one by their words alone."""
        return [each for each in others if are_redundant(chosen, each)]


def _both_ways(one: str, other: str) -> tuple[tuple[str, str], tuple[str, str]]:
    return (one, other), (other, one)


def _adds_numbers(sentence: ScoredSentence, other: ScoredSentence) -> bool:
    return not set(numbers(sentence.text)) <= set(numbers(other.text))
