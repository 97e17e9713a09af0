"""Judge proof: thresholds of an entailment model on the labelled claims, and how many supported claims pass them."""

import time
from collections.abc import Callable, Sequence
from functools import cache

from index.search.reader import passage_head
from index.types import Record
from service.answering.evidence_passages import EvidencePassage
from service.grounding import EntailmentModel
from service.proving.evidence_sets import FOLDER, EvidenceSet, PassageLocation, passages_of
from service.proving.kept_decisions import JudgeResult

STRICT_SHARE = 0.02
"""Largest share of false claims that pass the strict threshold."""
LOOSE_SHARE = 0.1
MARGIN = 0.01
"""Log-odds by which a threshold lies above the claim that must not pass."""
UNREACHABLE = 50.0


class LabelledClaim(Record):
    """Labelled claim: a sentence, the passage it is compared with, and whether the passage supports it."""

    claim: str
    supported: bool
    passage: PassageLocation

    @property
    def premise(self) -> str:
        """Head and sentences of the passage, as judges read them."""
        (found,) = passages_of(
            EvidenceSet(id="", question=self.claim, kind="fact", passages=(self.passage,), nuggets=())
        )
        return premise_of(found)


def premise_of(passage: EvidencePassage) -> str:
    """Return the head and the sentences of a passage, as judges read them."""
    return passage_head(passage.sentences[0].source) + " ".join(each.text for each in passage.sentences)


@cache
def labelled_claims() -> tuple[LabelledClaim, ...]:
    """Return the labelled claims, in order."""
    text = (FOLDER / "labelled_claims.jsonl").read_text(encoding="utf-8")
    return tuple(LabelledClaim.model_validate_json(line) for line in text.splitlines())


def judge_result(
    judge: EntailmentModel, claims: Sequence[LabelledClaim], progress: Callable[[str], None] = lambda line: None
) -> JudgeResult:
    """Judge every claim and fit both thresholds."""
    began, odds = time.perf_counter(), list[float]()
    for number, claim in enumerate(claims, start=1):
        odds.append(judge([(claim.claim, claim.premise)])[0].log_odds)
        if number % 20 == 0:
            progress(f"{number} of {len(claims)} claims judged")
    supported = [each for each, claim in zip(odds, claims, strict=True) if claim.supported]
    false = [each for each, claim in zip(odds, claims, strict=True) if not claim.supported]
    strict, loose = threshold(false, STRICT_SHARE), threshold(false, LOOSE_SHARE)
    return JudgeResult(
        strict=strict,
        loose=loose,
        accepted=sum(each >= strict for each in supported),
        likely=sum(each >= loose for each in supported),
        supported=len(supported),
        false=len(false),
        seconds=time.perf_counter() - began,
    )


def threshold(false: Sequence[float], share: float, margin: float = MARGIN) -> float:
    """Return the least score that at most `share` of the false claims reach, `margin` above the next one's."""
    allowed = int(share * len(false))
    ranked = sorted(false, reverse=True)
    return ranked[allowed] + margin if allowed < len(ranked) else -UNREACHABLE
