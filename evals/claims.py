"""Claims against the collection: is what was altered rejected, and what is faithful accepted?"""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from evals.cases import Gold
from evals.scorers import Score
from evals.summarising import CaseResult, Metric, Report, average, current_commit, quantile
from index.errors import InputError
from index.reading import first_problem
from index.types import Filters, utc_now
from service.desk import Desk
from service.grounding import check


class ClaimCase(BaseModel):
    """One sentence about the collection, and whether a careful editor would let it pass."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(min_length=1)
    claim: str = Field(min_length=1)
    faithful: bool
    kind: str
    evidence: tuple[Gold, ...] = ()
    """The sentences it was made from; none for an invention."""
    made: str = "hand"
    tags: tuple[str, ...] = ()


def read_claims(path: Path) -> list[ClaimCase]:
    """The claims of a JSON-lines file.

    Raises:
        InputError: a line is malformed or an id comes twice; with file and line.
    """
    found: dict[str, ClaimCase] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            case = ClaimCase.model_validate_json(line)
        except ValidationError as error:
            raise InputError(f"{path}:{number}: {first_problem(error)}") from error
        if case.id in found:
            raise InputError(f"{path}:{number}: the id {case.id!r} comes twice")
        found[case.id] = case
    return list(found.values())


def run_claims(
    desk: Desk,
    cases: Sequence[ClaimCase],
    name: str,
    embedder: str,
    progress: Callable[[str], None] = lambda line: None,
) -> Report:
    """Every claim through the search and the gate of `footnote check`; an accepted one must rest on some sentence."""
    results: list[CaseResult] = []
    times: list[float] = []
    for case in cases:
        considered = desk.checker.consider(case.claim, Filters())
        started = time.perf_counter()
        finding = check(case.claim, [each.support for each in considered])
        times.append((time.perf_counter() - started) * 1000 / max(1, len(considered)))
        right = float(finding.accepted == case.faithful)
        quotes = {each.evidence.quote for each in considered}
        scores = {"faithful_accepted" if case.faithful else "altered_rejected": right}
        if case.evidence:
            scores["evidence_considered"] = float(any(gold.quote in quotes for gold in case.evidence))
        results.append(
            CaseResult(
                id=case.id,
                type=case.kind,
                question=case.claim,
                verdict="accepted" if finding.accepted else "rejected",
                text=finding.detail,
                scores=scores,
                reasons=dict.fromkeys(scores, finding.reason),
            )
        )
        progress(case.id)
    held = {case.id for case in cases if "held" in case.tags}
    return Report(
        suite=name,
        created_at=utc_now(),
        commit=current_commit(),
        style="check",
        revision=desk.catalogue.revision(),
        engine="none",
        embedder=embedder,
        n_cases=len(cases),
        metrics={
            **_means(results),
            **{f"held_{key}": metric for key, metric in _means([r for r in results if r.id in held]).items()},
            "gate_ms_p50": quantile(np.array(times), 0.5, 0),
        },
        slices={kind: _means([r for r in results if r.type == kind]) for kind in dict.fromkeys(c.kind for c in cases)},
        errors=0,
        cases=tuple(results),
    )


def _means(results: Sequence[CaseResult]) -> dict[str, Metric]:
    names = ("faithful_accepted", "altered_rejected", "evidence_considered")
    return {
        name: average(Score(value=result.scores[name]) for result in results if name in result.scores) for name in names
    }
