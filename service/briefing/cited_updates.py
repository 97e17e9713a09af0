"""Cited updates: which number of an earlier brief's citations a new citation replaces."""

from collections.abc import Sequence

from service.answering.citations import attributed
from service.answering.types import Citation
from service.briefing.contradictions import spelled_value
from service.briefing.number_updates import find_update
from service.briefing.reported_counts import Report
from service.briefing.types import NumberUpdate, ReportedNumber
from service.language.parsing import Parsed, parse
from service.language.quantities import Quantity, quantities


def find_cited_update(newer: Citation, older: Sequence[Citation]) -> tuple[Citation, NumberUpdate] | None:
    """Return the earlier citation whose number a new one replaces, with both numbers; None if there is none."""
    by_report = {_report(each): each for each in older}
    found = find_update(_report(newer), list(by_report))
    if found is not None:
        before = by_report[found.first.report]
        return before, _update((found.first.spelled, before), (found.then.spelled, newer))
    for each in older:
        if (values := _revised(each, newer)) is not None:
            return each, _update((values[0], each), (values[1], newer))
    return None


def _revised(older: Citation, newer: Citation) -> tuple[str, str] | None:
    """Return the number of a sentence and the one in a new version of its article; None if more than that changed."""
    if older.article_id != newer.article_id or older.version >= newer.version:
        return None
    before, after = parse(_text(older)), parse(_text(newer))
    ours, theirs = quantities(before), quantities(after)
    if len(ours) != len(theirs):
        return None
    changed = [pair for pair in zip(ours, theirs, strict=True) if pair[0].value != pair[1].value]
    if len(changed) != 1:
        return None
    one, other = changed[0]
    if _without(before, one) != _without(after, other):
        return None
    return (
        spelled_value(before, [before.words[i] for i in sorted(one.indices)]),
        spelled_value(after, [after.words[i] for i in sorted(other.indices)]),
    )


def _without(sentence: Parsed, number: Quantity) -> list[str]:
    return [word.folded for word in sentence.words if word.index not in number.indices]


def _update(first: tuple[str, Citation], then: tuple[str, Citation]) -> NumberUpdate:
    return NumberUpdate(
        first=ReportedNumber(value=first[0], source=attributed(first[1]), citation=None),
        then=ReportedNumber(value=then[0], source=attributed(then[1]), citation=then[1].number),
    )


def _report(citation: Citation) -> Report:
    return Report(_text(citation), citation.article_id, citation.outlet or "", (citation.published or "")[:10])


def _text(citation: Citation) -> str:
    return " ".join(citation.quote.split())
