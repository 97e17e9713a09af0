"""Salience features: what a sentence offers a reader of a brief, each from 0 to 1."""

import math
from collections import defaultdict
from collections.abc import Sequence

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
CORROBORATING_COSINE = 0.6
"""Cosine from which a sentence of another article counts as reporting the same matter."""
FULL_CORROBORATION = 3
OUTDATED_DAYS = 400
"""Number of days before the median article from which an article is of another time."""


def salience_features(sentences: Sequence[ScoredSentence]) -> list[dict[str, float]]:
    """Return the features of each sentence among the candidates of one brief."""
    if not sentences:
        return []
    vectors = np.stack([each.vector for each in sentences])
    cosines = vectors @ vectors.T
    centralities, corroborations = _centralities(cosines), _corroborations(sentences, cosines)
    recencies, outdated = _recencies(sentences), _outdated(sentences)
    return [
        {
            "relevance": each.score,
            "cosine": max(each.cosine, 0.0),
            "covered": each.signals.get("covered", 0.0),
            "opens": 1.0 / (1.0 + (ordinal := _ordinal(each))),
            "early": float(ordinal < 3),
            "title": _title_overlap(each),
            "centrality": centralities[i],
            "corroborated": corroborations[i],
            "names": min(len({token.folded for token in names(each.text)}), FULL_COUNT) / FULL_COUNT,
            "numbers": min(len(set(numbers(each.text))), FULL_COUNT) / FULL_COUNT,
            "quoted": 1.0 if each.attribution is not None else quoted_share(each.text),
            "length": min(len(each.text.split()), FULL_WORDS) / FULL_WORDS,
            "short": float(len(each.text.split()) < FEW_WORDS),
            "recency": recencies[i],
            "outdated": outdated[i],
        }
        for i, each in enumerate(sentences)
    ]


def _ordinal(sentence: ScoredSentence) -> int:
    """Return about how many sentences of the article's body come before a sentence."""
    body = sentence.article.body
    before = sum(max(0, min(p.end, sentence.start) - p.start) for p in body if p.start < sentence.start)
    return round(before / MEAN_CHARACTERS)


def _title_overlap(sentence: ScoredSentence) -> float:
    title = stems(sentence.source.title.value or "")
    return len(title & sentence.stems) / len(title) if title else 0.0


def _centralities(cosines: NDArray[np.float32]) -> list[float]:
    """Return the mean cosine with all candidates, scaled to a maximum of 1."""
    means = np.clip(cosines, 0.0, None).mean(axis=1)
    return [float(each) for each in means / max(float(means.max()), 1e-9)]


def _corroborations(sentences: Sequence[ScoredSentence], cosines: NDArray[np.float32]) -> list[float]:
    """Return the number of other articles with a sentence on the same matter, as a share of a full number."""
    by_article: dict[str, list[int]] = defaultdict(list)
    for i, each in enumerate(sentences):
        by_article[each.article_id].append(i)
    best = np.stack([cosines[:, rows].max(axis=1) for rows in by_article.values()])
    counts = (best >= CORROBORATING_COSINE).sum(axis=0) - 1
    copies = np.array([len(each.duplicates) for each in sentences])
    return [min(float(each), FULL_CORROBORATION) / FULL_CORROBORATION for each in counts + copies]


def _recencies(sentences: Sequence[ScoredSentence]) -> list[float]:
    """Return how recent each article is: 1 for the newest, less by the logarithm of the days before it."""
    days = [each.source.published_day or 0 for each in sentences]
    last = max(days, default=0)
    if not last:
        return [0.5] * len(days)
    return [1.0 / (1.0 + math.log1p(last - day) / 3) if day else 0.5 for day in days]


def _outdated(sentences: Sequence[ScoredSentence]) -> list[float]:
    """Return 1 for each sentence of an article much older than most are: of an earlier event of the kind."""
    days = [each.source.published_day or 0 for each in sentences]
    known = sorted(day for day in days if day)
    median = known[len(known) // 2] if known else 0
    return [float(bool(day) and median - day > OUTDATED_DAYS) for day in days]
