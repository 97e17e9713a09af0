"""Story articles: which of the articles that a search for a topic finds are about it, by logistic regression.

An article is known by its best passage, by the topic's words in it, and by its nearness in meaning and time to the
articles that fit best: pseudo-relevance feedback (Rocchio 1971), because a topic is worded otherwise than its articles.
"""

import json
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.search.article_cache import ArticleCache
from index.search.reranking import idf
from index.store.store import DocumentStore
from index.types import Passage
from index.words import content_words, stems
from service.answering.answerability import probability

FITTED = Path(__file__).with_name("story_articles.json")
"""Fitted without seed articles by `footnote study fit story-articles`."""
MAX_ARTICLES = 16
"""Maximum number of articles that are read from beginning to end; bounds the time of a brief."""
FITTING_BEST = 3
"""Number of best articles that the others are compared with."""
FULL_PASSAGES = 8
"""Number of passages found of one article from which more of them add nothing."""


@dataclass(frozen=True)
class FoundArticle:
    """FoundArticle: an article with passages found for a topic, and the vector of its first chunk."""

    id: str
    relevance: float
    """Of its best passage."""
    passages: int
    body: float
    """Share of the topic's words, by idf, in its text."""
    lead: NDArray[np.float32]
    """Vector of its first chunk; shape (dimension,), unit length."""
    day: int | None
    """Day of its publication, as an ordinal."""


def story_articles(found: Sequence[FoundArticle]) -> dict[str, float]:
    """Return the ids of the articles about the topic with their probability, the most probable first."""
    fitted = json.loads(FITTED.read_text(encoding="utf-8"))
    chances = {
        each.id: probability(fitted["weights"], features)
        for each, features in zip(found, article_features(found), strict=True)
    }
    likely = sorted((a for a in chances if chances[a] >= fitted["least"]), key=lambda a: (-round(chances[a], 5), a))
    return {article_id: chances[article_id] for article_id in likely[:MAX_ARTICLES]}


def article_features(found: Sequence[FoundArticle]) -> list[dict[str, float]]:
    """Compute the features of each article found for a topic, by name."""
    best = sorted(found, key=lambda each: (-_fit(each), each.id))[:FITTING_BEST]
    return [_features(each, [other for other in best if other.id != each.id]) for each in found]


def found_articles(
    topic: str,
    passages: Sequence[Passage],
    relevance: Mapping[str, float],
    store: DocumentStore,
    articles: ArticleCache,
) -> list[FoundArticle]:
    """Gather the passages found for a topic by article.

    Args:
        relevance: of each passage by chunk id.
    """
    own: dict[str, list[Passage]] = defaultdict(list)
    for each in passages:
        own[each.article_id].append(each)
    first = {article_id: f"{article_id}@{several[0].version}#0" for article_id, several in own.items()}
    ids, _, vectors = store.chunks.vectors(list(first.values()))
    leads = dict(zip(ids, vectors, strict=True))
    weights = idf(store.lexical.document_frequency(content_words(topic)), store.chunks.count())
    found = []
    for article_id, several in own.items():
        article = articles.article(article_id, several[0].version)
        if (lead := leads.get(first[article_id])) is not None:
            found.append(
                FoundArticle(
                    id=article_id,
                    relevance=max(relevance.get(each.chunk_id, 0.0) for each in several),
                    passages=len(several),
                    body=_covered(weights, article.text),
                    lead=lead,
                    day=article.source.published_day,
                )
            )
    return found


def _fit(article: FoundArticle) -> float:
    return article.relevance + 0.5 * article.body


def _features(article: FoundArticle, best: Sequence[FoundArticle]) -> dict[str, float]:
    near = [float(article.lead @ each.lead) for each in best]
    apart = sorted(abs(article.day - each.day) for each in best if article.day is not None and each.day is not None)
    return {
        "one": 1.0,
        "relevance": article.relevance,
        "passages": min(article.passages, FULL_PASSAGES) / FULL_PASSAGES,
        "body": article.body,
        "nearest": max(near, default=0.0),
        "near": sum(near) / len(near) if near else 0.0,
        "apart": math.log1p(apart[len(apart) // 2]) if apart else 0.0,
    }


def _covered(weights: Mapping[str, float], text: str) -> float:
    own = stems(text)
    return sum(weight for word, weight in weights.items() if word in own) / (sum(weights.values()) or 1.0)
