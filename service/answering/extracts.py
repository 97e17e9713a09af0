"""Extracts: choose consecutive sentences of articles to quote, as many as the kind of question calls for."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from index.search.reranking import weigh
from index.search.scored_sentence import ScoredSentence
from service.answering.article_sentences import ArticleSentences, merged
from service.answering.overviews import overview
from service.answering.question_kind import BROAD_KINDS, QuestionKind
from service.answering.recency import newest_report_first
from service.answering.statements import salience_weights, statements

MIN_WORDS_LEFT = 20
OVERRUN = 10
"""Words by which the last extract may exceed the limit, rather than being cut to a sentence less."""
DEPTH = 4.0
"""Log-odds below the best sentence of a fact at which a sentence gains nothing."""
FURTHER_DEPTH = 2.0
"""Log-odds below the best sentence of a fact down to which the best sentence of a further extract may lie."""


@dataclass(frozen=True)
class ExtractPlan:
    """Extract plan: how much to quote for one kind of question; chosen on writers' questions (evals/LOG.md)."""

    words: int
    """Maximum number of words of all extracts."""
    words_each: int
    """Maximum number of words of one extract; a longer sentence stays whole."""
    extracts: int
    """Maximum number of extracts."""
    word_cost: float
    """Gain that one word costs; a sentence that surely answers gains 1."""
    least: float = 0.0
    """Gain of the best sentence of every extract after the first."""
    min_gain: float = 0.05
    """Minimum gain of every extract after the first."""


FACT = ExtractPlan(words=170, words_each=130, extracts=3, word_cost=0.01, least=1.0 - FURTHER_DEPTH / DEPTH)
REASONS = ExtractPlan(words=160, words_each=60, extracts=4, word_cost=0.001, min_gain=0.1)
PLANS: Mapping[QuestionKind, ExtractPlan] = {
    "fact": FACT,
    "small_talk": FACT,
    "why": REASONS,
    "how": REASONS,
    "several": REASONS,
}
"""Extract plan of each kind of question; the others get an overview."""


def extracts(
    question: str,
    kind: QuestionKind,
    evidence: Sequence[ScoredSentence],
    weights: Mapping[str, float] | None = None,
) -> list[ScoredSentence]:
    """Return the extracts to quote: each is one or more consecutive sentences, as one wider scored sentence.

    The best extract comes first, then the others of its article. An extract whose first anaphor has its antecedent
    shortly before grows backwards to it, and one that opens a quotation grows to its end.

    Args:
        evidence: the reranked sentences, best first.
        weights: weight of each signal of a statement; the fitted ones by default.
    """
    if kind in BROAD_KINDS:
        found = overview(question, evidence, weights)
        return newest_report_first(found) if kind == "latest" else found
    plan = PLANS[kind]
    regions = _read(evidence) if plan is FACT else _salient(question, evidence, weights or salience_weights("reasons"))
    found = []
    left = plan.words
    while len(found) < plan.extracts and left >= MIN_WORDS_LEFT:
        least = plan.least if found else 0.0
        options = [(*option, region) for region in regions if (option := region.best_window(plan, left, least))]
        if not options:
            break
        gain, first, last, region = max(options, key=lambda option: option[0])
        if found and gain <= plan.min_gain:
            break
        left -= region.take(first, last)
        found.append(region.sentences.extract(first, last))
    articles = [each.article_id for each in found]
    return merged(sorted(found, key=lambda each: articles.index(each.article_id)))


class _Region:
    """The sentences of one article, with the gain of quoting each."""

    def __init__(self, sentences: ArticleSentences, gains: Mapping[int, float]) -> None:
        """Args:
        gains: by position of the sentence; of the others it is 0.
        """
        self.sentences = sentences
        self._gains = [gains.get(i, 0.0) for i in range(len(sentences.spans))]

    def best_window(self, plan: ExtractPlan, left: int, least: float) -> tuple[float, int, int] | None:
        """Return gain, first and last position of the window of free sentences that gains most.

        One of its sentences gains at least `least` by itself.
        """
        best: tuple[float, int, int] | None = None
        most = min(plan.words_each, left)
        words = self.sentences.words
        for first in range(len(words)):
            gain, total, best_one = 0.0, 0, 0.0
            for last in range(first, len(words)):
                total += words[last]
                if self.sentences.taken[last] or total > left + OVERRUN or (total > most and last > first):
                    break
                gain += self._gains[last] - plan.word_cost * words[last]
                best_one = max(best_one, self._gains[last])
                if best_one >= least and (best is None or gain > best[0]):
                    best = gain, first, last
        return best

    def take(self, first: int, last: int) -> int:
        """Mark the sentences as quoted; returns their number of words."""
        self.sentences.taken[first : last + 1] = [True] * (last + 1 - first)
        return sum(self.sentences.words[first : last + 1])


def _read(evidence: Sequence[ScoredSentence]) -> list[_Region]:
    """Group the evidence by article, with gains from 1 (best sentence) to 0 (`DEPTH` log-odds below it)."""
    top = math.log(max(evidence[0].probability, 1e-9)) if evidence else 0.0
    grouped: dict[tuple[str, int], list[ScoredSentence]] = defaultdict(list)
    for each in evidence:
        grouped[each.article_id, each.version].append(each)
    return [_gains_read(ArticleSentences(known), top) for known in grouped.values()]


def _gains_read(sentences: ArticleSentences, top: float) -> _Region:
    gains = {
        i: max(0.0, 1.0 - (top - math.log(max(known.probability, 1e-9))) / DEPTH)
        for i, span in enumerate(sentences.spans)
        if (known := sentences.known.get(span.start))
    }
    return _Region(sentences, gains)


def _salient(question: str, evidence: Sequence[ScoredSentence], weights: Mapping[str, float]) -> list[_Region]:
    """Return the articles with the best evidence; the gain of a sentence is the probability that it is needed."""
    gains: dict[ArticleSentences, dict[int, float]] = defaultdict(dict)
    for each in statements(question, evidence):
        gains[each.source][each.position] = 1.0 / (1.0 + math.exp(-weigh(weights, each.signals)))
    return [_Region(sentences, found) for sentences, found in gains.items()]
