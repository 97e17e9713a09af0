"""Claims against the collection: is what was altered rejected, and what is faithful accepted?"""

import time
from collections.abc import Sequence

import numpy as np
from pydantic import Field

from evals.harness.cases import CaseRecord, Gold
from evals.harness.runner import EvalContext
from evals.harness.summary import CaseResult, Report, quantile
from index.types import Filters
from service.grounding import Finding, check

NAMES = ("faithful_accepted", "altered_rejected", "evidence_considered")


class ClaimCase(CaseRecord):
    """One sentence about the collection, and whether a careful editor would let it pass."""

    claim: str = Field(min_length=1)
    faithful: bool
    kind: str
    evidence: tuple[Gold, ...] = ()
    """The sentences it was made from; none for an invention."""
    made: str = "hand"


def run_claims(context: EvalContext, cases: Sequence[ClaimCase]) -> Report:
    """Every claim through the search and the gate of `footnote check`; an accepted one must rest on some sentence."""
    results: list[CaseResult] = []
    times: list[float] = []
    for case in cases:
        considered = context.workspace.checker.consider(case.claim, Filters(as_of=context.as_of))
        started = time.perf_counter()
        finding = check(case.claim, [each.support for each in considered])
        times.append((time.perf_counter() - started) * 1000 / max(1, len(considered)))
        results.append(claim_result(case, [each.evidence.quote for each in considered], finding))
        context.progress(case.id)
    return context.report(
        results, NAMES, style="check", engine="none", extra={"gate_ms_p50": quantile(np.array(times), 0.5, 0)}
    )


def unanswered(case: ClaimCase, error: str) -> CaseResult:
    """A claim on which the run broke."""
    return CaseResult(
        id=case.id,
        type=case.kind,
        tags=case.tags,
        question=case.claim,
        verdict=None,
        text="",
        scores={},
        reasons={},
        error=error,
    )


def claim_result(case: ClaimCase, quotes: Sequence[str], finding: Finding) -> CaseResult:
    """Whether the gate did as a careful editor would, and which sentences it went by."""
    scores = {"faithful_accepted" if case.faithful else "altered_rejected": float(finding.accepted == case.faithful)}
    if case.evidence:
        scores["evidence_considered"] = float(any(gold.quote in quotes for gold in case.evidence))
    return CaseResult(
        id=case.id,
        type=case.kind,
        tags=case.tags,
        question=case.claim,
        verdict="accepted" if finding.accepted else "rejected",
        text=finding.detail,
        expected=("accepted" if case.faithful else "rejected",),
        cited=tuple(quotes[i] for i in finding.supports),
        gold=tuple(gold.quote for gold in case.evidence),
        scores=scores,
        reasons=dict.fromkeys(scores, finding.reason),
    )
