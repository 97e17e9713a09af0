"""This brief beside the last one on the same topic: what is new, what changed, what is gone."""

from collections.abc import Iterator, Sequence

from index.deduplication import are_duplicates
from index.errors import NotFound
from index.store.store import DocumentStore
from service.answering.citations import source_line, unmarked
from service.answering.types import Citation
from service.briefing.types import Brief, Change, Line, SinceLast
from service.language.numbers import numbers
from service.language.quotations import plain

ALTERED = 0.8
"""Share of a line's words that stand in an earlier one from which it differs in a figure."""


def compare(
    previous: Brief | None, lines: Sequence[Line], citations: Sequence[Citation], store: DocumentStore
) -> SinceLast:
    """The changes since the last brief; without one everything is new, and nothing is listed."""
    if previous is None:
        return SinceLast(previous=None, previous_at=None)
    cited = {citation.number: citation for citation in citations}
    changes = [*_new(previous, lines, cited), *_gone(previous, store)]
    return SinceLast(previous=previous.receipt.id, previous_at=previous.receipt.created_at, changes=tuple(changes))


def _new(previous: Brief, lines: Sequence[Line], cited: dict[int, Citation]) -> Iterator[Change]:
    seen, versions = set(previous.seen), {name.rpartition("@")[0] for name in previous.seen}
    before = [plain(citation.quote) for citation in previous.citations]
    told: set[str] = set()
    for line in lines:
        first = cited[line.citations[0]]
        quote = plain(first.quote)
        if f"{first.article_id}@{first.version}" in seen or quote in before or quote in told:
            continue
        if any(are_duplicates(quote, other) for other in before):
            continue
        told.add(quote)
        altered = first.article_id in versions or any(_altered(quote, other) for other in before)
        yield Change(kind="changed" if altered else "new", text=line.text, line=line)


def _altered(quote: str, other: str) -> bool:
    ours, theirs = quote.split(), set(other.split())
    return numbers(quote) != numbers(other) and sum(word in theirs for word in ours) >= ALTERED * len(ours)


def _gone(previous: Brief, store: DocumentStore) -> Iterator[Change]:
    for citation in previous.citations:
        words = unmarked(" ".join(citation.quote.split()))
        try:
            current = store.articles.get(citation.article_id).article.text
        except NotFound:
            yield Change(kind="gone", text=f"{unmarked(source_line(citation))} was removed; it said: “{words}”")
            continue
        if citation.quote not in current:
            yield Change(kind="gone", text=f"{unmarked(source_line(citation))} no longer says: “{words}”")
