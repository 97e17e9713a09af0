"""Numbers check: each amount must be in the evidence with its value, unit and bound, and count the same noun."""

from collections.abc import Iterator, Sequence
from typing import Literal

from service.grounding.alignment import Alignment
from service.grounding.check_record import Check, Example
from service.grounding.findings import Finding, FindingMessage, fail
from service.language.parsing import NOMINAL, Parsed
from service.language.quantities import Quantity
from service.language.semantic_roles import dependency_distances, semantic_roles

MAX_EXTRA_DISTANCE = 0.9
"""How much nearer another value may be to the same word, in steps of the dependency graph."""
PERSON_NOUNS = frozenset("people person civilian man woman individual other soul life".split())


def other_numbers(alignment: Alignment) -> Iterator[Finding]:
    """Each amount that the evidence lacks, has with another unit or bound, or has of something else."""
    ours, theirs = alignment.quantities
    for amount in ours:
        equal = [other for other in theirs if other.value == amount.value]
        if not equal and amount.value == 1 and _is_single(alignment, amount.index):
            continue
        if not equal:
            yield absent("number", amount.written, [other.written for other in theirs])
        elif all(other.unit != amount.unit for other in equal):
            yield fail("number", FindingMessage.OTHER_UNIT, claimed=amount.written, found=equal[0].written)
        elif all(other.bound != amount.bound for other in equal):
            yield fail("number", FindingMessage.OTHER_BOUND, claimed=_bounded(amount), found=_bounded(equal[0]))
    for amount in ours:
        if failure := misplaced(alignment, amount.index, [other.index for other in theirs], "number", amount.written):
            yield failure
        if failure := _other_counted(alignment, amount.index, amount.written):
            yield failure


def absent(kind: Literal["number", "date"], claimed: str, found: Sequence[str]) -> Finding:
    """The finding for a value that the evidence lacks; where it has one other of the kind, that is named."""
    if len(found) == 1:
        return fail(kind, FindingMessage.OTHER_VALUE, claimed=claimed, found=found[0])
    return fail(kind, FindingMessage.VALUE_ABSENT, claimed=claimed)


def _bounded(amount: Quantity) -> str:
    """The amount with its bound: "more than 60"."""
    than = " than" if amount.bound in ("more", "less") else ""
    return f"{amount.bound}{than} {amount.written}".strip()


def misplaced(
    alignment: Alignment, index: int, others: list[int], kind: Literal["number", "date"], said: str
) -> Finding | None:
    """The finding for a value where the evidence has another one nearer to the words that this one belongs to."""
    mine = alignment.candidates.get(index)
    if not mine:
        return None
    far = dependency_distances(alignment.evidence)
    above = next((i for i in _anchors(alignment.claim, index) if alignment.candidates.get(i)), None)
    if above is None:
        return None
    rivals = [i for i in others if i not in mine and i not in _equally_near(alignment, index, above)]
    if not rivals:
        return None
    args = (
        []
        if kind == "number"
        else [
            r.word for r in semantic_roles(alignment.claim) if r.head == above and alignment.claim.words[r.word].is_name
        ]
    )
    for word in (above, *args):
        places = alignment.candidates.get(word, ())
        if not places:
            continue
        own = min(far[place][i] for place in places for i in mine)
        if own > min(far[place][i] for place in places for i in rivals) + MAX_EXTRA_DISTANCE:
            return fail(kind, FindingMessage.VALUE_MISPLACED, claimed=said, beside=alignment.claim.words[word].text)
    return None


def _equally_near(alignment: Alignment, index: int, above: int) -> set[int]:
    """Positions of the other values of the claim that are as near to the word in the claim."""
    ours = dependency_distances(alignment.claim)
    figures = {amount.index for amount in alignment.quantities[0]} | {date.index for date in alignment.dates[0]}
    near = [i for i in figures - {index} if ours[i][above] <= ours[index][above]]
    return {place for i in near for place in alignment.candidates.get(i, ())}


def _is_single(alignment: Alignment, index: int) -> bool:
    """Whether the noun that "one" counts has an indefinite article in the evidence."""
    noun = _counted_noun(alignment.claim, index)
    places = alignment.candidates.get(noun, ()) if noun is not None else ()
    marks = {alignment.evidence.words[j].folded for i in places for j in alignment.evidence.children[i]}
    return bool(marks & {"a", "an", "another", "single"})


def _anchors(claim: Parsed, index: int) -> list[int]:
    """The counted noun and the event that a value belongs to, nearest first."""
    found = [i for i in claim.ancestors(index) if claim.words[i].is_content]
    return sorted(found[:3], key=lambda i: claim.words[i].lemma in PERSON_NOUNS)


def _other_counted(alignment: Alignment, index: int, said: str) -> Finding | None:
    """The finding for an amount that counts another noun in the evidence."""
    claim, evidence = alignment.claim, alignment.evidence
    noun = _counted_noun(claim, index)
    places = alignment.candidates.get(index, ())
    if noun is None or noun not in alignment.candidates or not places:
        return None
    theirs = [_counted_noun(evidence, place) for place in places]
    if any(their is None or their in alignment.candidates[noun] for their in theirs):
        return None
    named = next(their for their in theirs if their is not None)
    return fail("number", FindingMessage.OTHER_COUNTED, claimed=said, found=evidence.words[named].text)


def _counted_noun(sentence: Parsed, index: int) -> int | None:
    word = sentence.words[index]
    above = sentence.words[word.head]
    return above.index if word.dep == "nummod" and above.pos in NOMINAL and above.index != index else None


BLAST = "In 2021, a blast in Norwick killed 40 and injured 90, while in 2019, it struck at a rally in Easton."

NUMBERS = Check(
    id="numbers",
    phenomenon="Numbers: every amount is in the evidence with its unit and bound, and counts the same thing.",
    run=other_numbers,
    accepts=(
        Example("A blast in Norwick killed forty and injured ninety.", BLAST),
        Example("More than 40 boats left.", "More than 40 boats left the port."),
    ),
    rejects=(
        Example("In 2021, a blast in Norwick killed 50.", BLAST),
        Example("In 2021, a blast in Norwick killed 90 and injured 40.", BLAST),
    ),
)
