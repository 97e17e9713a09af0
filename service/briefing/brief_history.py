"""Brief history: load stored briefs by receipt id, and compute the changes since the last brief on a topic."""

from collections.abc import Iterator, Sequence

from pydantic import ValidationError

from index.errors import InputError, NotFound
from index.sentence_deduplication import are_duplicates
from index.store.store import DocumentStore
from service.answering.citations import source_line, unmarked
from service.answering.types import Citation
from service.briefing.types import Brief, BriefChange, BriefLine, ChangesSinceLast
from service.language.numbers import numbers
from service.language.quotations import plain

MIN_SHARED_WORDS_OF_CHANGE = 0.8
"""Minimum share of a quotation's words found in an earlier quotation with other numbers, to be "changed", not "new"."""


def read_brief(store: DocumentStore, receipt_id: str) -> Brief:
    """Load the brief stored under a receipt id.

    Raises:
        NotFound: there is no such brief.
        InputError: the brief was written by another version of Footnote.
    """
    if not store.history.is_brief(receipt_id):
        raise NotFound(f"no brief {receipt_id!r} in this home folder; GET /v1/briefs lists them")
    try:
        return Brief.model_validate_json(store.history.receipt(receipt_id))
    except ValidationError as error:
        raise InputError(f"brief {receipt_id!r} was written by another version of Footnote; make a new one") from error


def last_brief(store: DocumentStore, topic: str) -> Brief | None:
    """Load the newest brief on a topic, ignoring case and spacing; None if there is none."""
    for kept in store.history.briefs(topic, limit=1):
        return read_brief(store, kept.receipt)
    return None


def changes_since(
    previous: Brief | None, lines: Sequence[BriefLine], citations: Sequence[Citation], store: DocumentStore
) -> ChangesSinceLast:
    """List the changes since the previous brief; empty without a previous brief, since everything would be new."""
    if previous is None:
        return ChangesSinceLast(previous=None, previous_at=None)
    by_number = {citation.number: citation for citation in citations}
    changes = [*_new_lines(previous, lines, by_number), *_gone_quotations(previous, store)]
    return ChangesSinceLast(
        previous=previous.receipt.id, previous_at=previous.receipt.created_at, changes=tuple(changes)
    )


def _new_lines(previous: Brief, lines: Sequence[BriefLine], citations: dict[int, Citation]) -> Iterator[BriefChange]:
    seen_versions = set(previous.seen)
    seen_articles = {name.rpartition("@")[0] for name in previous.seen}
    previous_quotes = [plain(citation.quote) for citation in previous.citations]
    listed: set[str] = set()
    for line in lines:
        first = citations[line.citations[0]]
        quote = plain(first.quote)
        if f"{first.article_id}@{first.version}" in seen_versions or quote in previous_quotes or quote in listed:
            continue
        if any(are_duplicates(quote, other) for other in previous_quotes):
            continue
        listed.add(quote)
        changed = first.article_id in seen_articles or any(_has_other_numbers(quote, q) for q in previous_quotes)
        yield BriefChange(kind="changed" if changed else "new", text=line.text, line=line)


def _has_other_numbers(quote: str, previous: str) -> bool:
    """Whether a quotation repeats most words of an earlier one, but with other numbers."""
    own, earlier = quote.split(), set(previous.split())
    return numbers(quote) != numbers(previous) and (
        sum(word in earlier for word in own) >= MIN_SHARED_WORDS_OF_CHANGE * len(own)
    )


def _gone_quotations(previous: Brief, store: DocumentStore) -> Iterator[BriefChange]:
    for citation in previous.citations:
        words = unmarked(" ".join(citation.quote.split()))
        try:
            current = store.articles.get(citation.article_id).article.text
        except NotFound:
            yield BriefChange(kind="gone", text=f"{unmarked(source_line(citation))} was removed; it said: “{words}”")
            continue
        if citation.quote not in current:
            yield BriefChange(kind="gone", text=f"{unmarked(source_line(citation))} no longer says: “{words}”")
