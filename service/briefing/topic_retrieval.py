"""Topic retrieval: find the articles about a topic and the passages on it elsewhere; their sentences are candidates.

The reader is not used here: on 13 topics over 1,199 articles it ranks passages no better than cosine and coverage do,
and it takes 25 to 50 ms a passage.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from index.search.article_cache import ArticleCache
from index.search.hybrid_retrieval import Retriever
from index.search.reranking import RerankingFinder
from index.search.scored_sentence import ScoredSentence
from index.store.store import DocumentStore
from index.types import Filters, Passage
from service.answering.article_sentences import MIN_BOILERPLATE
from service.answering.boilerplate import boilerplate_log_odds
from service.briefing.captions import is_caption
from service.briefing.namesakes import Namesakes
from service.briefing.story_articles import FoundArticle, found_articles, story_articles

MAX_PASSAGES = 100
"""Maximum number of passages retrieved for the topic, and of the articles about it."""
MAX_CHARACTERS = 700
"""Maximum length of a sentence; a longer one is usually a list or a broken layout."""
FEW_SENTENCES = 8
"""Number of sentences on the topic below which a brief says that there is little on it."""
MAX_CLOSEST = 3
"""Number of sentences shown when none is about the topic."""
MIN_RELEVANCE = 0.48
"""Minimum relevance of a passage for it to be about the topic, where the best passage has no more than that."""
MIN_SHARE_OF_BEST = 0.68
"""Minimum relevance as a share of the best passage's; read off 17 topics by eye."""
MIN_SHARE_OF_WHOLE = 0.2
"""Minimum share of the text of an article in passages on the topic for all of its passages to be read."""
MIN_SHARE_OF_LOOSE = 0.8
"""Minimum relevance, as a share of the minimum, of the passages of an article that is only in part on the topic."""
MAX_THRESHOLD = 0.56
"""Relevance from which a passage is about the topic, however well another one fits."""


@dataclass(frozen=True)
class TopicCandidates:
    """Candidate sentences for a topic, the most relevant first."""

    sentences: tuple[ScoredSentence, ...]
    """Sentences about the topic, with their relevance as `score`."""
    is_little: bool
    """Whether the collection has little on the topic: no whole article, or only a few sentences."""
    seen: tuple[str, ...]
    """`article@version` of each article that was searched."""
    considered: int
    """Number of sentences that were ranked."""
    closest: tuple[ScoredSentence, ...]
    """The best few sentences, even if they are not about the topic."""


