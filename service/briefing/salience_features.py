"""Salience features: what a sentence offers a reader of a brief, most of them from 0 to 1.

What several articles have is what a story is about: words by the share of the articles that use them (Gillick and Favre
2009), and meaning by the nearest sentences of other articles.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from index.search.scored_sentence import ScoredSentence
from index.words import stems
from service.answering.query import names
from service.language.numbers import numbers
from service.language.quotations import quoted_share

FULL_COUNT = 4
"""Number of names or numbers from which more of them add nothing."""
FULL_WORDS = 40
MEAN_CHARACTERS = 150.0
"""About the number of characters of a sentence."""
FEW_WORDS = 9
ECHOES = 3
"""Number of nearest sentences, each of another article, that count."""
FEW_TITLE_WORDS = 3
"""Number of words of a shorter title."""


def salience_features(sentences: Sequence[ScoredSentence]) -> list[dict[str, float]]:
    """Return the features of each sentence among the candidates of one brief."""
    if not sentences:
        return []
    vectors = np.stack([each.vector for each in sentences])
    by_article: dict[str, list[int]] = defaultdict(list)
    for i, each in enumerate(sentences):
        by_article[each.article_id].append(i)
    echoes, nearness = _echoes(vectors, by_article), _nearness(vectors, by_article)
    titles = [stems(sentences[rows[0]].source.title.value or "") for rows in by_article.values()]
    used = Counter(word for rows in by_article.values() for word in set().union(*(sentences[i].stems for i in rows)))
    return [
        {
            "one": 1.0,
            "relevance": each.score,
            "lead": nearness[i],
            "opens": 1.0 / (1.0 + math.log1p(_ordinal(each))),
            "title": max(len(title & each.stems) / max(FEW_TITLE_WORDS, len(title)) for title in titles),
            "echoed": echoes[i],
            "common": sum(used[word] for word in each.stems) / (len(by_article) * max(1, len(each.stems))),
            "shared": sum(math.log1p(used[word]) for word in each.stems if used[word] > 1),
            "names": min(len({token.folded for token in names(each.text)}), FULL_COUNT) / FULL_COUNT,
            "numbers": min(len(set(numbers(each.text))), FULL_COUNT) / FULL_COUNT,
            "quoted": 1.0 if each.attribution is not None else quoted_share(each.text),
            "length": min(len(each.text.split()), FULL_WORDS) / FULL_WORDS,
            "short": float(len(each.text.split()) < FEW_WORDS),
        }
        for i, each in enumerate(sentences)
    ]


def _ordinal(sentence: ScoredSentence) -> int:
    """Return about how many sentences of the article's body come before a sentence."""
    body = sentence.article.body
    before = sum(max(0, min(p.end, sentence.start) - p.start) for p in body if p.start < sentence.start)
    return round(before / MEAN_CHARACTERS)


def _echoes(vectors: NDArray[np.float32], by_article: Mapping[str, Sequence[int]]) -> list[float]:
    """Return the mean cosine of each sentence with the nearest ones of other articles, one of each article."""
    cosines = vectors @ vectors.T
    best = np.stack([cosines[:, rows].max(axis=1) for rows in by_article.values()])
    for article, rows in enumerate(by_article.values()):
        best[article, rows] = 0.0  # its own article
    nearest = np.sort(best, axis=0)[-ECHOES:]
    return [float(each) for each in nearest.sum(axis=0) / max(1, min(ECHOES, len(best) - 1))]


def _nearness(vectors: NDArray[np.float32], by_article: Mapping[str, Sequence[int]]) -> list[float]:
    """Return the cosine of each sentence with the centroid of the first candidates, one of each article."""
    centroid = vectors[[rows[0] for rows in by_article.values()]].mean(axis=0)
    return [float(each) for each in vectors @ (centroid / (float(np.linalg.norm(centroid)) or 1.0))]
