"""Topic retrieval: candidate sentences of two searches, the topic and its most frequent names, ranked and reranked."""

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from index.search.article_cache import ArticleCache
from index.search.reranking import RerankingFinder, idf, reranker_input
from index.search.retrieval import Retriever
from index.search.scored_sentence import ScoredSentence
from index.store.store import DocumentStore
from index.types import Filters, Passage
from index.words import content_words, stem, stems
from service.answering.query import names
from service.language.tokens import tokenise

MAX_PASSAGES = 100
"""Passages retrieved for the topic."""
MAX_PASSAGES_ON_NAMES = 24
"""Passages retrieved for the most frequent names of the best sentences."""
MAX_RERANKED = 96
"""Sentences reranked in all, which bounds the time of a brief."""
RERANKED_FIRST = 24
"""Sentences reranked before the first part of a brief is written."""
MAX_NAMES_FOLLOWED = 3
MAX_SENTENCES_COUNTED = 20
"""Best sentences in which names are counted."""
MAX_CHARACTERS = 700
"""Of a sentence; what is longer is a list or a broken layout."""
MAX_CLOSEST = 3
"""Sentences shown when none is about the topic."""
CHEAP_WEIGHTS = {"covered": 1.0, "covered_in_context": 0.5, "cosine": 0.8}
"""Of the first-stage signals; a topic has few words, so coverage by the sentence itself counts most."""
MIN_COVERAGE = 0.5
"""Share of the topic, by the idf of its words, that a sentence and the one before it must cover to be about it."""
MIN_COVERAGE_IF_NEAR = 0.25
"""The same for a sentence whose cosine is at least `MIN_COSINE_IF_NEAR`."""
MIN_COSINE_IF_NEAR = 0.4
MIN_COVERAGE_TO_CONTINUE = 0.5
"""Share of the topic that a sentence must cover for the next one to continue on it."""
PARAGRAPH_COVERAGE_SHARE = 0.75
"""Share of the best coverage in a paragraph that its other sentences are credited with."""
MIN_SCORE = 0.25
"""Relevance below which a sentence is not about the topic."""
MIN_SPELLING_RATIO = 0.85
"""Ratcliff-Obershelp similarity of two spellings of a name."""
MIN_NAME_LENGTH = 5
"""Letters of a name that is compared for spelling variants."""
CONTINUATION = re.compile(
    r"\W*(?:this|that|these|those|it|its|he|she|his|her|they|their|the (?:said|attack|group|incident))\b", re.I
)
"""Beginning of a sentence whose subject refers to the sentence before."""


@dataclass(frozen=True)
class TopicCandidates:
    """The first stage: candidate sentences for a topic, ranked by cheap signals and not reranked yet."""

    topic: str
    sentences: tuple[ScoredSentence, ...]
    seen: tuple[str, ...]
    """`article@version` of each article that was searched."""
    considered: int
    """How many sentences were ranked."""
    closest: tuple[ScoredSentence, ...]
    """The best few, even when they are not about the topic."""


class TopicRetriever:
    """Retrieves and reranks the sentences of a brief; its time is bounded by `MAX_RERANKED`."""

    def __init__(self, store: DocumentStore, retriever: Retriever, finder: RerankingFinder) -> None:
        self._store = store
        self._retriever = retriever
        self._finder = finder

    def candidates(self, topic: str, filters: Filters) -> TopicCandidates:
        """The sentences of all passages on the topic, ranked by their cheap signals."""
        articles = ArticleCache(self._store)
        vector = self._retriever.vector(topic)
        weights = idf(self._store.lexical.document_frequency(content_words(topic)), self._store.chunks.count())
        passages = self._retriever.deduplicated_passages(topic, vector, MAX_PASSAGES, filters, articles)
        found = self._finder.candidates(topic, vector, passages, articles)
        if more := self._passages_on_names(topic, found, filters, passages, articles):
            passages = [*passages, *more]
            found = self._finder.candidates(topic, vector, passages, articles)
        found = [_with_similar_spellings(topic, weights, each) for each in found]
        found = _with_paragraph_coverage(list(_with_continued_coverage(found)))
        ranked = sorted(found, key=lambda each: -round(_cheap_score(each), 5))
        best = [each for each in ranked if len(each.quote) <= MAX_CHARACTERS and _is_about(each)][:MAX_RERANKED]
        return TopicCandidates(
            topic=topic,
            sentences=tuple(best),
            seen=tuple(sorted({f"{each.article_id}@{each.version}" for each in passages})),
            considered=len(found),
            closest=tuple(ranked[:MAX_CLOSEST]),
        )

    def rerank(self, candidates: TopicCandidates, start: int, end: int) -> list[ScoredSentence]:
        """Candidates from `start` to `end` reranked, each with its relevance as `score`, best first."""
        sentences = candidates.sentences[start:end]
        inputs = [reranker_input(each) for each in sentences]
        logits = self._finder.reranker(candidates.topic, inputs) if sentences else []
        signals = [{**each.signals, "relevance": logit} for each, logit in zip(sentences, logits, strict=True)]
        scored = [
            replace(each, signals=found, score=_score(found)) for each, found in zip(sentences, signals, strict=True)
        ]
        return sorted(scored, key=lambda each: -round(each.score, 5))

    def _passages_on_names(
        self,
        topic: str,
        found: Sequence[ScoredSentence],
        filters: Filters,
        known: Sequence[Passage],
        articles: ArticleCache,
    ) -> list[Passage]:
        """Query expansion: passages for the most frequent names, which an article may mention without the topic."""
        best = sorted(found, key=lambda each: -_cheap_score(each))[:MAX_SENTENCES_COUNTED]
        asked = {stem(word) for word in content_words(topic)}
        counted = Counter(token.text for each in best for token in names(each.quote) if not stems(token.text) & asked)
        chosen = [name for name, count in counted.most_common(MAX_NAMES_FOLLOWED) if count > 1]
        if not chosen:
            return []
        query = f"{topic} {' '.join(chosen)}"
        have = {each.chunk_id for each in known}
        vector = self._retriever.vector(query)
        more = self._retriever.deduplicated_passages(query, vector, MAX_PASSAGES_ON_NAMES, filters, articles)
        return [each for each in more if each.chunk_id not in have]


