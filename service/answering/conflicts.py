"""Conflicts: articles that say the same with another number, date or denial; facts about sources, and no verdict."""

from collections.abc import Iterator, Sequence
from itertools import permutations

from service.answering.citations import unmarked
from service.answering.types import Citation, Disagreement
from service.grounding import Finding, Message, Support, check

MIN_COVERED = 0.7
"""Share of a sentence's content words that another must have for both to be about the same."""


def disagreements(citations: Sequence[Citation], supports: Sequence[Support]) -> tuple[Disagreement, ...]:
    """Each pair of sentences from different articles that differ in a number, a date or a denial alone.

    A pair is reported once, from the side of the sentence that has more in common with the other.
    """
    found = sorted(_conflicts(citations, supports), key=lambda each: -each[0])
    first: dict[frozenset[int], Disagreement] = {}
    for _, each in found:
        first.setdefault(frozenset(each.citations), each)
    return tuple(sorted(first.values(), key=lambda each: each.citations))


def _conflicts(citations: Sequence[Citation], supports: Sequence[Support]) -> Iterator[tuple[float, Disagreement]]:
    for (one, mine), (other, theirs) in permutations(zip(citations, supports, strict=True), 2):
        if one.article_id == other.article_id:
            continue
        finding = check(mine.quote, [theirs])
        if _is_conflict(finding) and finding.covered >= MIN_COVERED:
            reason = finding.render(claim=f"[{one.number}]", evidence=f"[{other.number}]", escape=unmarked)
            yield finding.covered, Disagreement(citations=(one.number, other.number), reason=reason)


def _is_conflict(finding: Finding) -> bool:
    """Whether both sides give a value; a sentence that gives no number at all does not disagree."""
    return finding.reason == "negation" or finding.message is Message.OTHER_VALUE
