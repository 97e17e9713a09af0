"""Replay suites: run recorded evidence and drafts through the real pipeline, gate and scorers, without a model."""

from collections.abc import Sequence
from functools import partial

from evals.harness.cases import Case, ClaimCase
from evals.harness.runner import EvalContext
from evals.harness.scorers import SCORERS
from evals.harness.scores import Observed
from evals.harness.suites.cassettes.cassette_format import REFRESH, RecordedClaim, read_claims
from evals.harness.suites.cassettes.player import CassettePlayer, SentenceLookup
from evals.harness.suites.claim_suite import SCORERS as CLAIM_SCORERS
from evals.harness.suites.claim_suite import claim_result, unanswered
from evals.harness.summary import CaseResult, Report, assembled, summarise
from index.errors import InputError
from service.answering.types import Style
from service.grounding import check, support_of
from service.workspace import Workspace

REPLAYED_CLAIM_METRICS = tuple(name for name in CLAIM_SCORERS if name != "evidence_considered")


REPLAYED_SCORERS = {
    name: scorer for name, scorer in SCORERS.items() if not name.startswith(("retrieval_", "evidence_"))
}
"""Question scorers except those of retrieval, which would only measure the recording."""


def replay_questions(style: Style, context: EvalContext, cases: Sequence[Case]) -> Report:
    """Replay every recorded question in one style and score it."""
    player = CassettePlayer(context)
    observed: list[Observed] = []
    for case in cases:
        observed.append(player.observe(case, style))
        context.progress(case.id)
    engine, embedder = (f"{name} (recorded)" for name in (player.header.engine.name, player.header.embedder))
    info = context.info(style=style, engine=engine, embedder=embedder)
    return summarise(info, cases, observed, scorers=REPLAYED_SCORERS, timed=False)


replay_quotes = partial(replay_questions, "quote")


replay_drafts = partial(replay_questions, "compose")


def replay_claims(context: EvalContext, cases: Sequence[ClaimCase]) -> Report:
    """Run every recorded claim through the gate, with the recorded evidence sentences."""
    _, recorded = read_claims()
    sentences = SentenceLookup(context.workspace.store)
    results: list[CaseResult] = []
    for case in cases:
        try:
            results.append(_claim(case, recorded.get(case.id), sentences, context.workspace))
        except InputError as error:
            results.append(unanswered(case, str(error)))
        context.progress(case.id)
    return assembled(context.info(style="check", engine="none"), results, REPLAYED_CLAIM_METRICS)


def _claim(
    case: ClaimCase, recorded: RecordedClaim | None, sentences: SentenceLookup, workspace: Workspace
) -> CaseResult:
    if recorded is None or recorded.claim != case.claim:
        raise InputError(f"case {case.id!r} is not recorded as it stands; {REFRESH}")
    found = [sentences.at(place) for place in recorded.considered]
    finding = check(case.claim, [support_of(each) for each in found])
    result = claim_result(case, [each.quote for each in found], finding)
    return result.model_copy(update={"scores": {n: v for n, v in result.scores.items() if n in REPLAYED_CLAIM_METRICS}})
