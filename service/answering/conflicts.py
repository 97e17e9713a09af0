"""Conflict detection: cited articles that differ in a number, a date or a negation; which one is right is left open."""

from collections.abc import Iterator, Sequence
from itertools import permutations

from service.answering.citations import unmarked
from service.answering.types import Citation, Disagreement
from service.grounding import Finding, FindingMessage, Support, check

MIN_COVERED = 0.7
"""Share of a sentence's content words that another must contain for both to be about the same thing."""


def disagreements(citations: Sequence[Citation], supports: Sequence[Support]) -> tuple[Disagreement, ...]:
    """Return each pair of sentences from different articles that differ only in a number, a date or a negation.

    Each pair is reported once, in the direction with the higher word overlap.
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
    """Whether a finding is a conflict: a negation, or two different values; a missing number is not one."""
    return finding.reason == "negation" or finding.message is FindingMessage.OTHER_VALUE
