"""Scored sentence: the record of a sentence from first-stage ranking to citation."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from index.types import Article, SentenceLocation, Source, Span
from index.words import stems


@dataclass(frozen=True, eq=False)
class ScoredSentence:
    """Scored sentence of an article version, with signals and scores; `article.text[start:end]` is what is quoted.

    Compared by identity: two are equal only if they are the same object.
    """

    article: Article = field(repr=False)
    """Its article, read from the document store once per request."""
    version: int
    span: Span
    context: str = ""
    """The sentence before it, to resolve pronouns; never shown as a quotation."""
    attribution: Span | None = None
    """For a sentence inside a longer quotation: the words of the article that name the speaker."""
    duplicates: tuple[SentenceLocation, ...] = ()
    """Locations of the same sentence in later articles."""
    origins: frozenset[str] = frozenset()
    """Origin ids of all articles that contain the sentence; near-duplicate articles share one."""
    chunk_id: str = ""
    passage: Span | None = None
    """Its passage; None where none is known."""
    passage_score: float = 0.0
    """Fused retrieval score of its passage; comparable only within one search."""
    vector: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, dtype=np.float32), repr=False)
    """Pooled from the token vectors of its passage; shape (dimension,), unit length."""
    cosine: float = 0.0
    """Cosine of the query and the sentence."""
    signals: Mapping[str, float] = field(default_factory=dict)
    """Ranking features by name; only those computed so far."""
    answer: Span | None = None
    """Answer span that the reader found in it: `article.text[start:end]`; None before it was read."""
    probability: float = 0.0
    """Probability that it answers the question, given that one of the reranked sentences does; they sum to 1."""
    score: float = 0.0
    """Relevance to a topic, between 0 and 1; 0 unless it was ranked for one."""

    @property
    def article_id(self) -> str:
        """Id of the article."""
        return self.article.id

    @property
    def start(self) -> int:
        """Start offset in the article's text, in code points."""
        return self.span.start

    @property
    def end(self) -> int:
        """End offset (exclusive) in the article's text, in code points."""
        return self.span.end

    @property
    def passage_start(self) -> int:
        """Start offset of its passage in the article's text."""
        return self.passage.start if self.passage else self.start

    @property
    def source(self) -> Source:
        """Source metadata of the article."""
        return self.article.source

    @property
    def answer_in_quote(self) -> Span | None:
        """Answer span as offsets in the quotation."""
        if self.answer is None:
            return None
        return Span(start=self.answer.start - self.start, end=self.answer.end - self.start)

    @cached_property
    def quote(self) -> str:
        """Exact text of the sentence, copied from the article."""
        return self.span.of(self.article.text)

    @cached_property
    def text(self) -> str:
        """Text of the sentence on one line."""
        return " ".join(self.quote.split())

    @cached_property
    def stems(self) -> frozenset[str]:
        """Stems of the content words."""
        return stems(self.text)

    @property
    def location(self) -> tuple[str, int, int, int]:
        """Article id, version, start and end, which identify the sentence."""
        return self.article_id, self.version, self.start, self.end
