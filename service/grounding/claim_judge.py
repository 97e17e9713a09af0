"""Claim judge: judges a claim against premises of one to five sentences, at two thresholds of the entailment model."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index.search.scored_sentence import ScoredSentence
from index.words import stems
from service.grounding.entailment import Entailment, EntailmentModel
from service.grounding.findings import Finding, FindingMessage
from service.grounding.premises import Premise, premises

SUPPORTED = 3.25
"""Least log-odds of a supported claim: fitted for at most 2 % false acceptance of 160 false claims (`evals/LOG.md`)."""
LIKELY = 2.0
"""Least log-odds of a likely supported claim: fitted for at most 10 % on the same claims."""
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
FIGURE = re.compile(r"\d+(?:[.,:]\d+)*")
ANY_FIGURE = re.compile(f"({FIGURE.pattern})")
DENYING = {FindingMessage.CLAIM_DENIES, FindingMessage.DENIAL_ADDED}
UNREPORTED = {FindingMessage.SPEAKER_LEFT_OUT, FindingMessage.REPORT_LEFT_OUT}
"""Findings that the claim states flat what the evidence reports."""
NEGATION = re.compile(
    r"\b(is|are|was|were|has|have|had|will|would|can|could|may|might|must|should)(?: not|n[’']t)\b", re.I
)


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
    if finding.message in DENYING and len(found := [*NEGATION.finditer(claim)]) == 1:
        (denial,) = found
        yield Correction(claim[: denial.end(1)] + claim[denial.end() :], denial.group(), denial.group(1))
    if finding.message in MISSING:
        yield from _other_values(claim, finding, evidence)
    elif finding.message in REPLACING and len(finding.claimed) == 1:
        for right in finding.found:
            if not {*stems(right)} & {*stems(finding.claimed[0])}:
                yield from _replaced(claim, finding.claimed[0], right)


def _other_values(claim: str, finding: Finding, evidence: str) -> Iterator[Correction]:
    """Yield the claim with each figure of the evidence in place of the one that it lacks, or with two exchanged."""
    for wrong in finding.claimed:
        for right in finding.found:
            yield from _replaced(claim, wrong, right)
        for right in dict.fromkeys(FIGURE.findall(evidence)):
            if right != wrong and FIGURE.findall(claim).count(right):
                exchange = {wrong: right, right: wrong}
                pieces: list[str] = ANY_FIGURE.split(claim)
                yield Correction("".join(exchange.get(piece, piece) for piece in pieces), wrong, right)
            elif right != wrong:
                yield from _replaced(claim, wrong, right)


def _replaced(claim: str, wrong: str, right: str) -> Iterator[Correction]:
    if claim.count(wrong) == 1:
        yield Correction(claim.replace(wrong, right), wrong, right)
