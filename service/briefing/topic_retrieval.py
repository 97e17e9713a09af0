"""Topic retrieval: the sentences of two searches that bear on a topic, ranked."""

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
"""Passages that are read for the topic."""
MAX_PASSAGES_ON_NAMES = 24
"""Further passages, for the names that the best sentences have most."""
MAX_RERANKED = 96
"""Sentences that are reranked in all: they bound the time of a brief."""
RERANKED_FIRST = 24
"""Sentences that are reranked before the first part of a brief."""
MAX_NAMES_FOLLOWED = 3
MAX_SENTENCES_COUNTED = 20
"""The best sentences, in which names are counted."""
MAX_CHARACTERS = 700
"""Of a sentence; what is longer is a list or a broken layout."""
MAX_CLOSEST = 3
"""Sentences that are shown when nothing is about the topic."""
CHEAP_WEIGHTS = {"covered": 1.0, "covered_in_context": 0.5, "cosine": 0.8}
"""Of the signals that choose what is reranked; a topic is covered by a few words, so its own words count most."""
MIN_SHARE = 0.5
"""Share of the topic, by the idf of its words, that a sentence and the one before it must cover to be about it."""
MIN_SHARE_IF_NEAR = 0.25
"""The same for a sentence whose cosine is at least `MIN_COSINE_IF_NEAR`."""
MIN_COSINE_IF_NEAR = 0.4
MIN_SHARE_CONTINUED = 0.5
"""Share of the topic that a sentence must cover for the next one to go on about it."""
SHARE_OF_PARAGRAPH = 0.75
"""How much of what one sentence of a paragraph covers the others are taken to be about."""
MIN_SCORE = 0.25
"""Below it a sentence only shares an article with the topic."""
MIN_SPELLING_RATIO = 0.85
"""Share of their letters that two spellings of a name have in common (Ratcliff and Obershelp)."""
MIN_NAME_LENGTH = 5
"""Letters of a name that may be spelled in two ways."""
CONTINUES = re.compile(
    r"\W*(?:this|that|these|those|it|its|he|she|his|her|they|their|the (?:said|attack|group|incident))\b", re.I
)
"""How a sentence begins whose subject the one before it names."""


@dataclass(frozen=True)
class TopicCandidates:
    """Every sentence that may bear on a topic, ranked by cheap signals, before any is reranked."""

    topic: str
    sentences: tuple[ScoredSentence, ...]
    seen: tuple[str, ...]
    """`article@version` of each article that was searched."""
    weighed: int
    """How many sentences there were to choose from."""
    nearest: tuple[ScoredSentence, ...]
    """The best few, whether they are about the topic or not."""


class TopicRetriever:
    """Topic retrieval: finds what a brief is made of; its time grows with what is relevant, up to a bound."""

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
        found = _in_paragraphs(list(_continued(found)))
        ranked = sorted(found, key=lambda each: -round(_cheap_score(each), 5))
        best = [each for each in ranked if len(each.quote) <= MAX_CHARACTERS and _is_about(each)][:MAX_RERANKED]
        return TopicCandidates(
            topic=topic,
            sentences=tuple(best),
            seen=tuple(sorted({f"{each.article_id}@{each.version}" for each in passages})),
            weighed=len(found),
            nearest=tuple(ranked[:MAX_CLOSEST]),
        )

    def rerank(self, candidates: TopicCandidates, start: int, end: int) -> list[ScoredSentence]:
        """Some of the candidates reranked, each with its score, best first."""
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
        """Passages on the names that the best sentences have most, for an article may name them and not the topic."""
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


def about(reranked: Sequence[ScoredSentence]) -> list[ScoredSentence]:
    """Those that are about the topic."""
    return [each for each in reranked if each.score >= MIN_SCORE]