def relevant(sentences: Sequence[ScoredSentence]) -> list[ScoredSentence]:
    """Reranked sentences that are about the topic."""
    return [each for each in sentences if each.score >= MIN_SCORE]


def _with_paragraph_coverage(sentences: Sequence[ScoredSentence]) -> list[ScoredSentence]:
    """Sentences credited with the best coverage of their paragraph, which often names its subject only once."""
    keys: list[tuple[str, int, int]] = []
    for each in sentences:
        body = each.article.body
        start = next((p.start for p in body if p.start <= each.start < p.end), each.start)
        keys.append((each.article_id, each.version, start))
    best: dict[tuple[str, int, int], float] = {}
    for key, each in zip(keys, sentences, strict=True):
        best[key] = max(best.get(key, 0.0), PARAGRAPH_COVERAGE_SHARE * each.signals["covered"])
    return [_with_coverage(each, in_context=best[key]) for key, each in zip(keys, sentences, strict=True)]


def _with_coverage(sentence: ScoredSentence, *, in_context: float) -> ScoredSentence:
    """A sentence with at least that coverage in context."""
    covered = max(sentence.signals["covered_in_context"], in_context)
    return replace(sentence, signals={**sentence.signals, "covered_in_context": covered})


def _with_similar_spellings(topic: str, weights: Mapping[str, float], sentence: ScoredSentence) -> ScoredSentence:
    """A sentence with spelling variants of the topic's names counted as covered."""
    own = {token.folded for token in tokenise(sentence.quote) if token.is_name}
    missed = [name for name in names(topic) if stem(name.folded) in weights and name.folded not in own]
    gained = sum(
        weights[stem(name.folded)] for name in missed if any(_are_spelling_variants(name.folded, it) for it in own)
    )
    share = gained / (sum(weights.values()) or 1.0)
    if not share:
        return sentence
    signals = {
        **sentence.signals,
        "covered": min(1.0, sentence.signals["covered"] + share),
        "covered_in_context": min(1.0, sentence.signals["covered_in_context"] + share),
    }
    return replace(sentence, signals=signals)


def _are_spelling_variants(one: str, other: str) -> bool:
    """Whether two long names have the same first letter and nearly the same letters."""
    if min(len(one), len(other)) < MIN_NAME_LENGTH or one[0] != other[0] or abs(len(one) - len(other)) > 2:
        return False
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= MIN_SPELLING_RATIO


def _with_continued_coverage(sentences: Sequence[ScoredSentence]) -> Iterator[ScoredSentence]:
    """Sentences credited with the coverage of the one before when their subject refers to it."""
    ends = {(each.article_id, each.end): i for i, each in enumerate(sentences)}
    for sentence in sentences:
        near = (ends.get((sentence.article_id, sentence.start - gap)) for gap in (1, 2, 3, 4))
        before = next((i for i in near if i is not None), None)
        covered = sentences[before].signals["covered"] if before is not None else 0.0
        if before is not None and covered >= MIN_COVERAGE_TO_CONTINUE and CONTINUATION.match(sentence.quote):
            yield _with_coverage(sentence, in_context=covered)
        else:
            yield sentence


def near_best(sentences: Sequence[ScoredSentence], share: float) -> list[ScoredSentence]:
    """Sentences with at least that share of the best score, since the range of scores depends on the topic."""
    threshold = share * max((each.score for each in sentences), default=0.0)
    return [each for each in sentences if each.score >= threshold]


def _cheap_score(sentence: ScoredSentence) -> float:
    return sum(weight * sentence.signals[name] for name, weight in CHEAP_WEIGHTS.items())


def _score(signals: Mapping[str, float]) -> float:
    """Relevance from coverage, cosine and, with less weight since it was fitted on questions, the reranker."""
    relevance = 1.0 / (1.0 + math.exp(-signals["relevance"]))
    covered = 0.35 * signals["covered"] + 0.65 * signals["covered_in_context"]
    return 0.4 * covered + 0.4 * max(signals["cosine"], 0.0) + 0.2 * relevance


def _is_about(sentence: ScoredSentence) -> bool:
    covered = sentence.signals["covered_in_context"]
    return covered >= MIN_COVERAGE or (
        covered >= MIN_COVERAGE_IF_NEAR and sentence.signals["cosine"] >= MIN_COSINE_IF_NEAR
    )
