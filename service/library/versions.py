"""Version diff: finds what an edit of an article removed and added, word by word."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Literal

from pydantic import Field

from index.reading.layout import paragraphs
from index.sentences import split_sentences
from index.types import Record, Source, Span, StoredArticle

NAME_OR_NUMBER = re.compile(r"\b[A-Z][\w'’-]*|[$€£]?\d[\d.,:/]*\d%?|\d%?")
FACT_NAMES = ("title", "outlet", "author", "place", "published")
MIN_SIMILARITY = 0.4
"""Share of matching words below which two sentences are shown whole, one removed and one added."""

Kind = Literal["same", "removed", "added"]


class DiffPiece(Record):
    """Words that stayed, were removed or were added."""

    kind: Kind
    words: str


class Edit(Record):
    """Edit: a sentence of the text with the words that changed in it."""

    then: Span = Field(description="Where the old words stand in the text of the older version; empty for an addition.")
    now: Span = Field(description="Where the new words stand in the text of the newer version; empty for a removal.")
    pieces: tuple[DiffPiece, ...]
    gone: tuple[str, ...] = Field(description="Figures and names that only the older version has here.")
    come: tuple[str, ...] = Field(description="Figures and names that only the newer version has here.")


class FactChange(Record):
    """Change of a title, outlet, author, place, date or address."""

    name: str
    then: str | None
    now: str | None


class Difference(Record):
    """Difference between two versions of an article."""

    from_version: int
    to_version: int
    facts: tuple[FactChange, ...]
    edits: tuple[Edit, ...] = Field(description="In the order of the text; empty when its words are the same.")


def compare_versions(older: StoredArticle, newer: StoredArticle) -> Difference:
    """Compare two versions by sentences, and similar sentences by words."""
    return Difference(
        from_version=older.version,
        to_version=newer.version,
        facts=tuple(_facts(older.article.source, newer.article.source)),
        edits=tuple(_edits(older.article.text, newer.article.text)),
    )


def _facts(then: Source, now: Source) -> Iterator[FactChange]:
    values = [(name, getattr(then, name).value, getattr(now, name).value) for name in FACT_NAMES]
    for name, one, other in [*values, ("url", then.url, now.url)]:
        if one != other:
            yield FactChange(name=name, then=one, now=other)


def _edits(then: str, now: str) -> Iterator[Edit]:
    before, after = _sentences(then), _sentences(now)
    matcher = SequenceMatcher(None, [_plain(s, then) for s in before], [_plain(s, now) for s in after])
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind != "equal":
            yield from _within(before[a:b], after[c:d], then, now)


def _within(before: Sequence[Span], after: Sequence[Span], then: str, now: str) -> Iterator[Edit]:
    """Yield word edits of sentences that replace each other, and the others as removed or added whole."""
    for i in range(max(len(before), len(after))):
        old, new = before[i : i + 1], after[i : i + 1]
        if old and new and _similarity(old[0].of(then), new[0].of(now)) < MIN_SIMILARITY:
            yield _edit(old, [], then, now)
            yield _edit([], new, then, now)
        else:
            yield _edit(old, new, then, now)


def _edit(old: Sequence[Span], new: Sequence[Span], then: str, now: str) -> Edit:
    nowhere = Span(start=0, end=0)
    one, other = (old[0] if old else nowhere), (new[0] if new else nowhere)
    gone, come = Counter(NAME_OR_NUMBER.findall(one.of(then))), Counter(NAME_OR_NUMBER.findall(other.of(now)))
    return Edit(
        then=one,
        now=other,
        pieces=tuple(_pieces(one.of(then).split(), other.of(now).split())),
        gone=tuple((gone - come).keys()),
        come=tuple((come - gone).keys()),
    )


def _pieces(ours: list[str], theirs: list[str]) -> Iterator[DiffPiece]:
    for kind, a, b, c, d in SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
        if kind == "equal":
            yield DiffPiece(kind="same", words=" ".join(ours[a:b]))
            continue
        if a < b:
            yield DiffPiece(kind="removed", words=" ".join(ours[a:b]))
        if c < d:
            yield DiffPiece(kind="added", words=" ".join(theirs[c:d]))


def _similarity(one: str, other: str) -> float:
    return SequenceMatcher(None, one.split(), other.split(), autojunk=False).ratio()


def _sentences(text: str) -> list[Span]:
    return [sentence for paragraph in paragraphs(text) for sentence in split_sentences(text, paragraph)]


def _plain(span: Span, text: str) -> str:
    return " ".join(span.of(text).split())
