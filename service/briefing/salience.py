"""Salience: rank statements by importance, and select a diverse set of them."""

from collections.abc import Sequence
from datetime import date

import numpy as np

from index.search.scored_sentence import ScoredSentence
from service.answering.query import names
from service.briefing.clustering import SentenceCluster
from service.briefing.decontextualisation import context_dependence, count_unresolved_pronouns, is_statement
from service.language.numbers import numbers
from service.language.parsing import parse

SALIENCE_WEIGHTS = {
    "relevance": 0.7,
    "centrality": 0.15,
    "specificity": 0.15,
    "origins": 0.15,
    "recency": 0.05,
    "context_dependence": -0.25,
    "unresolved_pronouns": -0.15,
}
FULL_SPECIFICITY = 4
"""Number of names (two count as one) and numbers from which a sentence counts as fully specific."""
FULL_ORIGINS = 3
"""Number of independent origins above which more of them add nothing."""
SIMILARITY_PENALTY = 0.35
"""Penalty for redundancy, multiplied by the highest cosine with a selected statement."""
SAME_ARTICLE_PENALTY = 0.04
"""Penalty for each selected statement from the same article."""
MIN_SCORE = 0.25
"""Minimum topic relevance of a statement to be ranked."""
MIN_SHARE_OF_BEST_SCORE = 0.4
MIN_STATEMENTS = 5
"""Minimum number of statements to keep even if the best one scores far higher: a narrow topic has few."""
MIN_VALUE = 0.3
"""Minimum salience, minus penalties, of a key point."""


def rank_by_salience(clusters: Sequence[SentenceCluster]) -> list[tuple[SentenceCluster, float]]:
    """Return the clusters with their salience, highest first, without those that are off topic or no whole sentence."""
    best = max((each.representative.score for each in clusters), default=0.0)
    threshold = max(MIN_SCORE, MIN_SHARE_OF_BEST_SCORE * best)
    clusters = [
        each
        for each in clusters
        if each.representative.score >= MIN_SCORE and is_statement(parse(each.representative.quote))
    ]
    clusters = [each for i, each in enumerate(clusters) if each.representative.score >= threshold or i < MIN_STATEMENTS]
    if not clusters:
        return []
    centralities, recencies = _centralities(clusters), _recencies(clusters)
    ranked = [
        (each, _salience(each, centrality, recency))
        for each, centrality, recency in zip(clusters, centralities, recencies, strict=True)
    ]
    return sorted(ranked, key=lambda pair: (-round(pair[1], 5), pair[0].representative.location))


def select_diverse(
    ranked: Sequence[tuple[SentenceCluster, float]], limit: int, selected_before: Sequence[SentenceCluster] = ()
) -> list[SentenceCluster]:
    """Select by maximal marginal relevance (Carbonell and Goldstein 1998): salience minus redundancy penalties."""
    remaining, selected = list(ranked), list[SentenceCluster]()
    while remaining and len(selected) < limit:
        values = [salience - _redundancy(each, [*selected_before, *selected]) for each, salience in remaining]
        best = max(range(len(remaining)), key=lambda i: (round(values[i], 5), -i))
        min_value = MIN_VALUE - (SIMILARITY_PENALTY if selected_before or selected else 0.0)
        if len(selected_before) + len(selected) >= MIN_STATEMENTS and values[best] < min_value:
            break
        selected.append(remaining.pop(best)[0])
    return selected


def _redundancy(cluster: SentenceCluster, selected: Sequence[SentenceCluster]) -> float:
    if not selected:
        return 0.0
    own = cluster.representative
    cosine = max(float(own.vector @ other.representative.vector) for other in selected)
    from_same_article = sum(other.representative.article_id == own.article_id for other in selected)
    return SIMILARITY_PENALTY * max(cosine, 0.0) + SAME_ARTICLE_PENALTY * from_same_article


def _centralities(clusters: Sequence[SentenceCluster]) -> list[float]:
    """Return the mean cosine with all representatives, weighted by their relevance and scaled to a maximum of 1."""
    vectors = np.stack([each.representative.vector for each in clusters])
    cosines = np.clip(vectors @ vectors.T, 0.0, None)
    centralities = (cosines * np.array([each.representative.score for each in clusters])).mean(axis=1)
    centralities = centralities / max(float(centralities.max()), 1e-9)
    return [float(each) for each in centralities]


def _recencies(clusters: Sequence[SentenceCluster]) -> list[float]:
    """Scale each publication day from 0 (earliest) to 1 (latest); 0 if unknown."""
    days = [_published_day(each.representative) for each in clusters]
    known = [day for day in days if day]
    first, last = min(known, default=0), max(known, default=0)
    return [(day - first) / (last - first) if last > first and day else 0.0 for day in days]


def _salience(cluster: SentenceCluster, centrality: float, recency: float) -> float:
    sentence = cluster.representative
    parsed = parse(sentence.quote)
    specifics = len({token.folded for token in names(sentence.text)}) / 2 + len(set(numbers(sentence.text)))
    features = {
        "relevance": sentence.score,
        "centrality": centrality,
        "specificity": min(specifics / FULL_SPECIFICITY, 1.0),
        "origins": min((len(cluster.origins) - 1) / (FULL_ORIGINS - 1), 1.0),
        "recency": recency,
        "context_dependence": context_dependence(parsed),
        "unresolved_pronouns": min(count_unresolved_pronouns(parsed), 2) / 2,
    }
    return sum(weight * features[name] for name, weight in SALIENCE_WEIGHTS.items())


def _published_day(sentence: ScoredSentence) -> int:
    try:
        return date.fromisoformat((sentence.source.published.value or "")[:10]).toordinal()
    except ValueError:
        return 0
