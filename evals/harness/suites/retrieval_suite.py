"""Retrieval suite: measure the rank of the passage with the gold sentence for realistic search queries."""

from collections.abc import Sequence

from evals.harness.cases import RetrievalCase
from evals.harness.metric_registry import ScorerTable
from evals.harness.runner import EvalContext
from evals.harness.scores import Score, values
from evals.harness.summary import CaseResult, Report, assembled
from evals.harness.text_matching import locate
from index.errors import InputError
from index.types import Filters
from service.library.types import SearchHit

DEPTH = 10
scorer = SCORERS = ScorerTable[[int | None], Score]()
"""Retrieval scorers; each gets the 1-based rank of the passage with the gold sentence, or None."""


@scorer("passage_hit@1", says="the first passage holds the gold sentence", flips=True)
def passage_hit_1(rank: int | None) -> Score:
    """Whether the first passage contains the gold sentence."""
    return Score(value=float(rank == 1))


@scorer("passage_hit@5", says="one of five passages holds the gold sentence", flips=True)
def passage_hit_5(rank: int | None) -> Score:
    """Whether one of the first five passages contains the gold sentence."""
    return Score(value=float(rank is not None and rank <= 5))


@scorer(says="one over the rank of the passage with the gold sentence")
def passage_mrr(rank: int | None) -> Score:
    """Reciprocal rank of the passage with the gold sentence, 0 beyond rank 10."""
    return Score(value=1.0 / rank if rank else 0.0)


def run_retrieval(context: EvalContext, cases: Sequence[RetrievalCase]) -> Report:
    """Run every query through the real hybrid search, without answering."""
    results: list[CaseResult] = []
    for case in cases:
        found = context.workspace.search(
            case.query, DEPTH, Filters(as_of=case.as_of or context.as_of, undated=True)
        ).results
        results.append(_scored(case, found, _rank(context, case, found)))
        context.progress(case.id)
    return assembled(context.info(style="search", engine="none"), results, tuple(SCORERS))


def _rank(context: EvalContext, case: RetrievalCase, found: Sequence[SearchHit]) -> int | None:
    """Return the 1-based rank of the first passage that contains at least half of a gold sentence, or None."""
    places = [locate(gold, context.workspace.article(gold.doc_id).text) for gold in case.gold]
    for gold, place in zip(case.gold, places, strict=True):
        if place is None:
            raise InputError(f"case {case.id!r}: {gold.doc_id!r} does not hold {gold.quote[:60]!r}")
    for rank, hit in enumerate(found, start=1):
        for place in places:
            assert place is not None
            common = min(place.end, hit.end) - max(place.start, hit.start)
            if place.article_id == hit.article_id and 2 * common >= place.end - place.start:
                return rank
    return None


def _scored(case: RetrievalCase, found: Sequence[SearchHit], rank: int | None) -> CaseResult:
    scores = values(SCORERS.scores(rank))
    where = f"in passage {rank}" if rank else f"in none of the first {DEPTH}"
    return CaseResult(
        id=case.id,
        type=case.type,
        tags=case.tags,
        question=case.query,
        verdict=None,
        text=f"the gold sentence is {where}",
        cited=tuple(hit.text for hit in found[:1]),
        gold=tuple(gold.quote for gold in case.gold),
        scores=scores,
        reasons=dict.fromkeys(scores, where),
    )
