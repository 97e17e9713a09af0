"""Brief comparison: match the statements of two briefs, and name what is new, changed or withdrawn in the later one."""

from collections.abc import Iterator, Sequence

from index.sentence_deduplication import are_duplicates
from index.store.store import DocumentStore
from index.types import BriefSummary
from service.briefing.brief_citations import lines_of
from service.briefing.brief_history import has_other_numbers, is_withdrawn, repeats_words
from service.briefing.revised_numbers import find_revised_number
from service.briefing.types import Brief, BriefComparison, ComparedLine, ComparedStatement
from service.language.quotations import plain

ORDER = ("changed", "new", "gone", "only_then", "only_now")


def compare_briefs(
    then: tuple[BriefSummary, Brief], now: tuple[BriefSummary, Brief], store: DocumentStore
) -> BriefComparison:
    """Compare two briefs, the earlier one first, statement by statement."""
    before, after = _statements(then[1]), _statements(now[1])
    pairs = {number: found for number, each in enumerate(after) if (found := _same(each, before)) is not None}
    unmatched = [each for number, each in enumerate(before) if number not in pairs.values()]
    statements = sorted(
        _differences(then[1], unmatched, [each for i, each in enumerate(after) if i not in pairs], store),
        key=lambda each: ORDER.index(each.kind),
    )
    return BriefComparison(
        then=then[0], now=now[0], same=not statements, unchanged=len(pairs), statements=tuple(statements)
    )


def _statements(brief: Brief) -> list[ComparedLine]:
    """Return each cited sentence of a brief once, with the first line that shows it."""
    cited = {citation.number: citation for citation in brief.citations}
    first = {cited[line.citations[0]].quote: line for line in reversed(list(lines_of(brief)))}
    return [ComparedLine(line=line, citation=cited[line.citations[0]]) for line in reversed(first.values())]


def _same(one: ComparedLine, others: Sequence[ComparedLine]) -> int | None:
    quotes = [plain(other.citation.quote) for other in others]
    own = plain(one.citation.quote)
    if own in quotes:
        return quotes.index(own)
    return next((i for i, quote in enumerate(quotes) if are_duplicates(own, quote)), None)


def _differences(
    then: Brief, before: Sequence[ComparedLine], after: Sequence[ComparedLine], store: DocumentStore
) -> Iterator[ComparedStatement]:
    replaced: set[int] = set()
    for each in after:
        left = [i for i in range(len(before)) if i not in replaced]
        updated = find_revised_number(each.citation, [before[i].citation for i in left])
        if updated is not None:
            earlier = next(i for i in left if before[i].citation == updated[0])
        else:
            earlier = next((i for i in left if _replaces(each, before[i])), -1)
        if earlier >= 0:
            replaced.add(earlier)
            yield ComparedStatement(kind="changed", then=before[earlier], now=each, update=updated and updated[1])
        else:
            known = f"{each.citation.article_id}@{each.citation.version}" in then.seen
            yield ComparedStatement(kind="only_now" if known else "new", then=None, now=each)
    for i, each in enumerate(before):
        if i not in replaced:
            gone = is_withdrawn(each.citation, store)
            yield ComparedStatement(kind="gone" if gone else "only_then", then=each, now=None)


def _replaces(one: ComparedLine, other: ComparedLine) -> bool:
    """Whether a statement is an earlier one with other numbers, or with other words in a new version of its article."""
    ours, theirs = one.citation, other.citation
    if ours.article_id == theirs.article_id:
        return ours.version != theirs.version and repeats_words(ours.quote, theirs.quote)
    return has_other_numbers(ours.quote, theirs.quote)
