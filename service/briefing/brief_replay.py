"""Brief replay: write a kept brief again on its filters and day, and list what differs and why."""

from collections.abc import Sequence

from pydantic import Field, ValidationError

from index.errors import InputError, first_problem
from index.store.store import DocumentStore
from index.types import Filters, Record
from service.answering.replay import (
    FILTER_NAMES,
    ArticleChange,
    DifferingLine,
    ReceiptChange,
    article_changes,
    differing_lines,
    located,
    receipt_changes,
)
from service.briefing.brief_citations import lines_of
from service.briefing.types import Brief, BriefRequest


class BriefReplay(Record):
    """A kept brief and a new one on the same topic, filters and day, with all differences; the new one is not kept."""

    same: bool = Field(description="Verdict, lines, exact words cited, what was withheld: all alike.")
    topic: str
    difference: tuple[DifferingLine, ...] = Field(description="Empty when the briefs are the same.")
    changes: tuple[ReceiptChange, ...] = Field(description="What differs between the two receipts.")
    articles: tuple[ArticleChange, ...] = Field(description="Articles cited then or now that changed in between.")
    then: Brief
    now: Brief


def request_of(brief: Brief) -> BriefRequest:
    """Return the request for a brief as it was made, with the filters of its receipt."""
    receipt = brief.receipt
    chosen = {name: receipt.settings.get(name) for name in FILTER_NAMES}
    try:
        filters = Filters.model_validate({**chosen, "article_ids": receipt.article_ids})
        length = receipt.settings.get("length", "page")
        return BriefRequest.model_validate({"topic": brief.topic, "filters": filters, "length": length})
    except ValidationError as error:
        raise InputError(f"receipt {receipt.id!r} cannot be replayed: {first_problem(error)}") from error


def compare_replayed(then: Brief, now: Brief, store: DocumentStore) -> BriefReplay:
    """Compare two briefs on one topic, filters and day."""
    difference = tuple(differing_lines(_lines(then), _lines(now)))
    before, after = ((*each.citations, *each.closest) for each in (then, now))
    return BriefReplay(
        same=not difference,
        topic=then.topic,
        difference=difference,
        changes=tuple(receipt_changes(then.receipt, now.receipt)),
        articles=tuple(article_changes(before, after, then.receipt.created_at, store)),
        then=then,
        now=now,
    )


def _lines(brief: Brief) -> Sequence[str]:
    """Return a brief as the lines that a reader sees; briefs with equal lines count as the same."""
    return [
        f"verdict: {brief.verdict}",
        *(f"{line.text} {''.join(f'[{n}]' for n in line.citations)}" for line in lines_of(brief)),
        *(each.text for each in brief.unknown if each.line is None),
        *(located(citation, f"[{citation.number}]") for citation in brief.citations),
        *(f"withheld: {withheld.text} ({withheld.reason})" for withheld in brief.withheld),
        *(located(citation, "closest:") for citation in brief.closest),
    ]
