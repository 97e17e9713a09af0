"""Numbers and dates: the same value, unit and bound, standing on the same thing."""

from typing import Literal

from service.grounding.alignment import Alignment
from service.grounding.findings import Finding, fail
from service.language.parsing import NOMINAL, Parsed, parse
from service.language.quantities import Date, dates
from service.language.semantic_roles import dependency_distances, semantic_roles

SLACK = 0.9
"""How much nearer another figure may stand to the same word before ours counts as swapped."""
APPROXIMATE = frozenset("c ca circa about around roughly approximately".split())
PEOPLE = frozenset("people person civilian man woman individual other soul life".split())


def numbers(laid: Alignment) -> Finding | None:
    """Every amount is in the evidence with its unit and bound, and counts what it counts there."""
    ours, theirs = laid.quantities
    for amount in ours:
        equal = [other for other in theirs if other.value == amount.value]
        if not equal and amount.value == 1 and _single(laid, amount.index):
            continue
        if not equal:
            instead = f"; it has {theirs[0].said}" if len(theirs) == 1 else ""
            return fail("number", f"the evidence has no {amount.said}{instead}")
        if all(other.unit != amount.unit for other in equal):
            return fail("number", f"the evidence has {equal[0].said}, not {amount.said}")
        if all(other.bound != amount.bound for other in equal):
            said = f"{equal[0].bound} than " if equal[0].bound in ("more", "less") else f"{equal[0].bound} "
            return fail("number", f"the evidence says {said.strip()} {equal[0].said}".replace("  ", " "))
    for amount in ours:
        if failure := _swapped(laid, amount.index, [other.index for other in theirs], "number", amount.said):
            return failure
        if failure := _counted(laid, amount.index, amount.said):
            return failure
    return None


def days(laid: Alignment) -> Finding | None:
    """Every date is in the evidence at the claim's precision or finer, and belongs to the same event."""
    ours, theirs = laid.dates
    for date in ours:
        if not any(date.within(other) for other in theirs) and not _printed_then(laid, date.index):
            instead = f"; it has {theirs[0].said}" if len(theirs) == 1 else ""
            return fail("date", f"the evidence has no {date.said}{instead}")
        dated = [other for other in theirs if date.within(other)]
        vague = bool(dated) and all(_is_about(laid.evidence, other) for other in dated)
        if vague and not _is_about(laid.claim, date):
            return fail("date", f"the evidence says about {date.said}")
    said = [date for aside in laid.asides[0] for date in dates(parse(aside.when))]
    known = [date for aside in laid.asides[1] for date in dates(parse(aside.when))] if laid.asides[1] else theirs
    for date in said:
        if not any(date.within(other) for other in known) and not _is_day(laid.support.published, date):
            return fail("date", f"the evidence does not say that it was said on {date.said}")
    if len(ours) > 1 and _crossed(laid, [date.index for date in ours]):
        return fail("date", f"in the evidence {ours[0].said} and {ours[1].said} belong the other way round")
    for date in ours:
        if failure := _swapped(laid, date.index, [other.index for other in theirs], "date", date.said):
            return failure
    return None


def _is_about(sentence: Parsed, date: Date) -> bool:
    """Whether "circa" or the like stands before it."""
    before = [word.folded.rstrip(".") for word in sentence.words[: min(date.spelled, default=0)]]
    return any(word in APPROXIMATE for word in before[-2:])


def _printed_then(laid: Alignment, index: int) -> bool:
    """Whether the date says only when the article came out, beside the words that say it did."""
    date = next(d for d in laid.dates[0] if d.index == index)
    reported = {frame.verb for frame in laid.claimed if frame.verb is not None}
    beside = bool(reported & set(laid.claim.ancestors(index)))
    return beside and _is_day(laid.support.published, date) and not any(index in f.content for f in laid.claimed)


def _is_day(published: str, date: Date) -> bool:
    parts = published.split("-")
    if len(parts) != 3 or date.weekday:
        return False
    whole = Date(year=int(parts[0]), month=int(parts[1]), day=int(parts[2]), index=0)
    return date.within(whole)


