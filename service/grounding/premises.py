"""Premises: the windows of one to five sentences of one article that a claim is compared with."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from index.search.reader import passage_head
from index.search.scored_sentence import ScoredSentence

MAX_PREMISES = 8
"""Number of premises of one claim; each costs one row of a forward pass."""
MAX_SENTENCES = 5
MAX_JOINED = 3
"""Number of premises that join sentences of an article that do not follow each other."""


@dataclass(frozen=True)
class Premise:
    """Premise: sentences of one article in the order of its text."""

    sentences: tuple[ScoredSentence, ...]

    @property
    def text(self) -> str:
        """Head (title, outlet, date) and sentences, as the entailment model was trained on them."""
        return passage_head(self.sentences[0].source) + " ".join(each.text for each in self.sentences)


def premises(ranked: Sequence[ScoredSentence], pool: Sequence[ScoredSentence]) -> list[Premise]:
    """Return the premises for a claim: around each of the best sentences, and the best of each article together.

    Args:
        ranked: the sentences most relevant to the claim, best first.
        pool: all sentences that were retrieved, among which are the neighbours.
    """
    ordered = sorted(pool, key=lambda each: each.location)
    at = {each.location: i for i, each in enumerate(ordered)}
    together: dict[str, list[ScoredSentence]] = {}
    for each in ranked:
        together.setdefault(each.article_id, []).append(each)
    joined = [found[:MAX_SENTENCES] for found in together.values() if len(found) > 1][:MAX_JOINED]
    around = ([ordered[i] for i in _neighbours(ordered, at[each.location])] for each in ranked)
    return _distinct([*joined[:1], *around, *joined[1:]])[:MAX_PREMISES]


def _neighbours(ordered: Sequence[ScoredSentence], i: int) -> list[int]:
    """Return the positions of a sentence and of those directly before and after it."""
    found = [i]
    if i and _follows(ordered[i - 1], ordered[i]):
        found.insert(0, i - 1)
    if i + 1 < len(ordered) and _follows(ordered[i], ordered[i + 1]):
        found.append(i + 1)
    return found


def _follows(first: ScoredSentence, second: ScoredSentence) -> bool:
    same = (first.article_id, first.version) == (second.article_id, second.version)
    return same and not first.article.text[first.end : second.start].strip()


def _distinct(groups: Iterable[Sequence[ScoredSentence]]) -> list[Premise]:
    found: dict[tuple[tuple[str, int, int, int], ...], Premise] = {}
    for group in groups:
        inside = tuple(sorted(group, key=lambda each: each.location))
        found.setdefault(tuple(each.location for each in inside), Premise(inside))
    return list(found.values())
