"""Claim judge: judges a claim against premises of one to five sentences, at two thresholds of the entailment model."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from index.search.scored_sentence import ScoredSentence
from index.types import Span
from index.words import stems
from service.grounding.entailment import Entailment, EntailmentModel
from service.grounding.findings import Finding, FindingMessage
from service.grounding.premises import Premise, premises
from service.language.dates import Date, dates
from service.language.parsing import Parsed, parse
from service.language.quantities import Quantity, quantities

SUPPORTED = 3.25
"""Least log-odds of a supported claim: at most 2 % of 160 false ones pass by the model alone (`evals/LOG.md`)."""
LIKELY = 2.0
"""Least log-odds of a likely supported claim: at most 10 % of the same claims pass."""
OPEN = 0.0
"""Log-odds from which a claim is too likely to be called contradicted."""
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


@dataclass(frozen=True)
class Judgement:
    """Judgement: the premise that carries a claim best, with the model's entailment."""

    premise: Premise
    entailment: Entailment

    @property
    def supported(self) -> bool:
        """Whether the premise carries the claim at the strict threshold."""
        return self.entailment.log_odds >= SUPPORTED

    @property
    def likely(self) -> bool:
        """Whether it carries it at the loose threshold: for comparing by eye, never for showing a composed sentence."""
        return self.entailment.log_odds >= LIKELY


def judge(
    claim: str, ranked: Sequence[ScoredSentence], pool: Sequence[ScoredSentence], model: EntailmentModel
) -> Judgement | None:
    """Judge a claim against the premises around the sentences most relevant to it; None without any sentence."""
    windows = premises(ranked, pool)
    judged = model([(claim, premise.text) for premise in windows])
    found = [Judgement(premise, entailment) for premise, entailment in zip(windows, judged, strict=True)]
    return max(found, key=lambda each: each.entailment.log_odds, default=None)


def put_right(claim: str, finding: Finding, evidence: str) -> Iterator[Correction]:
    """Yield the claim with one difference put right: a value of the evidence in place of its own, or its negation out.

    Args:
        finding: the first check that fails on the claim and the evidence.
    """
    if finding.message in DENYING:
        yield from _without_negation(parse(claim))
    elif finding.message in MISSING:
        yield from _other_values(parse(claim), finding, parse(evidence))
    elif finding.message in REPLACING and len(finding.claimed) == 1:
        (wrong,) = finding.claimed
        if claim.count(wrong) == 1:
            others = (right for right in finding.found if not {*stems(right)} & {*stems(wrong)})
            yield from (Correction(claim.replace(wrong, right), wrong, right) for right in others)


def _without_negation(claim: Parsed) -> Iterator[Correction]:
    negators = [word for word in claim.words if word.is_negator]
    if len(negators) == 1 and negators[0].index:
        (negator,) = negators
        before = claim.words[negator.index - 1]
        said = claim.text[before.start : negator.end]
        yield Correction(claim.text[: before.end] + claim.text[negator.end :], said, before.text)


def _other_values(claim: Parsed, finding: Finding, evidence: Parsed) -> Iterator[Correction]:
    """Yield the claim with each value of the evidence in place of the one that it lacks, or with two exchanged."""
    for read in (quantities, dates):
        ours = {each.written: _span(claim, each) for each in read(claim)}
        theirs = {each.written: _span(evidence, each) for each in read(evidence)}
        for wrong in ours.keys() & {*finding.claimed}:
            for right, span in theirs.items():
                if right != wrong:
                    edits = {ours[wrong]: span.of(evidence.text)}
                    if right in ours:
                        edits[ours[right]] = ours[wrong].of(claim.text)
                    yield Correction(_edited(claim.text, edits), ours[wrong].of(claim.text), span.of(evidence.text))


def _span(sentence: Parsed, value: Quantity | Date) -> Span:
    return Span(start=sentence.words[min(value.indices)].start, end=sentence.words[max(value.indices)].end)


def _edited(text: str, edits: Mapping[Span, str]) -> str:
    for span in sorted(edits, key=lambda each: -each.start):
        text = text[: span.start] + edits[span] + text[span.end :]
    return text
