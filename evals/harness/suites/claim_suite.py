"""Claim suite: measure whether the gate accepts faithful claims and rejects altered ones."""

import time
from collections.abc import Sequence

import numpy as np

from evals.harness.cases import ClaimCase
from evals.harness.metric_registry import ScorerTable, register
from evals.harness.runner import EvalContext
from evals.harness.scores import NOT_APPLICABLE, Score, values
from evals.harness.summary import CaseResult, Report, assembled, quantile
from index.types import Filters
from service.grounding import Finding, check, support_of

scorer = SCORERS = ScorerTable[[ClaimCase, Sequence[str], Finding], Score]()
"""Claim scorers; each gets the case, the evidence quotes that the gate considered, and its finding."""


@scorer(says="faithful claims accepted", flips=True)
def faithful_accepted(case: ClaimCase, quotes: Sequence[str], finding: Finding) -> Score:
    """Faithful claims: 1 if accepted."""
    return Score(value=float(finding.accepted)) if case.faithful else NOT_APPLICABLE


@scorer(says="altered claims rejected", flips=True)
def altered_rejected(case: ClaimCase, quotes: Sequence[str], finding: Finding) -> Score:
    """Altered claims: 1 if rejected."""
    return NOT_APPLICABLE if case.faithful else Score(value=float(not finding.accepted))


@scorer(says="claims that are held against a gold sentence")
def evidence_considered(case: ClaimCase, quotes: Sequence[str], finding: Finding) -> Score:
    """Claims with gold sentences: whether the gate considered one of them."""
    if not case.evidence:
        return NOT_APPLICABLE
    return Score(value=float(any(gold.quote in quotes for gold in case.evidence)))


register("gate_ms_p50", "milliseconds for one claim and one sentence, median", better="neither")


def run_claims(context: EvalContext, cases: Sequence[ClaimCase]) -> Report:
    """Run every claim through the search and gate of `footnote check`, and time the gate."""
    results: list[CaseResult] = []
    times: list[float] = []
    for case in cases:
        considered = context.workspace.checker.evidence(case.claim, Filters(as_of=context.as_of, undated=True))
        started = time.perf_counter()
        finding = check(case.claim, [support_of(each) for each in considered])
        times.append((time.perf_counter() - started) * 1000 / max(1, len(considered)))
        results.append(claim_result(case, [each.quote for each in considered], finding))
        context.progress(case.id)
    timed = {"gate_ms_p50": quantile(np.array(times), 0.5, 0)}
    return assembled(context.info(style="check", engine="none"), results, tuple(SCORERS), timed)


def unanswered(case: ClaimCase, error: str) -> CaseResult:
    """Build the result of a claim that ended in an error."""
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
    """Build the result of one claim: its scores, and the sentences that supported it."""
    scores = values(SCORERS.scores(case, quotes, finding))
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
