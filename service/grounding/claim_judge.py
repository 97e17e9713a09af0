"""Claim judge: judges a claim against premises of one to five sentences, and puts one difference right."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from index.search.scored_sentence import ScoredSentence
from index.types import Span
from index.words import stems
from service.grounding.claim_decision import Judgement, agrees, decide
from service.grounding.entailment import EntailmentModel
from service.grounding.findings import Finding, FindingMessage
from service.grounding.premises import premises
from service.language.dates import Date, dates
from service.language.names import is_named
from service.language.parsing import Parsed, parse
from service.language.quantities import Quantity, quantities
from service.language.quotations import quoted

OPEN = -1.0
"""Log-odds from which a claim is too likely to be called contradicted. Of 1,230 claims five are called so by a judged
correction, all rightly; with a limit of -0.5 and a MARGIN of 2 nine are, six rightly."""
MAX_RATIO = 10.0
"""Largest ratio of two amounts one of which may have been mistaken for the other."""
MARGIN = 3.0
"""Least log-odds that putting one value right must add to the entailment of a claim that is called contradicted."""
REPLACING = {FindingMessage.SAID_OTHERWISE, FindingMessage.OTHER_SPEAKER}
"""Findings whose words can be put in the place of the claim's."""
MISSING = {
    FindingMessage.VALUE_ABSENT,
    FindingMessage.OTHER_VALUE,
    FindingMessage.VALUE_MISPLACED,
    FindingMessage.VALUES_EXCHANGED,
}
"""Findings that a figure of the claim is not the evidence's."""
DENYING = {FindingMessage.CLAIM_DENIES, FindingMessage.DENIAL_ADDED}
UNREPORTED = {FindingMessage.SPEAKER_LEFT_OUT, FindingMessage.REPORT_LEFT_OUT}
"""Findings that the claim states flat what the evidence reports."""


@dataclass(frozen=True)
class Correction:
    """Correction: a claim with one difference put right."""

    text: str
    claimed: str
    found: str


def judge(
    claim: str,
    nearest: ScoredSentence,
    statements: Sequence[ScoredSentence],
    weights: Mapping[str, float],
    model: EntailmentModel,
) -> Judgement:
    """Judge a claim against premises of the article nearest to it; see `premises` for the arguments."""
    windows = premises(nearest, statements, weights)
    return decide(claim, windows, model([(claim, premise.text) for premise in windows]))


def put_right(claim: str, finding: Finding, evidence: str) -> Iterator[Correction]:
    """Yield the claim with one difference put right: a value of the evidence in place of its own, or its negation out.

    Args:
        finding: the first check that fails on the claim and the evidence.
    """
    if finding.message in DENYING:
        yield from _without_negation(parse(claim))
    elif finding.message in MISSING:
        yield from other_values(parse(claim), parse(evidence), finding.claimed)
    elif finding.message in REPLACING and len(finding.claimed) == 1:
        (wrong,) = finding.claimed
        if claim.count(wrong) == 1:
            others = (right for right in finding.found if not {*stems(right)} & {*stems(wrong)})
            if finding.message == FindingMessage.OTHER_SPEAKER:
                others = (right for right in others if is_named(wrong) and is_named(right))
            replaced = ((claim.replace(wrong, right), right) for right in others)
            opens = 1 if claim[:1].isupper() else 0
            yield from (Correction(text[:opens].upper() + text[opens:], wrong, right) for text, right in replaced)


def _without_negation(claim: Parsed) -> Iterator[Correction]:
    negators = [word for word in claim.words if word.is_negator]
    if len(negators) == 1 and negators[0].index:
        (negator,) = negators
        before = claim.words[negator.index - 1]
        said = claim.text[before.start : negator.end]
        yield Correction(claim.text[: before.end] + claim.text[negator.end :], said, before.text)


def other_values(claim: Parsed, evidence: Parsed, wrong: Collection[str] | None = None) -> Iterator[Correction]:
    """Yield the claim with each value of the evidence in place of one that it lacks, or with two exchanged.

    Args:
        wrong: the values of the claim to replace, as they are written; by default those that the evidence has not,
            even rounded.
    """
    inside = quoted(claim.text)
    for read in (quantities, dates):
        ours = [each for each in read(claim) if not any(_span(claim, each).of(claim.text) in words for words in inside)]
        theirs = {each.written: each for each in read(evidence)}
        for mine in ours:
            if mine.written not in wrong if wrong is not None else any(_may_agree(mine, e) for e in theirs.values()):
                continue
            for right, value in theirs.items():
                if right == mine.written or _may_agree(mine, value):
                    continue  # said less exactly is not said otherwise
                if wrong is not None or _alike(mine, value):
                    edits = {_span(claim, mine): _span(evidence, value).of(evidence.text)}
                    said = _span(claim, mine).of(claim.text)
                    edits |= {_span(claim, each): said for each in ours if each.written == right}
                    yield Correction(_edited(claim.text, edits), said, _span(evidence, value).of(evidence.text))


def _may_agree(claimed: Quantity | Date, found: Quantity | Date) -> bool:
    """Whether a figure is another one rounded, or a date another one said less exactly."""
    if isinstance(claimed, Quantity) and isinstance(found, Quantity):
        return agrees(claimed, found)
    if isinstance(claimed, Date) and isinstance(found, Date):
        return claimed.within(found) or found.within(claimed)
    return False


def _alike(claimed: Quantity | Date, found: Quantity | Date) -> bool:
    """Whether a value can stand in the place of another: of the same unit, or a date of the same precision."""
    if isinstance(claimed, Quantity) and isinstance(found, Quantity):
        size = sorted((abs(claimed.value), abs(found.value)))
        return claimed.unit == found.unit and size[1] <= MAX_RATIO * size[0]
    if isinstance(claimed, Date) and isinstance(found, Date):
        parts = ("year", "month", "day", "weekday")
        return [bool(getattr(claimed, part)) for part in parts] == [bool(getattr(found, part)) for part in parts]
    return False


def _span(sentence: Parsed, value: Quantity | Date) -> Span:
    return Span(start=sentence.words[min(value.indices)].start, end=sentence.words[max(value.indices)].end)


def _edited(text: str, edits: Mapping[Span, str]) -> str:
    for span in sorted(edits, key=lambda each: -each.start):
        text = text[: span.start] + edits[span] + text[span.end :]
    return text
