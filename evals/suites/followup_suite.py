"""Follow-ups in a talk: are they understood, and is a question that stands by itself left alone?"""

from collections.abc import Sequence

from pydantic import Field

from evals.harness.cases import CaseRecord, Gold
from evals.harness.runner import EvalContext
from evals.harness.summary import CaseResult, Report
from index.types import Filters
from service.answering.types import Answer, Question

NAMES = ("followup_resolved", "followup_untouched", "followup_cited", "unresolved_cited")


class FollowupCase(CaseRecord):
    """A question after others, and what it must have become."""

    kind: str
    talk: tuple[str, ...] = Field(min_length=1)
    """The questions before it, oldest first; each is put and answered."""
    question: str = Field(min_length=1)
    expected_asked_contains: tuple[str, ...] = ()
    expected_asked_lacks: tuple[str, ...] = ()
    self_contained: bool
    """It must be answered exactly as it was put."""
    gold: tuple[Gold, ...] = ()
    """Words of the article that answer it; none when no article does."""


def run_followups(context: EvalContext, cases: Sequence[FollowupCase]) -> Report:
    """Every talk through the real service; the last question once more without the talk, to see what it gives."""
    workspace, stands = context.workspace, Filters(as_of=context.as_of)
    results: list[CaseResult] = []
    for case in cases:
        for earlier in case.talk:
            workspace.ask(Question(text=earlier, conversation=case.id, filters=stands))
        answer = workspace.ask(Question(text=case.question, conversation=case.id, filters=stands))
        results.append(_scored(case, answer, workspace.ask(Question(text=case.question, filters=stands))))
        context.progress(case.id)
    return context.report(results, NAMES, style="auto", engine="none")


def _scored(case: FollowupCase, answer: Answer, alone: Answer) -> CaseResult:
    asked = answer.asked or answer.question
    if case.self_contained:
        scores = {"followup_untouched": float(answer.asked is None)}
    else:
        scores = {"followup_resolved": float(understood(case, asked))}
        if case.gold:
            scores |= {"followup_cited": _cited(case, answer), "unresolved_cited": _cited(case, alone)}
    return CaseResult(
        id=case.id,
        type=case.kind,
        tags=case.tags,
        question=f"{' / '.join(case.talk)} / {case.question}",
        verdict=answer.verdict,
        text=asked,
        expected=case.expected_asked_contains or (case.question,),
        cited=tuple(citation.quote for citation in answer.citations),
        gold=tuple(gold.quote for gold in case.gold),
        scores=scores,
        reasons=dict.fromkeys(scores, answer.text),
    )


def understood(case: FollowupCase, asked: str) -> bool:
    """Whether the rewritten question names what it should and no longer points at it."""
    folded = asked.casefold()
    return all(words.casefold() in folded for words in case.expected_asked_contains) and not any(
        words.casefold() in folded for words in case.expected_asked_lacks
    )


def _cited(case: FollowupCase, answer: Answer) -> float:
    quotes = [(citation.article_id, citation.quote) for citation in answer.citations]
    return float(any(gold.doc_id == doc and gold.quote in quote for gold in case.gold for doc, quote in quotes))
