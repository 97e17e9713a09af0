"""Repetition check: rejects words, amounts and dates that the claim has more often than the evidence."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from service.grounding.alignment import Alignment
from service.grounding.check_record import Check, Example
from service.grounding.findings import Finding, FindingMessage, fail
from service.language.parsing import Parsed
from service.language.semantic_roles import coordinated


def repetitions(alignment: Alignment) -> Iterator[Finding]:
    """Words listed with themselves, then words, amounts and dates that the evidence has less often.

    "A fell and B fell" does not follow from "A rose and B fell".
    """
    yield from _listed_with_themselves(alignment)
    said: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for index in sorted(alignment.core):
        word = alignment.claim.words[index]
        if not word.is_name and word.pos in ("VERB", "ADJ", "ADV") and (places := alignment.candidates.get(index)):
            said[places].append(index)
    for places, words in said.items():
        if len(words) > len(places):
            word = alignment.claim.words[words[0]]
            yield fail("words", FindingMessage.WORD_REPEATED, claimed=word.text, found=str(len(places)))
    ours, theirs = (Counter((each.value, each.unit) for each in found) for found in alignment.quantities)
    for (value, unit), times in ours.items():
        if times > theirs[value, unit] > 0:
            amount = f"{value:g} {unit}".rstrip()
            yield fail("number", FindingMessage.VALUE_REPEATED, claimed=amount, found=str(theirs[value, unit]))
    for date in alignment.dates[0]:
        times = sum(other.written == date.written for other in alignment.dates[0])
        known = sum(date.within(other) for other in alignment.dates[1])
        if times > known > 0:
            yield fail("date", FindingMessage.VALUE_REPEATED, claimed=date.written, found=str(known))


def _listed_with_themselves(alignment: Alignment) -> Iterator[Finding]:
    claim = alignment.claim
    for index in alignment.core:
        listed = [claim.words[i].folded for i in coordinated(claim, index) if _is_bare(claim, i)]
        word = claim.words[index]
        of = claim.words[word.head]
        itself = of.folded == "of" and claim.words[of.head].folded == word.folded  # "the law of the law"
        if itself or len(set(listed)) < len(listed):
            yield fail("words", FindingMessage.LISTED_WITH_ITSELF, claimed=word.text)


def _is_bare(sentence: Parsed, index: int) -> bool:
    """Whether the noun has nothing beside it that tells which one is meant."""
    below = {sentence.words[i].dep for i in sentence.children[index]}
    return sentence.words[index].dep != "appos" and below <= {"det", "cc", "conj", "punct"}


RANKS = "The northern clans were ranked higher and the southern clans were ranked lower."

REPETITION = Check(
    id="repetition",
    phenomenon="Repetition: no word, amount or date is said more often than in the evidence.",
    run=repetitions,
    accepts=(Example("The southern clans were ranked lower.", RANKS),),
    rejects=(
        Example(
            "The northern clans were ranked lower and the southern clans were ranked lower.", RANKS, reason="words"
        ),
        Example(
            "The district covers 17,289 acres, and its population is 17,289.",
            "The district covers many acres, and its population is 17,289.",
            reason="number",
        ),
        Example(
            "In May 2002 the crew left, and returned in May 2002.",
            "In May 2000 the crew left, and returned in May 2002.",
            reason="date",
        ),
    ),
)
