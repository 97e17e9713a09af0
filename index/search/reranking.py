"""Reranking: cheap signals select the sentences whose passages the reader reads, then all signals rank them.

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
from index.search.reader import AnswerSpan, Reader, ReaderPassage, Reading, passage_head
from index.search.scored_sentence import ScoredSentence
from index.search.word_vectors import Coverage, WordVectors
from index.store.store import DocumentStore
from index.types import Passage, Span
from index.words import content_words, stem, stems

FITTED = Path(__file__).with_name("reranking.json")
PASSAGES_READ = 10
"""Number of passages that the reader reads for a question; reading them delays the final evidence."""


class OverlapReader:
    """Overlap reader: scores shared words only, for tests and for machines without the fitted reader."""

    fingerprint = "overlap"

    def __call__(self, question: str, passages: Sequence[ReaderPassage]) -> list[Reading]:
        """Return readings whose log-odds run from -4 (no content word of the question) to 4 (all of them)."""
        wanted = [stem(word) for word in content_words(question)]

        def odds(text: str) -> float:
            return 8.0 * sum(word in stems(text) for word in wanted) / len(wanted) - 4.0 if wanted else -5.0

        found = []
        for passage in passages:
            scores = tuple(odds(span.of(passage.text)) for span in passage.sentences)
            spans = tuple(AnswerSpan(span, score) for span, score in zip(passage.sentences, scores, strict=True))
            found.append(Reading(max(scores, default=-5.0), scores, spans))
        return found


class EvidenceFinder(Protocol):
    """Evidence finder protocol: finds the sentences of passages that answer a question, in two stages."""

    def odds(self, question: str, sentence: ScoredSentence, versions: Sequence[str]) -> list[float]:
        """Return for each shortened version of a sentence the log-odds that it answers."""
        ...

    def first_stage(
        self,
        question: str,
        vector: NDArray[np.float32],
        passages: Sequence[Passage],
        articles: ArticleCache | None = None,
    ) -> list[ScoredSentence]:
        """Return the sentences of the passages to read, ranked by cheap signals."""
        ...

    def rerank(self, question: str, sentences: Sequence[ScoredSentence]) -> list[ScoredSentence]:
        """Rerank the sentences; returns them with their probabilities, best first."""
        ...


ExpectedKind = Callable[[str, str], bool]
"""Whether a sentence (second) contains the kind that a question (first) asks for: a date, a person, a number."""


class RerankingFinder:
    """Reranking finder: ranks sentences by lexical, word-vector and cosine signals first, then by the reader."""

    def __init__(
        self, store: DocumentStore, word_vectors: WordVectors, reader: Reader, offers_kind: ExpectedKind
    ) -> None:
        self._store = store
        self._word_vectors = word_vectors
        self.reader = reader
        self._offers_kind = offers_kind
        fitted = json.loads(FITTED.read_text(encoding="utf-8"))
        self._first_weights: dict[str, float] = fitted["first"]
        self._final_weights: dict[str, float] = fitted["final"]

    def find(self, question: str, vector: NDArray[np.float32], passages: Sequence[Passage]) -> list[ScoredSentence]:
        """Return the sentences of the first stage, reranked."""
        return self.rerank(question, self.first_stage(question, vector, passages))

    def first_stage(
        self,
        question: str,
        vector: NDArray[np.float32],
        passages: Sequence[Passage],
        articles: ArticleCache | None = None,
    ) -> list[ScoredSentence]:
        """Return the sentences of the passages to read, ranked by cheap signals; ties stay in passage order."""
        return self.of_best_passages(self.candidates(question, vector, passages, articles))

    def of_best_passages(self, candidates: Sequence[ScoredSentence]) -> list[ScoredSentence]:
        """Return all candidates of the `PASSAGES_READ` passages whose best sentences rank first by cheap signals."""
        ranked = [candidates[i] for i in _ranked([weigh(self._first_weights, each.signals) for each in candidates])]
        chosen = list(dict.fromkeys(each.chunk_id for each in ranked))[:PASSAGES_READ]
        return [each for each in ranked if each.chunk_id in chosen]

    def rerank(self, question: str, sentences: Sequence[ScoredSentence]) -> list[ScoredSentence]:
        """Read the sentences' passages; returns the sentences with their probabilities and answer spans, best first."""
        read = self.read(question, sentences)
        signals = [{**each.signals, "offers_kind": float(self._offers_kind(question, each.quote))} for each in read]
        probabilities = _softmax([weigh(self._final_weights, found) for found in signals])
        return [replace(read[i], signals=signals[i], probability=probabilities[i]) for i in _ranked(probabilities)]

    def read(self, question: str, sentences: Sequence[ScoredSentence]) -> list[ScoredSentence]:
        """Read each passage once; returns the sentences with the signals `relevance`, `answers` and an answer span."""
        by_passage: dict[str, list[int]] = {}
        for i, each in enumerate(sentences):
            by_passage.setdefault(each.chunk_id, []).append(i)
        groups = list(by_passage.values())
        passages = [passage_of([sentences[i] for i in group]) for group in groups]
        found = list(sentences)
        for group, reading in zip(groups, self.reader(question, passages) if passages else [], strict=True):
            start = sentences[group[0]].passage_start
            for i, relevance, answer in zip(group, reading.sentences, reading.spans, strict=True):
                signals = {**sentences[i].signals, "relevance": relevance, "answers": reading.answers}
                span = None if answer is None else Span(start=answer.span.start + start, end=answer.span.end + start)
                found[i] = replace(sentences[i], signals=signals, answer=span)
        return found

    def odds(self, question: str, sentence: ScoredSentence, versions: Sequence[str]) -> list[float]:
        """Return for each shortened version of a sentence the log-odds that it answers; shape (len(versions),)."""
        read = self.reader(question, [alone(sentence, version) for version in versions]) if versions else []
        return [reading.sentences[0] for reading in read]

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


def passage_of(sentences: Sequence[ScoredSentence]) -> ReaderPassage:
    """Return the passage of sentences of one chunk, as the reader gets it."""
    first = sentences[0]
    spans = tuple(Span(start=s.start - first.passage_start, end=s.end - first.passage_start) for s in sentences)
    return ReaderPassage(passage_head(first.source), (first.passage or first.span).of(first.article.text), spans)


def alone(sentence: ScoredSentence, words: str | None = None) -> ReaderPassage:
    """Return a sentence after its context as a passage of its own; `words` replaces its text by a shortened version."""
    before = f"{' '.join(sentence.context.split())} ".lstrip()
    text = before + (sentence.text if words is None else words)
    return ReaderPassage(passage_head(sentence.source), text, (Span(start=len(before), end=len(text)),))


def _softmax(scores: Sequence[float]) -> list[float]:
    """Return probabilities under the listwise model that the weights were fitted with (Cao et al. 2007)."""
    if not scores:
        return []
    odds = np.exp(np.array(scores) - max(scores))
    return [float(odd) for odd in odds / odds.sum()]


def _ranked(scores: Sequence[float]) -> list[int]:
    """Return positions by descending score; scores that differ only by rounding keep their order."""
    return sorted(range(len(scores)), key=lambda i: (-round(scores[i], 5), i))
