"""Scored sentences: the one record of a sentence from first-stage ranking to citation."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from index.types import Article, SentenceLocation, Source, Span
from index.words import stems


@dataclass(frozen=True, eq=False)
class ScoredSentence:
    """A sentence of an article version with its signals and scores; `article.text[start:end]` is what is quoted.

    Two of them are equal only if they are the same object.
    """

    article: Article = field(repr=False)
    """Read from the document store once for each request."""
    version: int
    span: Span
    context: str = ""
    """The sentence before it, for what a pronoun refers to; never shown as a quotation."""
    attribution: Span | None = None
    """For a sentence inside a longer quotation: the article's words that say who spoke."""
    duplicates: tuple[SentenceLocation, ...] = ()
    """Where later articles have the same sentence."""
    origins: frozenset[str] = frozenset()
    """Ids of the origins of its article and of those that have the sentence too; copies share one."""
    chunk_id: str = ""
    passage_score: float = 0.0
    """Fused retrieval score of its passage; comparable only within one search."""
    vector: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, dtype=np.float32), repr=False)
    """Pooled from the token vectors of its passage; shape (dimension,), unit length."""
    cosine: float = 0.0
    """Of the query and the sentence."""
    signals: Mapping[str, float] = field(default_factory=dict)
    """Ranking features by name, as far as they are computed."""
    probability: float = 0.0
    """That it answers the question, among the sentences reranked and if one of them does; they sum to 1."""
    score: float = 0.0
    """Relevance to a topic, between 0 and 1; 0 unless it was ranked for one."""

    @property
    def article_id(self) -> str:
        """Id of its article."""
        return self.article.id

    @property
    def start(self) -> int:
        """First character in the article's text, in code points."""
        return self.span.start

    @property
    def end(self) -> int:
        """Character after its last one."""
        return self.span.end

    @property
    def source(self) -> Source:
        """What is known of its article."""
        return self.article.source

    @cached_property
    def quote(self) -> str:
        """Its exact words, copied from the article."""
        return self.span.of(self.article.text)

    @cached_property
    def text(self) -> str:
        """Its words in one line."""
        return " ".join(self.quote.split())

    @cached_property
    def stems(self) -> frozenset[str]:
        """Stems of its content words."""
        return stems(self.text)

    @property
    def location(self) -> tuple[str, int, int, int]:
        """Article, version, start and end: what tells it from every other sentence."""
        return self.article_id, self.version, self.start, self.end
