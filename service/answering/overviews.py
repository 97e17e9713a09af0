"""Overview: the sentences that a reader needs most, of the articles that a broad question is about."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from index.search.candidate_sentences import sentence_kind
from index.search.reranking import weigh
from index.search.scored_sentence import ScoredSentence
from index.words import stems
from service.answering.article_sentences import ArticleSentences, merged
from service.answering.boilerplate import CLOSING_MARKS, LIMIT, boilerplate_log_odds
from service.language.numbers import numbers
from service.language.quotations import quoted_share

FITTED = Path(__file__).with_name("overview.json")
"""Log-odds that a sentence states a fact that a good answer needs, by `footnote study fit overview`."""
MAX_WORDS = 200
"""Maximum number of words of all extracts; with 160, one fact in twelve fewer is shown (evals/LOG.md)."""
MAX_ARTICLES = 3
"""Maximum number of articles that are read whole and quoted: those of the best sentences."""
MIN_WORDS = 5
FEW_WORDS = 9
FULL_COUNT = 4
"""Number of numbers in a sentence from which more of them add nothing."""
WORD_COST = 0.01
"""Log-odds that one word of a sentence costs."""
OVERLAP_PENALTY = 1.0
"""Log-odds that a sentence loses for the share of its words that a chosen one has."""
MAX_OVERLAP = 0.7
"""Share of a sentence's words in a chosen one from which it says the same."""
MIN_LOG_ODDS = -3.0
"""Minimum log-odds, less costs and penalties, of every sentence after the first."""
UNREAD = -2.0
"""Signal `relevance` of a sentence that the reader did not read, or found much worse than the best."""
TERMINAL_MARKS = (".", "!", "?")


@dataclass(frozen=True, eq=False)
class Statement:
    """Statement of an article, by its position, with the signals of its salience."""

    source: ArticleSentences
    position: int
    words: int
    stems: frozenset[str]
    signals: dict[str, float]

    @property
    def text(self) -> str:
        """Text of the sentence."""
        return self.source.spans[self.position].of(self.source.article.text)

    def fits(self, words: int) -> bool:
        """Whether it is not quoted yet and has at most so many words."""
        return not self.source.taken[self.position] and self.words <= words

    def share_in(self, other: "Statement") -> float:
        """Return the share of the other statement's stems that this one has."""
        return len(self.stems & other.stems) / max(1, len(other.stems))


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
    weights = weights or _fitted()
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


def statements(question: str, evidence: Sequence[ScoredSentence]) -> list[Statement]:
    """Return the statements of the articles with the best evidence, in order, with their signals."""
    grouped: dict[tuple[str, int], list[ScoredSentence]] = defaultdict(list)
    for each in evidence:
        grouped[each.article_id, each.version].append(each)
    groups = list(grouped.values())[:MAX_ARTICLES]
    newest = max((group[0].source.published.value or "" for group in groups), default="")
    best = max((each.signals.get("relevance", 0.0) for each in evidence), default=0.0)
    asked = stems(question)
    found: list[Statement] = []
    for rank, group in enumerate(groups):
        shared = {
            "one": 1.0,
            "article": sum(each.probability for each in group),
            "article_rank": 1.0 / (1 + rank),
            "newest": float((group[0].source.published.value or "") == newest),
        }
        found += _statements_of(ArticleSentences(group), asked, best, shared)
    return found


def _statements_of(
    source: ArticleSentences, asked: frozenset[str], best: float, shared: dict[str, float]
) -> list[Statement]:
    title = stems(source.article.source.title.value or "")
    texts = [" ".join(span.of(source.article.text).split()) for span in source.spans]
    stated = [i for i, text in enumerate(texts) if sentence_kind(text) == "statement"]
    own = {i: stems(texts[i]) for i in stated}
    probabilities = [e.probability if (e := source.known.get(span.start)) else 0.0 for span in source.spans]
    found: list[Statement] = []
    for ordinal, i in enumerate(stated):
        before = own[stated[ordinal - 1]] if ordinal else frozenset[str]()
        read = source.known.get(source.spans[i].start)
        relevance = (read.signals.get("relevance", 0.0) - best) / 4 if read else UNREAD
        around = [probabilities[j] for j in (i - 1, i + 1) if 0 <= j < len(texts)]
        signals = shared | {
            "relevance": max(relevance, UNREAD),
            "probability": probabilities[i],
            "beside": max(around, default=0.0),
            "covered": len(asked & (own[i] | before | title)) / max(1, len(asked)),
            "position": ordinal / len(stated),
            "title": len(title & own[i]) / max(1, len(title)),
            "numbers": min(len(set(numbers(texts[i]))), FULL_COUNT) / FULL_COUNT,
            "quoted": 1.0 if read and read.attribution else quoted_share(texts[i]),
            "short": float(source.words[i] < FEW_WORDS),
            "boilerplate": boilerplate_log_odds(texts[i]) / LIMIT,
            "unfinished": float(not texts[i].rstrip(CLOSING_MARKS).endswith(TERMINAL_MARKS)),
        }
        if source.words[i] >= MIN_WORDS:
            found.append(Statement(source, i, source.words[i], own[i], signals))
    return found


def _in_reading_order(found: Sequence[ScoredSentence]) -> list[ScoredSentence]:
    """Group extracts by article, that of the first chosen one first; within an article, in the order of its text."""
    rank = {each: i for i, each in reversed(list(enumerate(e.article_id for e in found)))}
    return sorted(found, key=lambda each: (rank[each.article_id], each.start))


@cache
def _fitted() -> dict[str, float]:
    fitted: dict[str, float] = json.loads(FITTED.read_text(encoding="utf-8"))
    return fitted
