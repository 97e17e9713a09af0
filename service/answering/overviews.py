"""Overview: the sentences that a reader needs most, of the articles that a broad question is about."""

from collections.abc import Mapping, Sequence

from index.search.reranking import weigh
from index.search.scored_sentence import ScoredSentence
from service.answering.article_sentences import merged
from service.answering.statements import salience_weights, statements

MAX_WORDS = 200
"""Maximum number of words of all extracts; with 160, one fact in twelve fewer is shown (evals/LOG.md)."""
WORD_COST = 0.01
"""Log-odds that one word of a sentence costs."""
OVERLAP_PENALTY = 1.0
"""Log-odds that a sentence loses for the share of its words that a chosen one has."""
MAX_OVERLAP = 0.7
"""Share of a sentence's words in a chosen one from which it says the same."""
MIN_LOG_ODDS = -3.0
"""Minimum log-odds, less costs and penalties, of every sentence after the first."""


def overview(
    question: str, evidence: Sequence[ScoredSentence], weights: Mapping[str, float] | None = None
) -> list[ScoredSentence]:
    """Return the extracts to quote, grouped by article, that of the most salient sentence first.

    The next sentence is always the one with the most log-odds less a penalty for what it repeats: maximal marginal
    relevance (Carbonell and Goldstein 1998).

    Args:
        evidence: the reranked sentences, best first.
        weights: weight of each signal; the fitted ones by default.
    """
    weights = weights or salience_weights("overview")
    candidates = statements(question, evidence)
    values = [weigh(weights, each.signals) - WORD_COST * each.words for each in candidates]
    overlaps = [0.0] * len(candidates)
    found: list[ScoredSentence] = []
    left = MAX_WORDS
    while free := [i for i, each in enumerate(candidates) if each.fits(left) and overlaps[i] < MAX_OVERLAP]:
        gains = {i: round(values[i] - OVERLAP_PENALTY * overlaps[i], 5) for i in free}
        best = max(free, key=lambda i: gains[i])
        if found and gains[best] < MIN_LOG_ODDS:
            break
        chosen = candidates[best]
        found.append(chosen.source.extract(chosen.position, chosen.position))
        left -= chosen.source.take(found[-1].span)
        overlaps = [max(overlaps[i], chosen.share_in(each)) for i, each in enumerate(candidates)]
    return merged(_in_reading_order(found))


def _in_reading_order(found: Sequence[ScoredSentence]) -> list[ScoredSentence]:
    """Group extracts by article, that of the first chosen one first; within an article, in the order of its text."""
    rank = {each: i for i, each in reversed(list(enumerate(e.article_id for e in found)))}
    return sorted(found, key=lambda each: (rank[each.article_id], each.start))
