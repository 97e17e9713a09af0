"""Revised numbers: which citation of an earlier brief a new version of its article has with another number."""

from collections.abc import Sequence

from service.answering.citations import attributed
from service.answering.types import Citation
from service.briefing.contradictions import spelled_value
from service.briefing.types import NumberUpdate, ReportedNumber
from service.language.parsing import Parsed, parse
from service.language.quantities import Quantity, quantities


def find_revised_number(newer: Citation, older: Sequence[Citation]) -> tuple[Citation, NumberUpdate] | None:
    """Return the earlier citation whose number a new version revises, with both numbers; None if there is none."""
    for each in older:
        if (values := _revised(each, newer)) is not None:
            first, then = values
            return each, NumberUpdate(
                first=ReportedNumber(value=first, source=attributed(each)),
                then=ReportedNumber(value=then, source=attributed(newer)),
            )
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


def _text(citation: Citation) -> str:
    return " ".join(citation.quote.split())
