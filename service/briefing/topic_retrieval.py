"""Topic retrieval: collect candidate sentences by searching for the topic and its frequent names, and rerank them."""

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from index.search.article_cache import ArticleCache
from index.search.hybrid_retrieval import Retriever
from index.search.reranking import RerankingFinder, idf
from index.search.scored_sentence import ScoredSentence
from index.store.store import DocumentStore
from index.types import Filters, Passage
from index.words import content_words, stem, stems
from service.answering.query import names
from service.language.tokens import tokenise

MAX_PASSAGES = 100
"""Maximum number of passages retrieved for the topic."""
MAX_PASSAGES_ON_NAMES = 24
"""Maximum number of passages retrieved for the most frequent names of the best sentences."""
MAX_RERANKED = 96
"""Maximum number of reranked sentences; bounds the time of a brief."""
RERANKED_FIRST = 24
"""Number of sentences reranked before the first part of a brief is written."""
MAX_NAMES_FOLLOWED = 3
MAX_SENTENCES_COUNTED = 20
"""Number of best sentences in which names are counted."""
MAX_CHARACTERS = 700
"""Maximum length of a sentence; a longer one is usually a list or a broken layout."""
MAX_CLOSEST = 3
"""Number of sentences shown when none is about the topic."""
CHEAP_WEIGHTS = {"covered": 1.0, "covered_in_context": 0.5, "cosine": 0.8}
"""Weights of the first-stage signals; a topic has few words, so coverage by the sentence itself counts most."""
MIN_COVERAGE = 0.5
"""Minimum coverage (idf-weighted share of the topic's words) by a sentence in context for it to be about the topic."""
MIN_COVERAGE_IF_NEAR = 0.25
"""The same minimum for a sentence whose cosine is at least `MIN_COSINE_IF_NEAR`."""
MIN_COSINE_IF_NEAR = 0.4
MIN_COVERAGE_TO_CONTINUE = 0.5
"""Minimum coverage of a sentence for the next sentence to inherit it."""
PARAGRAPH_COVERAGE_SHARE = 0.75
"""Share of the best coverage in a paragraph that its other sentences inherit."""
MIN_SCORE = 0.25
"""Minimum relevance of a sentence about the topic."""
MIN_SPELLING_RATIO = 0.85
"""Minimum Ratcliff-Obershelp similarity of two spellings of a name."""
MIN_NAME_LENGTH = 5
"""Minimum number of letters of a name that is compared for spelling variants."""
CONTINUATION = re.compile(
    r"\W*(?:this|that|these|those|it|its|he|she|his|her|they|their|the (?:said|attack|group|incident))\b", re.I
)
"""Beginning of a sentence whose subject refers to the sentence before."""


@dataclass(frozen=True)
class TopicCandidates:
    """Candidate sentences for a topic: the first stage, ranked by cheap signals and not yet reranked."""

    topic: str
    sentences: tuple[ScoredSentence, ...]
    seen: tuple[str, ...]
    """`article@version` of each article that was searched."""
    considered: int
    """Number of sentences that were ranked."""
    closest: tuple[ScoredSentence, ...]
    """The best few sentences, even if they are not about the topic."""


class TopicRetriever:
    """Retrieves and reranks the sentences of a brief; `MAX_RERANKED` bounds its time."""

    def __init__(self, store: DocumentStore, retriever: Retriever, finder: RerankingFinder) -> None:
        self._store = store
        self._retriever = retriever
        self._finder = finder

    def candidates(self, topic: str, filters: Filters) -> TopicCandidates:
        """Return the sentences of all passages on the topic, ranked by cheap signals."""
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
        """Rerank the candidates from `start` to `end`; return them best first, with their relevance as `score`."""
        sentences = candidates.sentences[start:end]
        read = self._finder.read(as_question(candidates.topic), sentences)
        scored = [replace(each, score=_score(each.signals)) for each in read]
        return sorted(scored, key=lambda each: -round(each.score, 5))

    def _passages_on_names(
        self,
        topic: str,
        found: Sequence[ScoredSentence],
        filters: Filters,
        known: Sequence[Passage],
        articles: ArticleCache,
    ) -> list[Passage]:
        """Expand the query: retrieve passages for the most frequent names, which may not mention the topic itself."""
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


def as_question(topic: str) -> str:
    """Return a topic as the question that the reader was trained to answer."""
    return f"What is reported about {topic}?"


def relevant(sentences: Sequence[ScoredSentence]) -> list[ScoredSentence]:
    """Return the reranked sentences that are about the topic."""
    return [each for each in sentences if each.score >= MIN_SCORE]


def _with_paragraph_coverage(sentences: Sequence[ScoredSentence]) -> list[ScoredSentence]:
    """Raise each sentence's coverage towards the best of its paragraph, which often names its subject only once."""
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
    """Return a sentence with at least this coverage in context."""
    covered = max(sentence.signals["covered_in_context"], in_context)
    return replace(sentence, signals={**sentence.signals, "covered_in_context": covered})


def _with_similar_spellings(topic: str, weights: Mapping[str, float], sentence: ScoredSentence) -> ScoredSentence:
    """Return a sentence with spelling variants of the topic's names counted as covered."""
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
    """Raise a sentence's coverage to that of the one before if its subject refers to that one."""
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
    """Return the sentences with at least this share of the best score; the range of scores depends on the topic."""
    threshold = share * max((each.score for each in sentences), default=0.0)
    return [each for each in sentences if each.score >= threshold]


def _cheap_score(sentence: ScoredSentence) -> float:
    return sum(weight * sentence.signals[name] for name, weight in CHEAP_WEIGHTS.items())


def _score(signals: Mapping[str, float]) -> float:
    """Combine coverage, cosine and, with less weight because it was trained on questions, the reader's log-odds."""
    relevance = 1.0 / (1.0 + math.exp(-signals["relevance"]))
    covered = 0.35 * signals["covered"] + 0.65 * signals["covered_in_context"]
    return 0.4 * covered + 0.4 * max(signals["cosine"], 0.0) + 0.2 * relevance


def _is_about(sentence: ScoredSentence) -> bool:
    covered = sentence.signals["covered_in_context"]
    return covered >= MIN_COVERAGE or (
        covered >= MIN_COVERAGE_IF_NEAR and sentence.signals["cosine"] >= MIN_COSINE_IF_NEAR
    )
