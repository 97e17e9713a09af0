"""Sentence clustering: group sentences of all articles that make the same statement, in any wording."""

from collections.abc import Sequence
from dataclasses import dataclass

from index.search.scored_sentence import ScoredSentence
from service.grounding import check, support_of
from service.language.numbers import numbers

MIN_OVERLAP = 0.5
"""Overlap coefficient of the stems below which two sentences are never redundant, so nothing else is computed."""
MIN_PARAPHRASE_OVERLAP = 0.75
MIN_PARAPHRASE_COSINE = 0.75
"""Minimum cosine of two sentences that also reach `MIN_PARAPHRASE_OVERLAP`."""
MIN_COSINE_ALONE = 0.85
"""Cosine that makes two sentences redundant if they reach `MIN_OVERLAP`."""


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


def cluster_sentences(sentences: Sequence[ScoredSentence]) -> list[SentenceCluster]:
    """Single-pass clustering: each sentence joins the first cluster whose representative it is redundant with.

    Clusters are in the order of their representatives.
    """
    clusters: list[list[ScoredSentence]] = []
    for sentence in sentences:
        own = next((members for members in clusters if are_redundant(members[0], sentence)), None)
        if own is None:
            clusters.append([sentence])
        else:
            own.append(sentence)
    return [SentenceCluster(members=tuple(members)) for members in clusters]


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