def _swapped(
    laid: Alignment, index: int, others: list[int], kind: Literal["number", "date"], said: str
) -> Finding | None:
    """In the evidence no other figure may stand nearer to the words this one stands on, or to those they act on."""
    mine = laid.candidates.get(index)
    if not mine:
        return None
    far = dependency_distances(laid.evidence)
    above = next((i for i in _anchors(laid.claim, index) if laid.candidates.get(i)), None)
    if above is None:
        return None
    rivals = [i for i in others if i not in mine and i not in _as_near(laid, index, above)]
    if not rivals:
        return None
    args = (
        []
        if kind == "number"
        else [r.word for r in semantic_roles(laid.claim) if r.head == above and laid.claim.words[r.word].is_name]
    )
    for word in (above, *args):
        places = laid.candidates.get(word, ())
        if not places:
            continue
        own = min(far[place][i] for place in places for i in mine)
        if own > min(far[place][i] for place in places for i in rivals) + SLACK:
            return fail(kind, f"in the evidence {said} does not belong to {laid.claim.words[word].text!r}")
    return None


def _crossed(laid: Alignment, figures: list[int]) -> bool:
    """Whether two figures follow two names in the claim, and the same names the other way round in the evidence."""
    names = {i: laid.chosen[i] for i in laid.chosen if laid.claim.words[i].is_name and len(laid.candidates[i]) == 1}
    pairs: dict[int, tuple[int, int]] = {}
    for figure in figures:
        before = [i for i in names if i < figure]
        places = laid.candidates.get(figure, ())
        held = [(names[i], i) for i in names if places and names[i] < places[0]]
        if before and held:
            pairs[figure] = (max(before), max(held)[1])
    claimed, found = [pair[0] for pair in pairs.values()], [pair[1] for pair in pairs.values()]
    return len(set(claimed)) == len(claimed) > 1 and claimed != found and sorted(claimed) == sorted(found)


def _as_near(laid: Alignment, index: int, above: int) -> set[int]:
    """The evidence's figures that the claim has too, and that stand as near to the word in the claim."""
    ours = dependency_distances(laid.claim)
    figures = {amount.index for amount in laid.quantities[0]} | {date.index for date in laid.dates[0]}
    near = [i for i in figures - {index} if ours[i][above] <= ours[index][above]]
    return {place for i in near for place in laid.candidates.get(i, ())}


def _single(laid: Alignment, index: int) -> bool:
    """Whether the noun that "one" counts is a single one in the evidence."""
    noun = _noun(laid.claim, index)
    places = laid.candidates.get(noun, ()) if noun is not None else ()
    marks = {laid.evidence.words[j].folded for i in places for j in laid.evidence.children[i]}
    return bool(marks & {"a", "an", "another", "single"})


def _anchors(claim: Parsed, index: int) -> list[int]:
    """The counted noun and the event that a figure stands on, nearest first."""
    found = [i for i in claim.ancestors(index) if claim.words[i].is_content]
    return sorted(found[:3], key=lambda i: claim.words[i].lemma in PEOPLE)


def _counted(laid: Alignment, index: int, said: str) -> Finding | None:
    """The noun that an amount counts is the one it counts in the evidence."""
    claim, evidence = laid.claim, laid.evidence
    noun = _noun(claim, index)
    places = laid.candidates.get(index, ())
    if noun is None or noun not in laid.candidates or not places:
        return None
    theirs = [_noun(evidence, place) for place in places]
    if any(their is None or their in laid.candidates[noun] for their in theirs):
        return None
    named = next(their for their in theirs if their is not None)
    return fail("number", f"in the evidence {said} counts {evidence.words[named].text!r}")


def _noun(sentence: Parsed, index: int) -> int | None:
    word = sentence.words[index]
    above = sentence.words[word.head]
    return above.index if word.dep == "nummod" and above.pos in NOMINAL and above.index != index else None
