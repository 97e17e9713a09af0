"""Tense check: rejects a present-tense statement of what the evidence states in the past tense."""

from collections.abc import Iterator
from typing import Literal

from service.grounding.alignment import Alignment
from service.grounding.check_record import Check, Example
from service.grounding.findings import Finding, FindingMessage, fail
from service.language.attribution_clauses import QUOTATION_MARKS
from service.language.parsing import Parsed, Word
from service.language.reported_speech import reported_spans

Tense = Literal["past", "present", "perfect", "pluperfect"]
TENSES_BEFORE: dict[Tense | None, frozenset[Tense]] = {
    "present": frozenset({"past", "pluperfect"}), "perfect": frozenset({"pluperfect"}),
}  # fmt: skip
"""Tenses of a claim with the tenses of the evidence that do not support them."""
AUXILIARY_DEPS = ("aux", "auxpass")


def past_as_present(alignment: Alignment) -> Iterator[Finding]:
    """Yield each present-tense verb whose evidence verbs are past; reported speech is exempt (backshift)."""
    reported = frozenset(
        i for span in reported_spans(alignment.evidence) if _is_past(alignment, span.verb) for i in span.content
    )
    if alignment.attributions[1] and not any(mark in alignment.support.quote for mark in QUOTATION_MARKS):
        return
    saying = {span.verb for span in reported_spans(alignment.claim) if span.content}
    for verb in alignment.claim.words:
        ours = tense(alignment.claim, verb.index)
        if ours not in TENSES_BEFORE or verb.index in saying:
            continue
        theirs = _verbs_of_evidence(alignment, verb)
        found = {tense(alignment.evidence, each) for each in theirs - reported} - {None}
        if found and found <= TENSES_BEFORE[ours] and not theirs & reported:
            past = alignment.evidence.words[min(theirs)].text
            yield fail("date", FindingMessage.PAST, claimed=verb.text, found=past)


def _is_past(alignment: Alignment, verb: int | None) -> bool:
    return verb is not None and tense(alignment.evidence, verb) == "past"


def _verbs_of_evidence(alignment: Alignment, verb: Word) -> set[int]:
    """Verbs of the evidence for a verb of the claim; for "be" and "have" the same one with the same dependents."""
    if verb.index in alignment.candidates:
        return {i for i in alignment.candidates[verb.index] if alignment.evidence.words[i].pos in ("VERB", "AUX")}
    beside = {place for i in alignment.claim.children[verb.index] for place in alignment.candidates.get(i, ())}
    above = {alignment.evidence.words[place].head for place in beside}
    return {i for i in above if alignment.evidence.words[i].lemma == verb.lemma}


def tense(sentence: Parsed, verb: int) -> Tense | None:
    """The tense of a verb, or of its first auxiliary; the perfect is a tense of its own, because it includes now."""
    if sentence.words[verb].pos not in ("VERB", "AUX") or sentence.words[verb].dep in AUXILIARY_DEPS:
        return None
    helpers = [sentence.words[i] for i in sentence.children[verb] if sentence.words[i].dep in AUXILIARY_DEPS]
    word = helpers[0] if helpers else sentence.words[verb]
    if word.lemma == "have" and helpers:
        return "pluperfect" if word.tag == "VBD" else "perfect"
    if word.tag == "VBD":
        return "past"
    return "present" if word.tag in ("VBZ", "VBP") else None


TENSE = Check(
    id="tense",
    phenomenon="Tense: the past tense of the evidence does not become the present.",
    run=past_as_present,
    accepts=(
        Example("The pier has closed.", "The pier closed."),
        Example("The board says that the pier is safe.", "The board said that the pier was safe."),
        Example("The crew owned the pier.", "The crew owns the pier."),
    ),
    rejects=(
        Example("The mayor is the owner of the pier.", "The mayor was the owner of the pier."),
        Example("The crew owns the pier.", "In 1911 the crew owned the pier."),
        Example("The pier is used by the crew.", "The pier was used by the crew until 1911."),
        Example("The board has a ferry.", "The board had a ferry."),
    ),
)
