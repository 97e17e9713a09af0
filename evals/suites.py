"""The project's own suites: to add one, write its cases and a function that runs them, and name both here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

from evals.cases import CASES, CaseRecord, RetrievalCase, read_cases, read_records
from evals.claims import ClaimCase, run_claims
from evals.followups import FollowupCase, run_followups
from evals.retrieving import run_retrieval
from evals.running import Sitting, run_questions
from evals.summarising import Report

SEEDS = Path(__file__).parent.parent / "seeds"

Tier = Literal["replay", "embedded"]
"""`replay`: recorded model replies, no engine loaded; `embedded`: the models that are configured, the small ones unless
another is chosen."""


@dataclass(frozen=True)
class Suite:
    """A fixed set: its articles, its cases, and what is done with them."""

    cases: Path
    read: Callable[[Path], Sequence[CaseRecord]]
    run: Callable[[Sitting, Any], Report]
    """Takes what `read` gives."""
    corpus: Path = SEEDS
    tier: Tier = "embedded"


SUITES: dict[str, Suite] = {
    "seeds": Suite(CASES / "seeds.jsonl", read_cases, run_questions),
    "claims": Suite(CASES / "claims.jsonl", partial(read_records, kind=ClaimCase), run_claims),
    "followups": Suite(CASES / "followups.jsonl", partial(read_records, kind=FollowupCase), run_followups),
    "retrieval": Suite(CASES / "retrieval.jsonl", partial(read_records, kind=RetrievalCase), run_retrieval),
}
