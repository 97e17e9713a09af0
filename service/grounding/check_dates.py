"""Dates check: each date of the claim must be in the evidence, at its precision or finer, and of the same event."""

from collections.abc import Iterator

from service.grounding.alignment import Alignment
from service.grounding.check_numbers import absent, misplaced
from service.grounding.check_record import Check, Example
from service.grounding.findings import Finding, FindingMessage, fail
from service.language.dates import Date, dates
from service.language.parsing import Parsed, parse

APPROXIMATORS = frozenset("c ca circa about around roughly approximately".split())


def other_dates(alignment: Alignment) -> Iterator[Finding]:
    """Each date that the evidence lacks at this precision, gives as approximate, or gives for another event."""
    yield from _absent(alignment)
    yield from _said_on_another_day(alignment)
    ours, theirs = alignment.dates
    if len(ours) > 1 and _exchanged(alignment, [date.index for date in ours]):
        yield fail("date", FindingMessage.VALUES_EXCHANGED, claimed=(ours[0].written, ours[1].written))
    for date in ours:
        if failure := misplaced(alignment, date.index, [other.index for other in theirs], "date", date.written):
            yield failure


def _absent(alignment: Alignment) -> Iterator[Finding]:
    ours, theirs = alignment.dates
    for date in ours:
        if not any(date.within(other) for other in theirs) and not _is_publication_day(alignment, date.index):
            yield absent("date", date.written, [other.written for other in theirs])
        dated = [other for other in theirs if date.within(other)]
        vague = bool(dated) and all(_is_approximate(alignment.evidence, other) for other in dated)
        if vague and not _is_approximate(alignment.claim, date):
            yield fail("date", FindingMessage.OTHER_BOUND, claimed=date.written, found=f"about {date.written}")


def _said_on_another_day(alignment: Alignment) -> Iterator[Finding]:
    theirs = alignment.dates[1]
    said = [date for clause in alignment.attributions[0] for date in dates(parse(clause.when))]
    known = (
        [date for clause in alignment.attributions[1] for date in dates(parse(clause.when))]
        if alignment.attributions[1]
        else theirs
    )
    for date in said:
        if not any(date.within(other) for other in known) and not _is_day(alignment.support.published, date):
            yield fail("date", FindingMessage.NOT_SAID_THEN, claimed=date.written)


def _is_approximate(sentence: Parsed, date: Date) -> bool:
    """Whether a word like "circa" comes before the date."""
    before = [word.folded.rstrip(".") for word in sentence.words[: min(date.indices, default=0)]]
    return any(word in APPROXIMATORS for word in before[-2:])


def _is_publication_day(alignment: Alignment, index: int) -> bool:
    """Whether a date beside a reporting verb is the day on which the article was published."""
    date = next(d for d in alignment.dates[0] if d.index == index)
    reported = {span.verb for span in alignment.reported if span.verb is not None}
    beside = bool(reported & set(alignment.claim.ancestors(index)))
    return (
        beside
        and _is_day(alignment.support.published, date)
        and not any(index in f.content for f in alignment.reported)
    )


def _is_day(published: str, date: Date) -> bool:
    parts = published.split("-")
    if len(parts) != 3 or date.weekday:
        return False
    whole = Date(year=int(parts[0]), month=int(parts[1]), day=int(parts[2]), index=0)
    return date.within(whole)


def _exchanged(alignment: Alignment, figures: list[int]) -> bool:
    """Whether two dates follow two names in the claim, and the same names the other way round in the evidence."""
    names = {
        i: alignment.chosen[i]
        for i in alignment.chosen
        if alignment.claim.words[i].is_name and len(alignment.candidates[i]) == 1
    }
    pairs: dict[int, tuple[int, int]] = {}
    for figure in figures:
        before = [i for i in names if i < figure]
        places = alignment.candidates.get(figure, ())
        preceding = [(names[i], i) for i in names if places and names[i] < places[0]]
        if before and preceding:
            pairs[figure] = (max(before), max(preceding)[1])
    claimed, found = [pair[0] for pair in pairs.values()], [pair[1] for pair in pairs.values()]
    return len(set(claimed)) == len(claimed) > 1 and claimed != found and sorted(claimed) == sorted(found)


BLAST = "In 2021, a blast in Norwick killed 40 and injured 90, while in 2019, it struck at a rally in Easton."

DATES = Check(
    id="dates",
    phenomenon="Dates: every date is in the evidence, as precise or more so, and belongs to the same event.",
    run=other_dates,
    accepts=(
        Example("In 2021, a blast in Norwick killed 40.", BLAST),
        Example("In 2019, it struck at a rally in Easton.", BLAST),
    ),
    rejects=(
        Example("In 2019, a blast in Norwick killed 40.", BLAST),
        Example(
            "Mayor Ellen Marsh said the bridge may not open before 13 March.",
            "Mayor Ellen Marsh said the bridge may not open before 12 March.",
        ),
        Example(
            "The bridge is unsafe, the engineer said in Norwick on Monday.",
            "The bridge is unsafe, the engineer said in Norwick on Friday.",
        ),
    ),
)
