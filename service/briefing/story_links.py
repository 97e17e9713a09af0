"""Story links: the names by which articles on one running story can be recognised, whatever words a topic uses."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from index.search.reranking import idf
from index.store.store import DocumentStore
from index.types import Article
from index.words import stem
from service.answering.query import names

MAX_NAMES = 10
"""Number of names that stand for a story."""
MIN_MENTIONS = 2
"""Minimum number of mentions of a name in the articles on a story."""
MIN_SHARE = 0.5
"""Minimum share of the weight of a story's names that another article on it mentions."""
MAX_DAYS_APART = 120
"""Maximum number of days between another article on the story and the nearest one about the topic."""
MIN_SHARED = 4
"""Minimum number of those names that it mentions."""


class StoryLinks:
    """The names of a story, weighted by mentions and rarity."""

    def __init__(self, store: DocumentStore, articles: Sequence[Article], asked: frozenset[str]) -> None:
        """Args:
        articles: articles that are about the topic.
        asked: stems of the topic's words, which name no story beyond the topic.
        """
        mentions: Counter[str] = Counter()
        within: Counter[str] = Counter()
        for article in articles:
            found = Counter(token.text for token in names(article.text) if len(token.text) > 1)
            mentions.update(found)
            within.update(found.keys())
        several = [name for name, count in mentions.items() if count >= MIN_MENTIONS and stem(name) not in asked]
        rarity = idf(store.lexical.document_frequency(several), store.chunks.count())
        weights = {
            name: within[name] / max(1, len(articles)) * math.log1p(mentions[name]) * rarity.get(stem(name), 0.0)
            for name in several
        }
        best = sorted(weights, key=lambda name: (-round(weights[name], 6), name))[:MAX_NAMES]
        self.weights: Mapping[str, float] = {name: weights[name] for name in best}
        """The names with their weights, the heaviest first."""

        self._days = [day for article in articles if (day := article.source.published_day) is not None]

    def name(self, article: Article) -> bool:
        """Whether an article mentions enough of the story's names to be on it too."""
        own = {token.text for token in names(article.text)}
        shared = [name for name in self.weights if name in own]
        total = sum(self.weights.values())
        return len(shared) >= MIN_SHARED and sum(self.weights[name] for name in shared) >= MIN_SHARE * total

    def is_contemporary(self, article: Article) -> bool:
        """Whether an article was published near the articles on the story; also where no day is known."""
        day = article.source.published_day
        if day is None or not self._days:
            return True
        return min(self._days) - MAX_DAYS_APART <= day <= max(self._days) + MAX_DAYS_APART
