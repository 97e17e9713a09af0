"""Reranking: cheap signals select the sentences that a reranker reads, then all signals rank them.

The weights of both stages are fitted by `footnote study fit signal-weights`.
"""

import itertools
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.search.article_cache import ArticleCache
from index.search.candidate_sentences import deduplicate, passage_sentences, sentence_kind
from index.search.scored_sentence import ScoredSentence
from index.search.word_vectors import Coverage, WordVectors
from index.store.store import DocumentStore
from index.types import Passage, Record
from index.words import content_words, stem, stems

FITTED = Path(__file__).with_name("reranking.json")


class RerankerInput(Record):
    """Reranker input: a sentence's text, the sentence before it and its article's title."""

    text: str
    before: str
    title: str


class Reranker(Protocol):
    """Reranker protocol: scores question and sentence together."""

    fingerprint: str
    """Identifies the reranker; recorded in every receipt."""

    def __call__(self, question: str, sentences: Sequence[RerankerInput]) -> Sequence[float]:
        """Return for each sentence the log-odds that it answers the question; shape (len(sentences),)."""
        ...


class OverlapReranker:
    """Overlap reranker: scores shared words only, for tests and for machines without the cross-encoder."""

    fingerprint = "overlap"

    def __call__(self, question: str, sentences: Sequence[RerankerInput]) -> list[float]:
        """Return log-odds from -4 (no content word of the question) to 4 (all of them); shape (len(sentences),)."""
        wanted = [stem(word) for word in content_words(question)]
        if not wanted:
            return [-5.0] * len(sentences)
        return [8.0 * sum(word in stems(s.text) for word in wanted) / len(wanted) - 4.0 for s in sentences]


class EvidenceFinder(Protocol):
    """Evidence finder protocol: finds the sentences of passages that answer a question, in two stages."""

    @property
    def reranker(self) -> Reranker:
        """Reranker of the second stage."""
        ...

    def first_stage(
        self,
        question: str,
        vector: NDArray[np.float32],
        passages: Sequence[Passage],
        rerank_k: int,
        articles: ArticleCache | None = None,
    ) -> list[ScoredSentence]:
        """Return the `rerank_k` sentences that rank first by cheap signals, before the reranker reads them."""
        ...

    def rerank(self, question: str, sentences: Sequence[ScoredSentence]) -> list[ScoredSentence]:
        """Rerank the sentences; returns them with their probabilities, best first."""
        ...


ExpectedKind = Callable[[str, str], bool]
"""Whether a sentence (second) contains the kind that a question (first) asks for: a date, a person, a number."""


