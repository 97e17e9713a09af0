"""Suite registry: to add a suite, write its cases and a function that runs them, and register both here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal, get_args

from evals.harness.cases import CASES, CaseRecord, ClaimCase, FollowupCase, RetrievalCase, read_cases, read_records
from evals.harness.runner import EvalContext, run_questions
from evals.harness.suites.briefs.brief_suite import read_briefs, run_briefs
from evals.harness.suites.claim_suite import run_claims
from evals.harness.suites.followup_suite import run_followups
from evals.harness.suites.replay_suites import replay_claims, replay_drafts, replay_quotes
from evals.harness.suites.retrieval_suite import run_retrieval
from evals.harness.summary import Report

SEEDS = Path(__file__).parents[3] / "seeds"
SEEDS_AS_OF = "2026-11-21"
"""As-of date of the seeds; fixed, because recent articles rank higher and a run must not depend on today's date."""

Tier = Literal["replay", "embedded"]
"""`replay`: recorded model outputs, no model loaded; `embedded`: the configured models, by default the small ones."""

TIERS: tuple[Tier, ...] = get_args(Tier)


@dataclass(frozen=True)
class Suite:
    """Suite: the articles, the cases, and the function that runs them."""

    cases: Path
    read: Callable[[Path], Sequence[CaseRecord]]
    run: Callable[[EvalContext, Any], Report]
    """Runs the cases that `read` returns."""
    corpus: Sequence[Path] = (SEEDS,)
    tier: Tier = "embedded"
    as_of: str | None = SEEDS_AS_OF
    """Default as-of date for cases without one; None means today."""


SUITES: dict[str, Suite] = {
    # The cheapest first, so that a failure is seen before any model is loaded.
    "replay-quotes": Suite(CASES / "seeds.jsonl", read_cases, replay_quotes, tier="replay"),
    "replay-drafts": Suite(CASES / "seeds.jsonl", read_cases, replay_drafts, tier="replay"),
    "replay-claims": Suite(CASES / "claims.jsonl", partial(read_records, kind=ClaimCase), replay_claims, tier="replay"),
    "replay-hedges": Suite(CASES / "hedges.jsonl", partial(read_records, kind=ClaimCase), replay_claims, tier="replay"),
    "seeds": Suite(CASES / "seeds.jsonl", read_cases, run_questions),
    "claims": Suite(CASES / "claims.jsonl", partial(read_records, kind=ClaimCase), run_claims),
    "hedges": Suite(CASES / "hedges.jsonl", partial(read_records, kind=ClaimCase), run_claims),
    "followups": Suite(CASES / "followups.jsonl", partial(read_records, kind=FollowupCase), run_followups),
    "briefs": Suite(CASES / "briefs.jsonl", read_briefs, run_briefs),
    "retrieval": Suite(CASES / "retrieval.jsonl", partial(read_records, kind=RetrievalCase), run_retrieval),
}
