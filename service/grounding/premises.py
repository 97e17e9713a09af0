"""Premises: the windows of one to five sentences of the article nearest to a claim that it is compared with.

Windows of further articles lose more than they win: the maximum over them finds false claims something to resemble
(evals/LOG.md).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from index.search.reader import passage_head
from index.search.scored_sentence import ScoredSentence

COVERING = (2, 5)
"""Most sentences of the two premises that cover the claim's words."""
MIN_GAIN = 0.5
"""Least weight of the claim's words that each further sentence must add."""


@dataclass(frozen=True)
class Premise:
    """Premise: sentences of one article in the order of its text."""

    sentences: tuple[ScoredSentence, ...]

    @property
    def text(self) -> str:
        """Head (title, outlet, date) and sentences, as the entailment model was trained on them."""
        return passage_head(self.sentences[0].source) + " ".join(each.text for each in self.sentences)


def premises(
    nearest: ScoredSentence, statements: Sequence[ScoredSentence], weights: Mapping[str, float]
) -> list[Premise]:
    """Return the premises for a claim: a sentence, it with its neighbours, and those that cover the claim's words.

    Args:
        nearest: the sentence that is most relevant to the claim.
        statements: all statements of its article in their order.
        weights: weight of each stem of the claim.
    """
    place = next((i for i, each in enumerate(statements) if each.location == nearest.location), None)
    if place is None:
        return [Premise((nearest,))]
    around = range(max(0, place - 1), min(len(statements), place + 2))
    covering = (_covering(statements, weights, most) for most in COVERING)
    return _distinct([statements[i] for i in sorted(group)] for group in ([place], around, *covering))


def _covering(statements: Sequence[ScoredSentence], weights: Mapping[str, float], most: int) -> list[int]:
    """Return the positions of sentences that together cover the weighted words, found greedily."""
    left, chosen = dict(weights), list[int]()
    while len(chosen) < most:
        gains = [sum(left[stem] for stem in each.stems & left.keys()) for each in statements]
        best = max(range(len(statements)), key=lambda i: gains[i])
        if chosen and gains[best] < MIN_GAIN:
            break
        chosen.append(best)
        left = {stem: weight for stem, weight in left.items() if stem not in statements[best].stems}
    return chosen


def _distinct(groups: Iterable[Sequence[ScoredSentence]]) -> list[Premise]:
    found = {tuple(each.location for each in group): Premise(tuple(group)) for group in groups}
    return list(found.values())
