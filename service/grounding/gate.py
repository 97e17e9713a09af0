"""Gate: runs the checks on a claim and one evidence sentence at a time; all must pass, and doubt is a failure."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from threading import Lock

from index.types import Record
from service.grounding.alignment import Alignment, align
from service.grounding.check_record import Check
from service.grounding.checks import CHECKS, excluding
from service.grounding.findings import Finding, FindingMessage, fail
from service.grounding.support import Support
from service.language.clauses import main_clauses
from service.language.parsing import MAX_SENTENCE_CHARACTERS, parse
from service.language.quotations import plain

_RUNNING: list[Check] = list(CHECKS)
_REPLACING = Lock()
"""Locked while `running` replaces the checks."""


class Explanation(Record):
    """What every check says of a claim and one support."""

    support: int | None
    """Number of the support, counted from 0; None when there is none."""
    covered: float
    """Share of the claim's content words that the support has."""
    failures: tuple[Finding, ...]
    """All failures of all checks, in the order of the table; none when the support carries the claim."""


def check(claim: str, supports: Sequence[Support], *, without: Collection[str] = ()) -> Finding:
    """Whether the claim is carried by `supports`, each of its clauses by one of them alone.

    The failure reported is that of the support that came nearest. It takes about 3 ms for each new sentence.

    Args:
        without: ids of checks to leave out.

    Raises:
        ValueError: `without` names no check.
    """
    checks = _checks(without)
    if finding := unusable(claim, supports):
        return finding
    whole = _best(claim, supports, checks)
    parts = main_clauses(parse(claim))
    if whole.accepted or len(parts) < 2 or len(supports) < 2:
        return whole
    found = [_best(part, supports, checks) for part in parts]
    if not all(each.accepted for each in found):
        return whole
    carrying = tuple(dict.fromkeys(i for each in found for i in each.supports))
    return Finding(accepted=True, reason="supported", message=FindingMessage.SUPPORTED_IN_PARTS, supports=carrying)


def explain(claim: str, supports: Sequence[Support], *, without: Collection[str] = ()) -> tuple[Explanation, ...]:
    """Every failure of every check for each support, where `check` stops at the first; without supports, that alone.

    Args:
        without: ids of checks to leave out.

    Raises:
        ValueError: `without` names no check.
    """
    checks = _checks(without)
    if not supports and (finding := unusable(claim, supports)):
        return (Explanation(support=None, covered=0.0, failures=(finding,)),)
    return tuple(_explained(claim, number, support, checks) for number, support in enumerate(supports))


@contextmanager
def running(checks: Sequence[Check]) -> Iterator[None]:
    """Context in which `check` and `explain` run these checks only, in the whole process: for experiments.

    Raises:
        RuntimeError: such a context is already entered, in this thread or another.
    """
    if not _REPLACING.acquire(blocking=False):
        raise RuntimeError("the gate already runs replaced checks; leave that context first")
    try:
        _RUNNING[:] = checks
        yield
    finally:
        _RUNNING[:] = CHECKS
        _REPLACING.release()


def _checks(without: Collection[str]) -> Sequence[Check]:
    if without:
        excluding(*without)  # refuses an unknown id
    return [each for each in _RUNNING if each.id not in without]


def unusable(claim: str, supports: Sequence[Support]) -> Finding | None:
    """The finding for a claim that cannot be checked, or that has no evidence; None for any other."""
    if len(claim) > MAX_SENTENCE_CHARACTERS:
        return fail("empty", FindingMessage.TOO_LONG, claimed=f"{len(claim):,}")
    if not any(word.is_content for word in parse(claim).words):
        return fail("empty", FindingMessage.NOTHING_TO_CHECK)
    return None if supports else fail("no_evidence", FindingMessage.NO_EVIDENCE)


def _best(claim: str, supports: Sequence[Support], checks: Sequence[Check]) -> Finding:
    nearest: tuple[int, float, Finding] | None = None
    for number, support in enumerate(supports):
        passed, covered, failure = _run(claim, support, checks)
        if failure is None:
            return Finding(accepted=True, reason="supported", message=FindingMessage.SUPPORTED, supports=(number,))
        if nearest is None or (round(covered, 1), passed) > (round(nearest[1], 1), nearest[0]):
            nearest = (passed, covered, failure.model_copy(update={"supports": (number,), "covered": covered}))
    assert nearest is not None
    return nearest[2]


def _run(claim: str, support: Support, checks: Sequence[Check]) -> tuple[int, float, Finding | None]:
    """The number of checks passed, the share of content words covered, and the first failure."""
    if plain(claim) == plain(support.quote):
        return len(checks), 1.0, None
    alignment = align(claim, support)
    passed, failure = next(_failures(alignment, checks), (len(checks), None))
    return passed, alignment.covered, failure


def _failures(alignment: Alignment, checks: Sequence[Check]) -> Iterator[tuple[int, Finding]]:
    """Every failure with the number of checks before its own, in the order of the table."""
    for number, each in enumerate(checks):
        for failure in each.run(alignment):
            yield number, failure.model_copy(update={"check": each.id})


def _explained(claim: str, number: int, support: Support, checks: Sequence[Check]) -> Explanation:
    if finding := unusable(claim, [support]):
        return Explanation(support=number, covered=0.0, failures=(finding,))
    if plain(claim) == plain(support.quote):
        return Explanation(support=number, covered=1.0, failures=())
    alignment = align(claim, support)
    covered = alignment.covered
    failures = tuple(
        failure.model_copy(update={"supports": (number,), "covered": covered})
        for _, failure in _failures(alignment, checks)
    )
    return Explanation(support=number, covered=covered, failures=failures)
