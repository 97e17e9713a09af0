"""Chunking: splits articles into chunks of whole sentences that fit the embedder."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from index.sentences import split_sentences, trim
from index.types import Article, Chunk, Span

VERSION = "4"
"""Part of the index fingerprint: increment it when the same text would be chunked differently."""
PREFERRED_TOKENS = 160
"""Target chunk size. Below the embedder's limit, because a passage on one subject is retrieved more reliably than one
on three."""
MAX_MEAN_TOKEN_CHARACTERS = 8
"""Text longer than this per token is split without tokenizing it whole: one token may be a word of two megabytes, and
a thousand invisible characters may give no token."""


class Tokenizer(Protocol):
    """Tokenizer protocol: the methods of an embedder that chunking needs."""

    @property
    def max_tokens(self) -> int: ...

    def count_tokens(self, text: str) -> int:
        """Return the number of tokens of `text`, special tokens included."""

    def token_ends(self, text: str) -> list[int]:
        """Return the end offset of each token of `text`, in characters."""


def chunk(article: Article, version: int, tokenizer: Tokenizer, *, reserved: int = 0) -> tuple[Chunk, ...]:
    """Split an article into chunks of at most `tokenizer.max_tokens - reserved` tokens, which partition its sentences.

    Args:
        reserved: number of tokens left free for a heading that is embedded together with the chunk.

    A sentence is split only when it is longer than a chunk, and then at token boundaries where it has any.
    """
    limit = tokenizer.max_tokens - reserved
    preferred = min(PREFERRED_TOKENS, limit)
    groups = [
        group
        for paragraph in article.body
        for group in _pack(
            article.text, _fitting_sentences(article.text, paragraph, tokenizer, limit), tokenizer, preferred
        )
    ]
    merged = _merge(article.text, groups, tokenizer, preferred)
    return tuple(
        Chunk(
            id=f"{article.id}@{version}#{ordinal}",
            span=Span(start=group[0].start, end=group[-1].end),
            sentences=tuple(group),
        )
        for ordinal, group in enumerate(merged)
    )


def _fitting_sentences(text: str, paragraph: Span, tokenizer: Tokenizer, limit: int) -> Iterator[Span]:
    for sentence in split_sentences(text, paragraph):
        if _fits(sentence.of(text), tokenizer, limit):
            yield sentence
        else:
            yield from _split(text, sentence, tokenizer, limit)


def _split(text: str, sentence: Span, tokenizer: Tokenizer, limit: int) -> Iterator[Span]:
    """Split a sentence that is too long, after a space where one is near, else between tokens."""
    start = sentence.start
    while start < sentence.end:
        # Tokenization is local, so a window of the text is enough; otherwise a sentence of two megabytes would be
        # tokenized whole for each piece.
        window = text[start : min(sentence.end, start + limit * MAX_MEAN_TOKEN_CHARACTERS)]
        end = _last_fitting_end(window, tokenizer, limit)
        piece = trim(text, start, start + end)
        if piece.end > piece.start:
            yield piece
        start += end


def _fits(text: str, tokenizer: Tokenizer, tokens: int) -> bool:
    return len(text) <= tokens * MAX_MEAN_TOKEN_CHARACTERS and tokenizer.count_tokens(text) <= tokens


def _last_fitting_end(window: str, tokenizer: Tokenizer, limit: int) -> int:
    if tokenizer.count_tokens(window) <= limit:
        return len(window)
    ends = [end for end in tokenizer.token_ends(window) if end > 0]
    kept = max(limit - 2, 1)
    while kept > 1:
        end = ends[min(kept, len(ends)) - 1]
        space = window.rfind(" ", max(end - 40, 1), end)
        end = space + 1 if space > 0 and end < len(window) else end
        # The split can change the tokens of the last word, so count the piece again.
        if tokenizer.count_tokens(window[:end]) <= limit:
            return end
        kept -= 1
    return max(ends[0], 1) if ends else len(window)


def _pack(text: str, sentences: Iterator[Span], tokenizer: Tokenizer, preferred: int) -> Iterator[list[Span]]:
    group: list[Span] = []
    for sentence in sentences:
        if group and not _fits(text[group[0].start : sentence.end], tokenizer, preferred):
            yield group
            group = []
        group.append(sentence)
    if group:
        yield group


def _merge(text: str, groups: Sequence[list[Span]], tokenizer: Tokenizer, preferred: int) -> list[list[Span]]:
    """Merge neighbouring paragraphs while they fit: news articles often have one sentence per paragraph."""
    merged: list[list[Span]] = []
    for group in groups:
        together = text[merged[-1][0].start : group[-1].end] if merged else ""
        if merged and _fits(together, tokenizer, preferred):
            merged[-1] = merged[-1] + group
        else:
            merged.append(list(group))
    return merged
