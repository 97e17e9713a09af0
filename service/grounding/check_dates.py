"""Dates: at the claim's precision or finer, and of the same event."""

from service.grounding.alignment import Alignment
from service.grounding.check_numbers import swapped
from service.grounding.findings import Finding, fail
from service.language.dates import Date, dates
from service.language.parsing import Parsed, parse

APPROXIMATE = frozenset("c ca circa about around roughly approximately".split())


def days(alignment: Alignment) -> Finding | None:
    """Every date is in the evidence at the claim's precision or finer, and belongs to the same event."""
    ours, theirs = alignment.dates
    for date in ours:
        if not any(date.within(other) for other in theirs) and not _printed_then(alignment, date.index):
            instead = f"; it has {theirs[0].written}" if len(theirs) == 1 else ""
            return fail("date", f"the evidence has no {date.written}{instead}")
        dated = [other for other in theirs if date.within(other)]
        vague = bool(dated) and all(_is_about(alignment.evidence, other) for other in dated)
        if vague and not _is_about(alignment.claim, date):
            return fail("date", f"the evidence says about {date.written}")
    said = [date for aside in alignment.asides[0] for date in dates(parse(aside.when))]
    known = (
        [date for aside in alignment.asides[1] for date in dates(parse(aside.when))] if alignment.asides[1] else theirs
    )
    for date in said:
        if not any(date.within(other) for other in known) and not _is_day(alignment.support.published, date):
            return fail("date", f"the evidence does not say that it was said on {date.written}")
    if len(ours) > 1 and _crossed(alignment, [date.index for date in ours]):
        return fail("date", f"in the evidence {ours[0].written} and {ours[1].written} belong the other way round")
    for date in ours:
        if failure := swapped(alignment, date.index, [other.index for other in theirs], "date", date.written):
            return failure
    return None


def _is_about(sentence: Parsed, date: Date) -> bool:
    """Whether "circa" or the like stands before it."""
    before = [word.folded.rstrip(".") for word in sentence.words[: min(date.indices, default=0)]]
    return any(word in APPROXIMATE for word in before[-2:])


def _printed_then(alignment: Alignment, index: int) -> bool:
    """Whether the date says only when the article came out, beside the words that say it did."""
    date = next(d for d in alignment.dates[0] if d.index == index)
    reported = {frame.verb for frame in alignment.claimed if frame.verb is not None}
    beside = bool(reported & set(alignment.claim.ancestors(index)))
    return (
        beside and _is_day(alignment.support.published, date) and not any(index in f.content for f in alignment.claimed)
    )


def _is_day(published: str, date: Date) -> bool:
    parts = published.split("-")
    if len(parts) != 3 or date.weekday:
        return False
    whole = Date(year=int(parts[0]), month=int(parts[1]), day=int(parts[2]), index=0)
    return date.within(whole)


def _crossed(alignment: Alignment, figures: list[int]) -> bool:
    """Whether two figures follow two names in the claim, and the same names the other way round in the evidence."""
    names = {
        i: alignment.chosen[i]
        for i in alignment.chosen
        if alignment.claim.words[i].is_name and len(alignment.candidates[i]) == 1
    }
    pairs: dict[int, tuple[int, int]] = {}
    for figure in figures:
        before = [i for i in names if i < figure]
        places = alignment.candidates.get(figure, ())
        held = [(names[i], i) for i in names if places and names[i] < places[0]]
        if before and held:
            pairs[figure] = (max(before), max(held)[1])
    claimed, found = [pair[0] for pair in pairs.values()], [pair[1] for pair in pairs.values()]
    return len(set(claimed)) == len(claimed) > 1 and claimed != found and sorted(claimed) == sorted(found)
