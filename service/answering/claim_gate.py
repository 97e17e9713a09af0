"""Claim gate of composed sentences: accepts a sentence by the checks, else by the entailment model if no veto fires."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from index.search.scored_sentence import ScoredSentence
from index.words import stems
from service.grounding import EntailmentModel, Finding, Support, check, explain, judge, support_of
from service.language.clauses import has_main_verb, main_clauses
from service.language.parsing import Parsed, parse
from service.language.pronouns import ANAPHORIC_PRONOUNS

VETOES = frozenset(
    {"names", "quotations", "numbers", "dates", "negation", "antonymy", "degree", "modality", "attribution"}
)
"""Checks whose failure the entailment model cannot overrule."""
MAX_FURTHER = 4
"""Number of offered sentences, beyond those that the sentence names, that are tried as its evidence."""
MIN_SHARED = 0.3
"""Least share of a sentence's stems that a further evidence sentence has."""


@dataclass(frozen=True)
class Acceptance:
    """Acceptance: whether a composed sentence may be shown, which evidence carries it, and else why not."""

    accepted: bool
    reason: str
    evidence: tuple[ScoredSentence, ...] = ()


class ClaimGate:
    """Claim gate: holds a composed sentence against the evidence that it names and the evidence that resembles it."""

    def __init__(self, entailment: EntailmentModel | None) -> None:
        """`entailment`: a second judge of what the checks reject; without one, the checks alone decide."""
        self._entailment = entailment

    def accept(self, claim: str, named: Sequence[ScoredSentence], offered: Sequence[ScoredSentence]) -> Acceptance:
        """Accept a whole sentence that its evidence carries, or all of whose main clauses are carried.

        Args:
            named: the evidence that the sentence cites; may be empty or wrong.
            offered: all sentences that the writer was given.
        """
        parsed = parse(claim)
        if not has_main_verb(claim):
            return Acceptance(False, "it is not a whole sentence")
        if (pronoun := _dangling(parsed)) is not None:
            return Acceptance(False, f"it begins with “{pronoun}” and does not name who or what is meant")
        evidence = [*named, *_further(claim, named, offered)]
        supports = [support_of(each) for each in evidence]
        finding = check(claim, supports)
        if finding.accepted:
            return Acceptance(True, finding.detail, tuple(evidence[i] for i in finding.supports))
        if found := self._entailed(claim, evidence, offered):
            return Acceptance(True, "the cited sentences carry it together", found)
        parts = main_clauses(parsed)
        carried = [self._carried(part, evidence, supports, offered) for part in parts] if len(parts) > 1 else []
        if carried and all(carried):
            return Acceptance(
                True, "each part of it is in the evidence", _distinct(s for part in carried for s in part)
            )
        return Acceptance(False, finding.detail, tuple(evidence[i] for i in finding.supports))

    def _carried(
        self,
        part: str,
        evidence: Sequence[ScoredSentence],
        supports: Sequence[Support],
        offered: Sequence[ScoredSentence],
    ) -> tuple[ScoredSentence, ...]:
        if (finding := check(part, supports)).accepted:
            return tuple(evidence[i] for i in finding.supports)
        return self._entailed(part, evidence, offered)

    def _entailed(
        self, claim: str, evidence: Sequence[ScoredSentence], offered: Sequence[ScoredSentence]
    ) -> tuple[ScoredSentence, ...]:
        """Return the sentences that carry a claim together by the entailment model, if no veto fires; else none."""
        if self._entailment is None or not evidence:
            return ()
        judged = judge(claim, evidence, offered, self._entailment)
        if judged is None or not judged.supported:
            return ()
        joined = joined_support(judged.premise.sentences)
        if any(failure.check in VETOES or _unusable(failure) for failure in explain(claim, [joined])[0].failures):
            return ()
        return judged.premise.sentences


def joined_support(sentences: Sequence[ScoredSentence]) -> Support:
    """Return sentences of one article as one support."""
    first = support_of(sentences[0])
    spoken = [support_of(each).attribution for each in sentences]
    return first.model_copy(
        update={
            "quote": " ".join(each.text for each in sentences),
            "attribution": " ".join(dict.fromkeys(filter(None, spoken))),
        }
    )


def _unusable(failure: Finding) -> bool:
    return failure.reason in ("empty", "no_evidence")


def _further(claim: str, named: Sequence[ScoredSentence], offered: Sequence[ScoredSentence]) -> list[ScoredSentence]:
    """Return the offered sentences that share most stems with the claim and are not named."""
    wanted = stems(claim)
    if not wanted:
        return []
    places = {each.location for each in named}
    shared = [(len(wanted & each.stems) / len(wanted), -i) for i, each in enumerate(offered)]
    best = [-i for share, i in sorted(shared, reverse=True) if share >= MIN_SHARED]
    return [offered[i] for i in best if offered[i].location not in places][:MAX_FURTHER]


def _dangling(claim: Parsed) -> str | None:
    """Return the pronoun that stands before any noun of the sentence; None if there is none."""
    for word in claim.words:
        if word.pos in ("NOUN", "PROPN"):
            return None
        if word.pos == "PRON" and word.folded in ANAPHORIC_PRONOUNS:
            expletive = word.folded == "it" and claim.words[word.head].lemma == "be"
            return None if expletive else word.text
    return None


def _distinct(sentences: Iterable[ScoredSentence]) -> tuple[ScoredSentence, ...]:
    return tuple({each.location: each for each in sentences}.values())
