"""Measured claims: labelled claims with the stored result of each check, so that removing one needs no new run."""

from collections.abc import Collection, Sequence

from evals.studies.gate_tables import reaches
from index.types import Record
from service.grounding import CHECKS, Alignment, Check, Support, align, check, unusable
from service.language.aliases import known_names
from service.language.clauses import main_clauses
from service.language.parsing import parse
from service.language.quotations import plain

SHARED = tuple(each.__module__ for each in (align, main_clauses, parse, plain))
"""Modules that run before the checks; if one is changed, every check must run again."""


class LabelledClaim(Record):
    """LabelledClaim: a claim with its evidence, and whether the gate should accept it."""

    origin: str
    claim: str
    supports: tuple[Support, ...]
    articles: tuple[str, ...]
    """Text of each support's article, from which known names are extracted."""
    faithful: bool


class MeasuredClaim:
    """MeasuredClaim: a claim with the ids of the checks that it fails, per clause and support."""

    def __init__(self, labelled: LabelledClaim) -> None:
        self._labelled = labelled
        supports = labelled.supports
        parts = main_clauses(parse(labelled.claim))
        units = (labelled.claim, *(parts if len(parts) > 1 and len(supports) > 1 else ()))
        self._unusable = unusable(labelled.claim, supports) is not None
        self._compared = (
            () if self._unusable else tuple(tuple(_align(unit, each) for each in supports) for unit in units)
        )
        self._failing = [[_failing(each, CHECKS) for each in unit] for unit in self._compared]

    def accepted(self, without: Collection[str] = ()) -> bool:
        """Return the gate's verdict without some checks; with all checks it equals that of `check`."""
        return _accepted([[failing - {*without} for failing in unit] for unit in self._failing])

    def recomputed(self, modules: Sequence[str]) -> bool:
        """Return the verdict after a change in these modules, computing again only what depends on them."""
        if any(reaches(each, modules) for each in SHARED):
            return check(self._labelled.claim, self._supports(modules)).accepted
        affected = [each for each in CHECKS if reaches(each.run.__module__, modules)]
        ids = {each.id for each in affected}
        return _accepted(
            [
                [failing - ids | _failing(alignment, affected) for alignment, failing in zip(unit, known, strict=True)]
                for unit, known in zip(self._compared, self._failing, strict=True)
            ]
        )

    def _supports(self, modules: Sequence[str]) -> tuple[Support, ...]:
        """Return the supports, with the names of their articles extracted again if that code has changed."""
        labelled = self._labelled
        if not reaches(known_names.__module__, modules):
            return labelled.supports
        pairs = zip(labelled.supports, labelled.articles, strict=True)
        return tuple(each.model_copy(update={"known": known_names(article)}) for each, article in pairs)


def _align(claim: str, support: Support) -> Alignment | None:
    """Align claim and support; return None if they are the same text, which no check may reject."""
    return None if plain(claim) == plain(support.quote) else align(claim, support)


def _failing(alignment: Alignment | None, checks: Sequence[Check]) -> frozenset[str]:
    if alignment is None:
        return frozenset()
    return frozenset(each.id for each in checks if next(each.run(alignment), None))


def _accepted(failing: Sequence[Sequence[frozenset[str]]]) -> bool:
    """Whether some support passes for the whole claim (the first unit), or for each clause (the others)."""
    carried = [any(not each for each in unit) for unit in failing]
    return bool(carried) and (carried[0] or (len(carried) > 1 and all(carried[1:])))
