"""Topic retrieval: find the articles about a topic and the passages on it elsewhere; their sentences are candidates.

The reader is not used here: on 13 topics over 1,199 articles it ranks passages no better than cosine and coverage do,
and it takes 25 to 50 ms a passage.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from index.search.article_cache import ArticleCache
from index.search.hybrid_retrieval import Retriever
from index.search.reranking import RerankingFinder
from index.search.scored_sentence import ScoredSentence
from index.store.store import DocumentStore
from index.types import Filters, Passage, article_of
from index.words import content_words, stem
from service.answering.article_sentences import MIN_BOILERPLATE
from service.answering.boilerplate import boilerplate_log_odds
from service.briefing.captions import is_caption
from service.briefing.namesakes import Namesakes
from service.briefing.story_links import StoryLinks

MAX_PASSAGES = 100
"""Maximum number of passages retrieved for the topic, and of the articles about it."""
MAX_PASSAGES_ON_NAMES = 40
MAX_STORY_ARTICLES = 16
"""Maximum number of articles about the topic that are read from beginning to end; bounds the time of a brief."""
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
MAX_THRESHOLD = 0.56
"""Relevance from which a passage is about the topic, however well another one fits."""
MIN_SHARE_OF_STORY = 0.25
"""Minimum share of an article's passages that must be on the topic for the article to be about it."""
MIN_SHARE_OF_WHOLE = 0.5
"""Minimum share of an article's passages on the topic for its other passages to be read as well."""
MIN_SHARE_OF_LOOSE = 0.8
"""Minimum relevance, as a share of the minimum, of the other passages of an article that is only in part on it."""
MIN_NEARNESS = 0.58
"""Minimum cosine of a passage with the centroid of the story for it to be on the same events in other words."""
MAX_PASSAGES_OF_CENTROID = 12
MIN_SHARE_OF_LINKED = 0.7
"""Minimum relevance, as a share of the minimum, of an article that is only linked by the names of the story."""
LINKED_SHARE = 0.9
"""Relevance of an article that only names link to the topic, as a share of that of the median article about it."""


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
        """Return the sentences about the topic: all of the articles about it, and those of passages elsewhere."""
        articles = ArticleCache(self._store)
        vector = self._retriever.vector(topic)
        passages = self._retriever.deduplicated_passages(topic, vector, MAX_PASSAGES, filters, articles)
        found = self._finder.candidates(topic, vector, passages, articles)
        relevance = self._relevance(topic, vector, passages, found, articles)
        best = max(relevance.values(), default=0.0)
        threshold = min(max(MIN_RELEVANCE, MIN_SHARE_OF_BEST * best), MAX_THRESHOLD)
        stories = _stories(passages, relevance, threshold, articles)
        if stories:
            stories = self._with_linked(topic, stories, relevance, threshold, filters, articles)
            passages = _distinct([*passages, *self._passages_of(topic, vector, stories, filters, articles)])
            found = self._finder.candidates(topic, vector, passages, articles)
            relevance = self._relevance(topic, vector, passages, found, articles)
            relevance = self._with_nearness(passages, relevance, threshold, stories)
        minimum = dict.fromkeys(stories, MIN_SHARE_OF_LOOSE * threshold)
        for each in stories:
            if _share(passages, each, relevance, threshold, articles) >= MIN_SHARE_OF_WHOLE:
                minimum[each] = 0.0
        scored = [_scored(each, relevance, stories) for each in found]
        about = [e for e in scored if relevance.get(e.chunk_id, 0.0) >= minimum.get(e.article_id, threshold)]
        ranked = sorted(about, key=lambda each: -round(each.score, 5))
        closest = sorted(scored, key=lambda each: -round(each.score, 5))[:MAX_CLOSEST]
        return TopicCandidates(
            sentences=tuple(each for each in ranked if len(each.quote) <= MAX_CHARACTERS and _is_prose(each.text)),
            is_little=not stories or len(about) < FEW_SENTENCES,
            seen=tuple(sorted({f"{each.article_id}@{each.version}" for each in passages})),
            considered=len(found),
            closest=tuple(closest),
        )

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

    def _with_linked(
        self,
        topic: str,
        stories: Mapping[str, float],
        relevance: Mapping[str, float],
        threshold: float,
        filters: Filters,
        articles: ArticleCache,
    ) -> dict[str, float]:
        """Return the articles about the topic with those on the same events in other words, published near them."""
        passages = self._store.chunks.passages([(chunk_id, 0.0) for chunk_id in relevance])
        own = {e.article_id: articles.article(e.article_id, e.version) for e in passages if e.article_id in stories}
        links = StoryLinks(self._store, list(own.values()), frozenset(stem(word) for word in content_words(topic)))
        query = f"{topic} {' '.join(links.weights)}"
        vector = self._retriever.vector(query)
        more = self._retriever.deduplicated_passages(query, vector, MAX_PASSAGES_ON_NAMES, filters, articles)
        passages = _distinct([*passages, *more])
        on_topic = self._with_nearness(passages, relevance, threshold, stories)
        found = _stories([each for each in passages if each.article_id not in stories], on_topic, threshold, articles)
        versions = {each.article_id: each.version for each in passages}
        near = (e for e in passages if relevance.get(e.chunk_id, 0.0) >= MIN_SHARE_OF_LINKED * threshold)
        for article_id in dict.fromkeys(each.article_id for each in near):
            if article_id not in stories and links.name(articles.article(article_id, versions[article_id])):
                found.setdefault(article_id, threshold)
        typical = sorted(stories.values())[len(stories) // 2]
        linked = [each for each in found if links.is_contemporary(articles.article(each, versions[each]))]
        return dict(list({**stories, **dict.fromkeys(linked, LINKED_SHARE * typical)}.items())[:MAX_STORY_ARTICLES])

    def _with_nearness(
        self,
        passages: Sequence[Passage],
        relevance: Mapping[str, float],
        threshold: float,
        stories: Mapping[str, float],
    ) -> dict[str, float]:
        """Raise the relevance of passages by their cosine with the centroid of the articles about the topic."""
        best = sorted(relevance, key=lambda chunk_id: (-relevance[chunk_id], chunk_id))
        best = [chunk_id for chunk_id in best if article_of(chunk_id) in stories][:MAX_PASSAGES_OF_CENTROID]
        own = self._store.chunks.vectors(best)[2]
        if not len(own):  # the articles were removed meanwhile
            return dict(relevance)
        centroid = own.mean(axis=0)
        ids, _, vectors = self._store.chunks.vectors([each.chunk_id for each in passages])
        cosines = vectors @ (centroid / (float(np.linalg.norm(centroid)) or 1.0))
        return {
            chunk_id: max(relevance.get(chunk_id, 0.0), min(1.0, float(cosine) / MIN_NEARNESS) * threshold)
            for chunk_id, cosine in zip(ids, cosines, strict=True)
        }

    def _passages_of(
        self,
        topic: str,
        vector: NDArray[np.float32],
        stories: Mapping[str, float],
        filters: Filters,
        articles: ArticleCache,
    ) -> list[Passage]:
        """Return the passages of the articles about the topic, also those that no search found."""
        if not stories:
            return []
        within = filters.model_copy(update={"article_ids": tuple(sorted(stories))})
        return self._retriever.deduplicated_passages(topic, vector, MAX_PASSAGES, within, articles)


def _distinct(passages: Iterable[Passage]) -> list[Passage]:
    """Return each chunk once, with its best score, in the order of its first occurrence."""
    kept: dict[str, Passage] = {}
    for each in passages:
        before = kept.get(each.chunk_id)
        kept[each.chunk_id] = each if before is None or each.score > before.score else before
    return list(kept.values())


def _stories(
    passages: Sequence[Passage], relevance: Mapping[str, float], threshold: float, articles: ArticleCache
) -> dict[str, float]:
    """Return the articles about the topic with the relevance of their best passage: enough of each is on the topic."""
    by_article: dict[str, list[Passage]] = defaultdict(list)
    for each in _distinct(passages):
        by_article[each.article_id].append(each)
    found: dict[str, float] = {}
    for article_id, own in by_article.items():
        on_topic = [each for each in own if relevance.get(each.chunk_id, 0.0) >= threshold]
        share = _share(own, article_id, relevance, threshold, articles)
        opens = any(each.chunk_id.endswith("#0") for each in on_topic)
        if share >= MIN_SHARE_OF_STORY and (opens or share >= MIN_SHARE_OF_WHOLE):
            found[article_id] = max(relevance[each.chunk_id] for each in on_topic)
    best = sorted(found, key=lambda each: (-round(found[each], 5), each))[:MAX_STORY_ARTICLES]
    return {each: found[each] for each in best}


def _share(
    passages: Iterable[Passage],
    article_id: str,
    relevance: Mapping[str, float],
    threshold: float,
    articles: ArticleCache,
) -> float:
    """Return the share of an article's text in passages on the topic."""
    own = [e for e in passages if e.article_id == article_id and relevance.get(e.chunk_id, 0.0) >= threshold]
    if not own:
        return 0.0
    body = articles.article(article_id, own[0].version).body
    return sum(each.span.end - each.span.start for each in own) / (sum(p.end - p.start for p in body) or 1)


def _is_prose(text: str) -> bool:
    """Whether a sentence is of the article, and not a teaser, a note of the editors or the caption of a picture."""
    return boilerplate_log_odds(text) < MIN_BOILERPLATE and not is_caption(text)


def _scored(sentence: ScoredSentence, relevance: Mapping[str, float], stories: Mapping[str, float]) -> ScoredSentence:
    """Return a sentence with its relevance: of its article if that is about the topic, its passage and itself."""
    passage = relevance.get(sentence.chunk_id, 0.0)
    own = (max(sentence.cosine, 0.0) + sentence.signals["covered_in_context"]) / 2
    whole = stories.get(sentence.article_id, passage)
    return replace(sentence, score=0.4 * whole + 0.3 * passage + 0.3 * own)
