"""Sentences that make one statement brought together, whoever prints them and in whatever words."""

from collections.abc import Sequence
from dataclasses import dataclass

from index.search.scored_sentence import ScoredSentence
from service.grounding import check, support_of
from service.language.numbers import numbers

SHARED = 0.5
"""Share of the shorter sentence's words without which two are not compared any further."""
WORDS_ALIKE, ALIKE = 0.75, 0.75
"""Share of words and cosine that together make two wordings of one statement."""
VERY_ALIKE = 0.85
"""Cosine that does with half of the words."""


@dataclass(frozen=True)
class Group:
    """One statement: its best sentence first."""

    members: tuple[ScoredSentence, ...]

    @property
    def best(self) -> ScoredSentence:
        """The sentence that is shown."""
        return self.members[0]

    @property
    def agreeing(self) -> tuple[ScoredSentence, ...]:
        """Those that give no other figures than the best one does."""
        held = set(numbers(self.best.text))
        return tuple(each for each in self.members if set(numbers(each.text)) <= held)

    @property
    def origins(self) -> frozenset[str]:
        """Whose reporting it is."""
        return frozenset().union(*(each.origins for each in self.agreeing))


def group(found: Sequence[ScoredSentence]) -> list[Group]:
    """Each sentence joins the first group whose best sentence says the same; the order of the best ones is kept."""
    groups: list[list[ScoredSentence]] = []
    for each in found:
        home = next((members for members in groups if same_statement(members[0], each)), None)
        if home is None:
            groups.append([each])
        else:
            home.append(each)
    return [Group(members=tuple(members)) for members in groups]


def overlap(one: frozenset[str], other: frozenset[str]) -> float:
    """The share of the smaller set that the other one holds."""
    return len(one & other) / max(1, min(len(one), len(other)))


def same_statement(one: ScoredSentence, other: ScoredSentence) -> bool:
    """Whether a reader who has read one learns nothing from the other but perhaps another figure."""
    shared = overlap(one.stems, other.stems)
    if shared < SHARED:
        return False
    alike = float(one.vector @ other.vector)
    if alike >= VERY_ALIKE or (alike >= ALIKE and shared >= WORDS_ALIKE):
        return True
    return check(one.text, [support_of(other)]).accepted or check(other.text, [support_of(one)]).accepted
