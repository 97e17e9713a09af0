"""Where two articles say the same thing with another figure, date or denial: facts about sources, and no verdict."""

from collections.abc import Iterator, Sequence
from itertools import permutations

from service.answering.citations import unmarked
from service.answering.types import Citation, Disagreement
from service.grounding import Support, check

KINDS = frozenset({"number", "date", "negation"})
OTHERWISE = "; it has "
"""How the gate tells of another figure in the same place."""
SAME_STATEMENT = 0.7
"""Share of a sentence's words that another must hold before their disagreement is about one thing."""


def disagreements(citations: Sequence[Citation], supports: Sequence[Support]) -> tuple[Disagreement, ...]:
    """Each pair of sentences from different articles of which one, held against the other, fails on a figure, a date or
    a denial alone; a pair is told once, from the side of the sentence that has more in common with the other."""
    found = sorted(_held(citations, supports), key=lambda each: -each[0])
    told: dict[frozenset[int], Disagreement] = {}
    for _, each in found:
        told.setdefault(frozenset(each.citations), each)
    return tuple(sorted(told.values(), key=lambda each: each.citations))


def _held(citations: Sequence[Citation], supports: Sequence[Support]) -> Iterator[tuple[float, Disagreement]]:
    for (one, mine), (other, theirs) in permutations(zip(citations, supports, strict=True), 2):
        if one.article_id == other.article_id:
            continue
        finding = check(mine.quote, [theirs])
        # A sentence that gives no figure at all says nothing else.
        otherwise = finding.reason == "negation" or OTHERWISE in finding.detail
        if finding.reason in KINDS and otherwise and finding.covered >= SAME_STATEMENT:
            told = unmarked(finding.detail).replace("the claim", f"[{one.number}]")
            reason = told.replace("the evidence", f"[{other.number}]")
            yield finding.covered, Disagreement(citations=(one.number, other.number), reason=reason)