class RerankingFinder:
    """Reranking finder: ranks sentences by lexical, word-vector and cosine signals first, then by the reranker."""

    def __init__(
        self, store: DocumentStore, word_vectors: WordVectors, reranker: Reranker, offers_kind: ExpectedKind
    ) -> None:
        self._store = store
        self._word_vectors = word_vectors
        self.reranker = reranker
        self._offers_kind = offers_kind
        fitted = json.loads(FITTED.read_text(encoding="utf-8"))
        self._first_weights: dict[str, float] = fitted["first"]
        self._final_weights: dict[str, float] = fitted["final"]

    def find(
        self, question: str, vector: NDArray[np.float32], passages: Sequence[Passage], rerank_k: int
    ) -> list[ScoredSentence]:
        """Return the `rerank_k` best sentences of the first stage, reranked."""
        return self.rerank(question, self.first_stage(question, vector, passages, rerank_k))

    def first_stage(
        self,
        question: str,
        vector: NDArray[np.float32],
        passages: Sequence[Passage],
        rerank_k: int,
        articles: ArticleCache | None = None,
    ) -> list[ScoredSentence]:
        """Return the `rerank_k` sentences that rank first by cheap signals; ties stay in passage order."""
        return self.best_of(self.candidates(question, vector, passages, articles), rerank_k)

    def best_of(self, candidates: Sequence[ScoredSentence], rerank_k: int) -> list[ScoredSentence]:
        """Return the `rerank_k` candidates that rank first by their cheap signals."""
        best = _ranked([weigh(self._first_weights, each.signals) for each in candidates])[:rerank_k]
        return [candidates[i] for i in best]

    def rerank(self, question: str, sentences: Sequence[ScoredSentence]) -> list[ScoredSentence]:
        """Rerank the sentences; returns them with their probabilities, best first."""
        logits = self.reranker(question, [reranker_input(each) for each in sentences]) if sentences else []
        signals = [
            {**each.signals, "relevance": logit, "offers_kind": float(self._offers_kind(question, each.quote))}
            for each, logit in zip(sentences, logits, strict=True)
        ]
        probabilities = _softmax([weigh(self._final_weights, found) for found in signals])
        return [replace(sentences[i], signals=signals[i], probability=probabilities[i]) for i in _ranked(probabilities)]

    def candidates(
        self,
        question: str,
        vector: NDArray[np.float32],
        passages: Sequence[Passage],
        articles: ArticleCache | None = None,
    ) -> list[ScoredSentence]:
        """Return the statements in the passages with their cheap signals, deduplicated, without questions and headings.

        Args:
            vector: unit vector of the question, shape (dimension,).
            articles: article cache of this request; by default a new one.
        """
        statements = self._statements(vector, passages, articles or ArticleCache(self._store))
        signals = self._cheap_signals(question, statements)
        return [replace(each, signals=found) for each, found in zip(statements, signals, strict=True)]

    def _statements(
        self, vector: NDArray[np.float32], passages: Sequence[Passage], articles: ArticleCache
    ) -> list[ScoredSentence]:
        found: list[ScoredSentence] = []
        origins = self._store.articles.origins([passage.article_id for passage in passages])
        earliest = {article_id: origin.first for article_id, origin in origins.items() if origin.copies > 1}
        for passage in passages:
            article = articles.article(passage.article_id, passage.version)
            vectors = self._store.chunks.sentence_vectors(passage.chunk_id)
            cosines = vectors @ vector
            sentences = passage_sentences(passage, article)
            for sentence, own, cosine in zip(sentences, vectors, cosines, strict=True):
                if sentence_kind(sentence.quote) == "statement":
                    origin = frozenset({origins[passage.article_id].id})
                    found.append(replace(sentence, vector=own, cosine=float(cosine), origins=origin))
        return deduplicate(found, earliest)

    def _cheap_signals(self, question: str, sentences: Sequence[ScoredSentence]) -> list[dict[str, float]]:
        asked = content_words(question)
        own = [content_words(each.quote) for each in sentences]
        in_context = [
            (*words, *content_words(each.context), *content_words(each.source.title.value or ""))
            for words, each in zip(own, sentences, strict=True)
        ]
        weights = idf(self._store.lexical.document_frequency(asked), self._store.chunks.count())
        coverage = Coverage(asked, weights, itertools.chain.from_iterable(in_context), self._word_vectors)
        return [
            {
                "one": 1.0,
                "covered": covered,
                "covered_in_context": covered_in_context,
                "passage": each.passage_score,
                "cosine": each.cosine,
            }
            for each, covered, covered_in_context in zip(
                sentences, coverage.of(own), coverage.of(in_context), strict=True
            )
        ]


def idf(counts: Mapping[str, int], chunks: int) -> dict[str, float]:
    """Return the inverse document frequency of each word's stem, as in BM25 but never negative.

    Args:
        counts: number of chunks that contain each word.
        chunks: number of all chunks.
    """
    return {stem(w): math.log(1.0 + (chunks - n + 0.5) / (n + 0.5)) for w, n in counts.items()}


def weigh(weights: Mapping[str, float], signals: Mapping[str, float]) -> float:
    """Return the weighted sum of the signals; those without a weight are ignored."""
    return sum(weight * signals.get(name, 0.0) for name, weight in weights.items())


def reranker_input(sentence: ScoredSentence, words: str | None = None) -> RerankerInput:
    """Return the reranker input for a sentence; `words` replaces its text by a shortened version."""
    text = sentence.quote if words is None else words
    return RerankerInput(text=text, before=sentence.context, title=sentence.source.title.value or "")


def _softmax(scores: Sequence[float]) -> list[float]:
    """Return probabilities under the listwise model that the weights were fitted with (Cao et al. 2007)."""
    if not scores:
        return []
    odds = np.exp(np.array(scores) - max(scores))
    return [float(odd) for odd in odds / odds.sum()]


def _ranked(scores: Sequence[float]) -> list[int]:
    """Return positions by descending score; scores that differ only by rounding keep their order."""
    return sorted(range(len(scores)), key=lambda i: (-round(scores[i], 5), i))