def _in_paragraphs(sentences: Sequence[ScoredSentence]) -> list[ScoredSentence]:
    """The sentences, each about what its paragraph is about: a paragraph names its subject once."""
    keys: list[tuple[str, int, int]] = []
    for each in sentences:
        body = each.article.body
        start = next((p.start for p in body if p.start <= each.start < p.end), each.start)
        keys.append((each.article_id, each.version, start))
    best: dict[tuple[str, int, int], float] = {}
    for key, each in zip(keys, sentences, strict=True):
        best[key] = max(best.get(key, 0.0), SHARE_OF_PARAGRAPH * each.signals["covered"])
    return [_covering(each, in_context=best[key]) for key, each in zip(keys, sentences, strict=True)]


def _covering(sentence: ScoredSentence, *, in_context: float) -> ScoredSentence:
    """The sentence with at least that share of the topic covered in its context."""
    covered = max(sentence.signals["covered_in_context"], in_context)
    return replace(sentence, signals={**sentence.signals, "covered_in_context": covered})


def _with_similar_spellings(topic: str, weights: Mapping[str, float], sentence: ScoredSentence) -> ScoredSentence:
    """The sentence, with a name of the topic that it spells a little otherwise counted as covered."""
    own = {token.folded for token in tokenise(sentence.quote) if token.is_name}
    missed = [name for name in names(topic) if stem(name.folded) in weights and name.folded not in own]
    gained = sum(weights[stem(name.folded)] for name in missed if any(_spelled_alike(name.folded, it) for it in own))
    share = gained / (sum(weights.values()) or 1.0)
    if not share:
        return sentence
    signals = {
        **sentence.signals,
        "covered": min(1.0, sentence.signals["covered"] + share),
        "covered_in_context": min(1.0, sentence.signals["covered_in_context"] + share),
    }
    return replace(sentence, signals=signals)


def _spelled_alike(one: str, other: str) -> bool:
    """Whether two names are one in two spellings: long, the same beginning, hardly a letter apart."""
    if min(len(one), len(other)) < MIN_NAME_LENGTH or one[0] != other[0] or abs(len(one) - len(other)) > 2:
        return False
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= MIN_SPELLING_RATIO


def _continued(sentences: Sequence[ScoredSentence]) -> Iterator[ScoredSentence]:
    """The sentences, each whose subject only the one before it names about what that one is about."""
    ends = {(each.article_id, each.end): i for i, each in enumerate(sentences)}
    for sentence in sentences:
        near = (ends.get((sentence.article_id, sentence.start - gap)) for gap in (1, 2, 3, 4))
        before = next((i for i in near if i is not None), None)
        covered = sentences[before].signals["covered"] if before is not None else 0.0
        if before is not None and covered >= MIN_SHARE_CONTINUED and CONTINUES.match(sentence.quote):
            yield _covering(sentence, in_context=covered)
        else:
            yield sentence


def on_topic(found: Sequence[ScoredSentence], share: float) -> list[ScoredSentence]:
    """Those whose score is at least that share of the best one's: how high scores go depends on the topic's words."""
    least = share * max((each.score for each in found), default=0.0)
    return [each for each in found if each.score >= least]


def _cheap_score(sentence: ScoredSentence) -> float:
    return sum(weight * sentence.signals[name] for name, weight in CHEAP_WEIGHTS.items())


def _score(signals: Mapping[str, float]) -> float:
    """What words and vectors say, and a little of what the reranker does: it was fitted on questions."""
    relevance = 1.0 / (1.0 + math.exp(-signals["relevance"]))
    covered = 0.35 * signals["covered"] + 0.65 * signals["covered_in_context"]
    return 0.4 * covered + 0.4 * max(signals["cosine"], 0.0) + 0.2 * relevance


def _is_about(sentence: ScoredSentence) -> bool:
    covered = sentence.signals["covered_in_context"]
    return covered >= MIN_SHARE or (covered >= MIN_SHARE_IF_NEAR and sentence.signals["cosine"] >= MIN_COSINE_IF_NEAR)
