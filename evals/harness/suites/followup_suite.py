"""Follow-up suite: measure query rewriting in conversations, and that self-contained questions are not rewritten."""

from collections.abc import Sequence

from evals.harness.cases import FollowupCase
from evals.harness.metric_registry import ScorerTable
from evals.harness.runner import EvalContext
from evals.harness.scores import NOT_APPLICABLE, Score, values
from evals.harness.summary import CaseResult, Report, assembled
from index.types import Filters
from service.answering.types import Answer, Question

scorer = SCORERS = ScorerTable[[FollowupCase, Answer, Answer], Score]()
"""Follow-up scorers; each gets the case, its answer within the conversation, and its answer without it."""


@scorer(says="follow-ups understood", flips=True)
def followup_resolved(case: FollowupCase, answer: Answer, alone: Answer) -> Score:
    """Follow-ups: whether the rewritten question is as expected; see `understood`."""
    if case.self_contained:
        return NOT_APPLICABLE
    return Score(value=float(understood(case, answer.asked or answer.question)))


@scorer(says="questions that stand by themselves left alone", flips=True)
def followup_untouched(case: FollowupCase, answer: Answer, alone: Answer) -> Score:
    """Self-contained questions: whether the question was not rewritten."""
    return Score(value=float(answer.asked is None)) if case.self_contained else NOT_APPLICABLE


@scorer(says="follow-ups answered from a gold sentence")
def followup_cited(case: FollowupCase, answer: Answer, alone: Answer) -> Score:
    """Follow-ups with gold sentences: whether the answer cites one."""
    return _cited(case, answer)


@scorer(says="the same without the conversation before them", better="neither")
def unresolved_cited(case: FollowupCase, answer: Answer, alone: Answer) -> Score:
    """Follow-ups with gold sentences: whether one is cited if the question is asked without the conversation."""
    return _cited(case, alone)


def run_followups(context: EvalContext, cases: Sequence[FollowupCase]) -> Report:
    """Run every conversation through the real service, then its last question again without the conversation."""
    workspace, filters = context.workspace, Filters(as_of=context.as_of, undated=True)
    results: list[CaseResult] = []
    for case in cases:
        for question in case.earlier:
            workspace.ask(Question(text=question, conversation=case.id, filters=filters))
        answer = workspace.ask(Question(text=case.question, conversation=case.id, filters=filters))
        results.append(_scored(case, answer, workspace.ask(Question(text=case.question, filters=filters))))
        context.progress(case.id)
    return assembled(context.info(style="auto", engine="none"), results, tuple(SCORERS))


def _scored(case: FollowupCase, answer: Answer, alone: Answer) -> CaseResult:
    asked = answer.asked or answer.question
    scores = values(SCORERS.scores(case, answer, alone))
    return CaseResult(
        id=case.id,
        type=case.kind,
        tags=case.tags,
        question=f"{' / '.join(case.earlier)} / {case.question}",
        verdict=answer.verdict,
        text=asked,
        expected=case.expected_asked_contains or (case.question,),
        cited=tuple(citation.quote for citation in answer.citations),
        gold=tuple(gold.quote for gold in case.gold),
        scores=scores,
        reasons=dict.fromkeys(scores, answer.text),
    )


def understood(case: FollowupCase, asked: str) -> bool:
    """Whether the rewritten question contains the expected words and none of those that it must lack."""
    folded = asked.casefold()
    return all(words.casefold() in folded for words in case.expected_asked_contains) and not any(
        words.casefold() in folded for words in case.expected_asked_lacks
    )


def _cited(case: FollowupCase, answer: Answer) -> Score:
    if case.self_contained or not case.gold:
        return NOT_APPLICABLE
    quotes = [(citation.article_id, citation.quote) for citation in answer.citations]
    hit = any(gold.doc_id == doc and gold.quote in quote for gold in case.gold for doc, quote in quotes)
    return Score(value=float(hit))
