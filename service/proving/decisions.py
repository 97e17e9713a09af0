"""Proving decisions: what a model must reach to write or to judge."""

from collections.abc import Sequence

from service.proving.kept_decisions import JudgeDecision, JudgeResult, WritingDecision
from service.proving.writing_proof import SetResult

MIN_NUGGETS = 0.6
"""Least share of the nuggets that the answers of a writer contain."""
MIN_SHOWN = 0.5
"""Least share of a writer's sentences that the gate accepts."""
MIN_ABSTAINED = 0.5
"""Least share of the unanswerable sets in which nothing is composed."""


def writing_decision(
    results: Sequence[SetResult], quoted_nuggets: float, faithful: float, least_faithful: float
) -> WritingDecision:
    """Decide whether a writer may compose: complete and faithful, sentences accepted, silent without an answer.

    Args:
        quoted_nuggets: share of the nuggets that quotations contain; the answers must contain as much.
        faithful: share of the composed sentences shown that the embedded judge finds likely.
        least_faithful: its share of the supported labelled claims. Quotations are all likely to it, and no writer's own
            words are: these claims, faithful by our labels, show what it makes of faithful words.
    """
    answerable = [each for each in results if each.answerable]
    others = [each for each in results if not each.answerable]
    written = sum(each.written for each in results)
    nuggets = _share(sum(each.nuggets for each in answerable), sum(each.nuggets_wanted for each in answerable))
    shown = _share(sum(len(each.composed) for each in results), written)
    abstained = _share(sum(not each.composed for each in others), len(others))
    least = max(MIN_NUGGETS, quoted_nuggets)
    reasons = [
        f"its answers have {nuggets:.0%} of what is wanted, quotations {quoted_nuggets:.0%} (at least {least:.0%})"
        if nuggets < least
        else "",
        f"the gate accepts {shown:.0%} of its sentences (at least {MIN_SHOWN:.0%})" if shown < MIN_SHOWN else "",
        f"the judge finds {faithful:.0%} of its sentences likely, and of faithful ones {least_faithful:.0%}"
        if faithful < least_faithful
        else "",
        f"it writes nothing in {abstained:.0%} of the sets without an answer (at least {MIN_ABSTAINED:.0%})"
        if others and abstained < MIN_ABSTAINED
        else "",
    ]
    reason = "; ".join(filter(None, reasons))
    seconds = sorted(each.seconds for each in results)
    return WritingDecision(
        composes=not reason,
        reason=reason,
        sets=len(results),
        nuggets=nuggets,
        quoted_nuggets=quoted_nuggets,
        shown=shown,
        faithful=faithful,
        least_faithful=least_faithful,
        abstained=abstained,
        seconds=seconds[len(seconds) // 2],
    )


def judge_decision(result: JudgeResult, embedded: JudgeResult) -> JudgeDecision:
    """Decide whether a judge takes over: it accepts more supported claims at 2 % false ones than the embedded judge."""
    reason = ""
    if result.accepted <= embedded.accepted:
        reason = (
            f"it accepts {result.share:.0%} of the claims at 2 % false ones, the embedded judge {embedded.share:.0%}"
        )
    return JudgeDecision(judges=not reason, reason=reason, result=result, embedded=embedded)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