class TopicRetriever:
    """Retrieves the sentences of a brief."""

    def __init__(self, store: DocumentStore, retriever: Retriever, finder: RerankingFinder) -> None:
        self._store = store
        self._retriever = retriever
        self._finder = finder

    def candidates(self, topic: str, filters: Filters) -> TopicCandidates:
        """Return the sentences of the articles about the topic; without one, those of the passages on it."""
        articles = ArticleCache(self._store)
        vector = self._retriever.vector(topic)
        passages, found, relevance = self._search(topic, vector, filters, articles)
        best = max(relevance.values(), default=0.0)
        threshold = min(max(MIN_RELEVANCE, MIN_SHARE_OF_BEST * best), MAX_THRESHOLD)
        stories: dict[str, float] = {}
        if best >= threshold:
            stories = story_articles(found_articles(topic, passages, relevance, self._store, articles))
        if stories:
            passages = _distinct([*passages, *self._passages_of(topic, vector, stories, filters, articles)])
            found = self._finder.candidates(topic, vector, passages, articles)
            relevance = self._relevance(topic, vector, passages, found, articles)
        scored = [_scored(each, relevance, stories) for each in found]
        minimum = {each: _minimum(each, passages, relevance, threshold, articles) for each in stories}
        least = math.inf if stories else threshold
        about = [e for e in scored if relevance.get(e.chunk_id, 0.0) >= minimum.get(e.article_id, least)]
        ranked = sorted(about, key=lambda each: -round(each.score, 5))
        closest = sorted(scored, key=lambda each: -round(each.score, 5))[:MAX_CLOSEST]
        return TopicCandidates(
            sentences=tuple(each for each in ranked if len(each.quote) <= MAX_CHARACTERS and _is_prose(each.text)),
            is_little=not stories or len(about) < FEW_SENTENCES,
            seen=tuple(sorted({f"{each.article_id}@{each.version}" for each in passages})),
            considered=len(found),
            closest=tuple(closest),
        )

    def articles(self, topic: str, filters: Filters) -> list[FoundArticle]:
        """Return the articles with passages found for the topic."""
        articles = ArticleCache(self._store)
        passages, _, relevance = self._search(topic, self._retriever.vector(topic), filters, articles)
        return found_articles(topic, passages, relevance, self._store, articles)

    def _search(
        self, topic: str, vector: NDArray[np.float32], filters: Filters, articles: ArticleCache
    ) -> tuple[Sequence[Passage], Sequence[ScoredSentence], dict[str, float]]:
        """Return the passages found for the topic, their sentences, and the relevance of each passage."""
        passages = self._retriever.deduplicated_passages(topic, vector, MAX_PASSAGES, filters, articles)
        found = self._finder.candidates(topic, vector, passages, articles)
        return passages, found, self._relevance(topic, vector, passages, found, articles)

    def _relevance(
        self,
        topic: str,
        vector: NDArray[np.float32],
        passages: Sequence[Passage],
        sentences: Iterable[ScoredSentence],
        articles: ArticleCache,
    ) -> dict[str, float]:
        """Return the relevance of each passage by chunk id: mean of its cosine and its best sentence's coverage."""
        ids, _, vectors = self._store.chunks.vectors([each.chunk_id for each in passages])
        cosines = dict(zip(ids, (float(each) for each in vectors @ vector), strict=True)) if ids else {}
        covered: dict[str, float] = {}
        for each in sentences:
            covered[each.chunk_id] = max(covered.get(each.chunk_id, 0.0), each.signals["covered_in_context"])
        namesakes = Namesakes(topic)
        found: dict[str, float] = {}
        for passage in passages:
            cosine = cosines.get(passage.chunk_id, 0.0)
            factor = namesakes.factor(articles.article(passage.article_id, passage.version).text)
            # The sentences of a copy are listed with the article that they were copied from.
            found[passage.chunk_id] = factor * (cosine + covered.get(passage.chunk_id, cosine)) / 2
        return found

    def _passages_of(
        self,
        topic: str,
        vector: NDArray[np.float32],
        stories: Mapping[str, float],
        filters: Filters,
        articles: ArticleCache,
    ) -> list[Passage]:
        """Return the passages of the articles about the topic, also those that no search found."""
        within = filters.model_copy(update={"article_ids": tuple(sorted(stories))})
        return self._retriever.deduplicated_passages(topic, vector, MAX_PASSAGES, within, articles)


def _distinct(passages: Iterable[Passage]) -> list[Passage]:
    """Return each chunk once, with its best score, in the order of its first occurrence."""
    kept: dict[str, Passage] = {}
    for each in passages:
        before = kept.get(each.chunk_id)
        kept[each.chunk_id] = each if before is None or each.score > before.score else before
    return list(kept.values())


def _minimum(
    article_id: str,
    passages: Iterable[Passage],
    relevance: Mapping[str, float],
    threshold: float,
    articles: ArticleCache,
) -> float:
    """Return the relevance from which an article's passages are read: of one that is hardly on the topic, not all."""
    own = [each for each in passages if each.article_id == article_id]
    on_topic = sum(each.span.end - each.span.start for each in own if relevance.get(each.chunk_id, 0.0) >= threshold)
    body = articles.article(article_id, own[0].version).body
    is_whole = on_topic >= MIN_SHARE_OF_WHOLE * sum(paragraph.end - paragraph.start for paragraph in body)
    return 0.0 if is_whole else MIN_SHARE_OF_LOOSE * threshold


def _is_prose(text: str) -> bool:
    """Whether a sentence is of the article, and not a teaser, a note of the editors or the caption of a picture."""
    return boilerplate_log_odds(text) < MIN_BOILERPLATE and not is_caption(text)


def _scored(sentence: ScoredSentence, relevance: Mapping[str, float], stories: Mapping[str, float]) -> ScoredSentence:
    """Return a sentence with its relevance: of its article if that is about the topic, its passage and itself."""
    passage = relevance.get(sentence.chunk_id, 0.0)
    own = (max(sentence.cosine, 0.0) + sentence.signals["covered_in_context"]) / 2
    whole = stories.get(sentence.article_id, passage)
    return replace(sentence, score=0.4 * whole + 0.3 * passage + 0.3 * own)
