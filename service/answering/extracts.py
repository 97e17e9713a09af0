"""Extracts: choose consecutive sentences of articles to quote, as many as the kind of question calls for."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from index.search.scored_sentence import ScoredSentence
from service.answering.article_sentences import ArticleSentences, merged
from service.answering.overviews import overview
from service.answering.question_kind import BROAD_KINDS, QuestionKind

MIN_GAIN = 0.05
"""Minimum gain of every extract after the first."""
MIN_WORDS_LEFT = 20
OVERRUN = 10
"""Words by which the last extract may exceed the limit, rather than being cut to a sentence less."""


@dataclass(frozen=True)
class ExtractPlan:
    """Extract plan: how much to quote for one kind of question; chosen on a writer's questions (evals/LOG.md)."""

    words: int
    """Maximum number of words of all extracts."""
    words_each: int
    """Maximum number of words of one extract; a longer sentence stays whole."""
    extracts: int
    """Maximum number of extracts."""
    depth: float
    """Log-odds below the best sentence at which a sentence gains nothing."""
    word_cost: float
    """Gain that one word costs; the best sentence gains 1."""
    further_depth: float = math.inf
    """Log-odds below the best sentence down to which the best sentence of a further extract may lie."""


FOCUSED = ExtractPlan(words=170, words_each=130, extracts=3, depth=4.0, word_cost=0.01, further_depth=2.0)
REASON = ExtractPlan(words=160, words_each=90, extracts=3, depth=6.0, word_cost=0.005)
SEVERAL = ExtractPlan(words=170, words_each=90, extracts=3, depth=6.0, word_cost=0.01)
PLANS: Mapping[QuestionKind, ExtractPlan] = {
    "fact": FOCUSED,
    "small_talk": FOCUSED,
    "why": REASON,
    "how": REASON,
    "several": SEVERAL,
}
"""Extract plan of each kind of question that the reader marks; the others get an overview."""


def extracts(question: str, kind: QuestionKind, evidence: Sequence[ScoredSentence]) -> list[ScoredSentence]:
    """Return the extracts to quote: each is one or more consecutive sentences, as one wider scored sentence.

    The best extract comes first. An extract whose first anaphor has its antecedent shortly before grows backwards to
    it, and one that opens a quotation grows to its end.

    Args:
        evidence: the reranked sentences, best first.
    """
    if kind in BROAD_KINDS:
        return overview(question, evidence)
    plan = PLANS[kind]
    regions = _regions(evidence, plan)
    found: list[ScoredSentence] = []
    left = plan.words
    while len(found) < plan.extracts and left >= MIN_WORDS_LEFT:
        least = 1.0 - plan.further_depth / plan.depth if found else 0.0
        options = [(*option, region) for region in regions.values() if (option := region.best_window(left, least))]
        if not options:
            break
        gain, first, last, region = max(options, key=lambda option: option[0])
        if found and gain <= MIN_GAIN:
            break
        left -= region.take(first, last)
        found.append(region.sentences.extract(first, last))
    return merged(found)


class _Region:
    """The sentences of one article, with the gain of quoting each."""

    def __init__(self, known: Sequence[ScoredSentence], gains: Sequence[float], plan: ExtractPlan) -> None:
        self.sentences, self._plan = ArticleSentences(known), plan
        gain_at = {each.start: gain for each, gain in zip(known, gains, strict=True)}
        self._gains = [gain_at.get(span.start, 0.0) for span in self.sentences.spans]

    def best_window(self, left: int, least: float) -> tuple[float, int, int] | None:
        """Return gain, first and last position of the window of free sentences that gains most.

        One of its sentences gains at least `least` by itself.
        """
        best: tuple[float, int, int] | None = None
        most = min(self._plan.words_each, left)
        words = self.sentences.words
        for first in range(len(words)):
            gain, total, best_one = 0.0, 0, 0.0
            for last in range(first, len(words)):
                total += words[last]
                if self.sentences.taken[last] or total > left + OVERRUN or (total > most and last > first):
                    break
                gain += self._gains[last] - self._plan.word_cost * words[last]
                best_one = max(best_one, self._gains[last])
                if best_one >= least and (best is None or gain > best[0]):
                    best = gain, first, last
        return best

    def take(self, first: int, last: int) -> int:
        """Mark the sentences as quoted; returns their number of words."""
        self.sentences.taken[first : last + 1] = [True] * (last + 1 - first)
        return sum(self.sentences.words[first : last + 1])


def _regions(evidence: Sequence[ScoredSentence], plan: ExtractPlan) -> dict[tuple[str, int], _Region]:
    """Group the evidence by article, with gains from 1 (best sentence) to 0 (`plan.depth` log-odds below it)."""
    top = math.log(max(evidence[0].probability, 1e-9)) if evidence else 0.0
    grouped: dict[tuple[str, int], list[ScoredSentence]] = {}
    for each in evidence:
        grouped.setdefault((each.article_id, each.version), []).append(each)
    return {
        key: _Region(
            sentences,
            [max(0.0, 1.0 - (top - math.log(max(s.probability, 1e-9))) / plan.depth) for s in sentences],
            plan,
        )
        for key, sentences in grouped.items()
    }
