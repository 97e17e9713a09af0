"""Brief history: load stored briefs by receipt id, and compute the changes since the last brief on a topic."""

from collections.abc import Iterator, Sequence

from pydantic import ValidationError

from index.errors import InputError
from index.sentence_deduplication import are_duplicates
from index.store.store import DocumentStore
from service.answering.citations import source_line, unmarked
from service.answering.types import Citation
from service.briefing.revised_numbers import find_revised_number
from service.briefing.types import Brief, BriefChange, BriefLine, ChangesSinceLast
from service.language.numbers import numbers
from service.language.quotations import plain
from service.language.tokens import tokenise

MIN_SHARED_WORDS_OF_CHANGE = 0.8
"""Minimum share of a quotation's words found in an earlier quotation with other numbers, to be "changed", not "new"."""


def read_brief(store: DocumentStore, receipt_id: str) -> Brief:
    """Load the brief stored under a receipt id.

    Raises:
        NotFound: there is no such brief.
        InputError: the brief was written by another version of Footnote.
    """
    title = store.history.brief(receipt_id).title
    try:
        found = Brief.model_validate_json(store.history.receipt(receipt_id))
    except ValidationError as error:
        raise InputError(f"brief {receipt_id!r} was written by another version of Footnote; make a new one") from error
    return found.model_copy(update={"title": title})


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
    previous_plain = {plain(citation.quote) for citation in previous.citations}
    listed: set[str] = set()
    for line in lines:
        first = citations[line.citations[0]]
        quote = plain(first.quote)
        if f"{first.article_id}@{first.version}" in seen_versions or quote in previous_plain | listed:
            continue
        if any(are_duplicates(quote, other) for other in previous_plain):
            continue
        listed.add(quote)
        updated = find_revised_number(first, previous.citations)
        if updated is not None:
            yield BriefChange(kind="changed", text=line.text, line=line, before=updated[0], update=updated[1])
            continue
        before = next((each for each in previous.citations if has_other_numbers(first.quote, each.quote)), None)
        changed = before is not None or first.article_id in seen_articles
        yield BriefChange(kind="changed" if changed else "new", text=line.text, line=line, before=before)


def has_other_numbers(quote: str, previous: str) -> bool:
    """Whether a quotation repeats most words of an earlier one with other numbers, and has no other names."""
    return numbers(quote) != numbers(previous) and repeats_words(quote, previous) and _names_are_nested(quote, previous)


def repeats_words(quote: str, previous: str) -> bool:
    """Whether most words of a quotation are in an earlier one."""
    own, earlier = plain(quote).split(), set(plain(previous).split())
    return sum(word in earlier for word in own) >= MIN_SHARED_WORDS_OF_CHANGE * len(own)


def _names_are_nested(one: str, other: str) -> bool:
    own, others = ({token.folded for token in tokenise(text) if token.is_name} for text in (one, other))
    return own <= others or others <= own


def is_withdrawn(citation: Citation, store: DocumentStore) -> bool:
    """Whether the current version of an article no longer has the quoted words, or the article was removed."""
    article = store.articles.find(citation.article_id)
    return article is None or citation.quote not in article.text


def _gone_quotations(previous: Brief, store: DocumentStore) -> Iterator[BriefChange]:
    for citation in previous.citations:
        if is_withdrawn(citation, store):
            words = unmarked(" ".join(citation.quote.split()))
            is_removed = store.articles.find(citation.article_id) is None
            what = "was removed; it said" if is_removed else "no longer says"
            yield BriefChange(kind="gone", text=f"{unmarked(source_line(citation))} {what}: “{words}”", before=citation)
