"""Extracts: choose consecutive sentences of articles to quote, as many as the kind of question calls for."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from index.normalisation import word_count
from index.search.candidate_sentences import attribution_of
from index.search.scored_sentence import ScoredSentence
from index.sentences import split_sentences
from index.types import Article, Span
from service.answering.antecedents import antecedent_span
from service.answering.question_kind import QuestionKind

MIN_GAIN = 0.05
"""Minimum gain of every extract after the first."""
MAX_ANTECEDENT_WORDS = 60
"""Maximum number of words by which an extract grows backwards to reach the name that its "he" refers to."""
MAX_SPEAKER_WORDS = 60
"""Maximum number of words by which an extract grows to reach the words that name the speaker."""
MIN_WORDS_LEFT = 20
OVERRUN = 10
"""Words by which the last extract may exceed the limit, rather than being cut to a sentence less."""
PAIRED_MARKS = (("“", "”"), ("«", "»"), ("(", ")"))


@dataclass(frozen=True)
class ExtractPlan:
    """Extract plan: how much to quote for one kind of question; chosen on a writer's questions (evals/LOG.md)."""

    words: int
    """Maximum number of words of all extracts."""
    words_each: int
    """Maximum number of words of one extract; a longer sentence stays whole."""
    extracts: int
    """Maximum number of extracts, the lead among them."""
    depth: float
    """Log-odds below the best sentence at which a sentence gains nothing."""
    word_cost: float
    """Gain that one word costs; the best sentence gains 1."""
    further_depth: float = math.inf
    """Log-odds below the best sentence down to which the best sentence of a further extract may lie."""
    lead_words: int = 0
    """Words of the lead of the article with the best sentence."""


FOCUSED = ExtractPlan(words=170, words_each=130, extracts=3, depth=4.0, word_cost=0.01, further_depth=1.6)
REASON = ExtractPlan(words=160, words_each=90, extracts=3, depth=6.0, word_cost=0.005)
SEVERAL = ExtractPlan(words=170, words_each=90, extracts=3, depth=6.0, word_cost=0.01)
EVENT = ExtractPlan(words=200, words_each=120, extracts=4, depth=6.0, word_cost=0.005, lead_words=60)
OVERVIEW = ExtractPlan(words=200, words_each=60, extracts=4, depth=6.0, word_cost=0.005, lead_words=60)
PLANS: Mapping[QuestionKind, ExtractPlan] = {
    "fact": FOCUSED,
    "small_talk": FOCUSED,
    "why": REASON,
    "how": REASON,
    "several": SEVERAL,
    "what_happened": EVENT,
    "latest": EVENT,
    "summary": OVERVIEW,
    "comparison": OVERVIEW,
}
"""Extract plan of each kind of question."""


def extracts(kind: QuestionKind, evidence: Sequence[ScoredSentence]) -> list[ScoredSentence]:
    """Return the extracts to quote: each is one or more consecutive sentences, as one wider scored sentence.

    The best extract comes first, or the lead of its article where the kind asks for one. An extract whose first
    anaphor has its antecedent shortly before grows backwards to it, and one that opens a quotation grows to its end.

    Args:
        evidence: the reranked sentences, best first.
    """
    plan = PLANS[kind]
    regions = _regions(evidence, plan)
    found: list[ScoredSentence] = []
    left = plan.words
    leads = True
    if plan.lead_words and evidence:
        region = regions[evidence[0].article_id, evidence[0].version]
        chosen = region.lead(plan.lead_words)
        leads = region.gain(*chosen) > 0.0
        left -= region.take(*chosen)
        found.append(region.extract(*chosen))
    while len(found) < plan.extracts and left >= MIN_WORDS_LEFT:
        least = 1.0 - plan.further_depth / plan.depth if found else 0.0
        options = [(*option, region) for region in regions.values() if (option := region.best_window(left, least))]
        if not options:
            break
        gain, first, last, region = max(options, key=lambda option: option[0])
        if found and gain <= MIN_GAIN:
            break
        left -= region.take(first, last)
        found.append(region.extract(first, last))
    if not leads:  # the article opens with something else: what answers comes first
        found = [*found[1:], *found[:1]]
    return _merged(found)


class _Region:
    """The sentences of one article, with the gain of quoting each."""

    def __init__(self, sentences: Sequence[ScoredSentence], gains: Sequence[float], plan: ExtractPlan) -> None:
        self._article, self._plan = sentences[0].article, plan
        self._known = {each.start: each for each in sentences}
        self._spans = _body_sentences(self._article, [each.span for each in sentences])
        gain_at = {each.start: gain for each, gain in zip(sentences, gains, strict=True)}
        self._gains = [gain_at.get(span.start, 0.0) for span in self._spans]
        self._words = [word_count(span.of(self._article.text)) for span in self._spans]
        self._taken = [False] * len(self._spans)
        self._any = sentences[0]

    def lead(self, most: int) -> tuple[int, int]:
        """Return the first and last position of the sentences that open the article, of at most `most` words."""
        last, total = 0, self._words[0]
        while last + 1 < len(self._words) and total + self._words[last + 1] <= most:
            last += 1
            total += self._words[last]
        return 0, last

    def gain(self, first: int, last: int) -> float:
        """Return what the sentences gain, without the cost of their words."""
        return sum(self._gains[first : last + 1])

    def best_window(self, left: int, least: float) -> tuple[float, int, int] | None:
        """Return gain, first and last position of the window of free sentences that gains most.

        One of its sentences gains at least `least` by itself.
        """
        best: tuple[float, int, int] | None = None
        most = min(self._plan.words_each, left)
        for first in range(len(self._spans)):
            gain, total, best_one = 0.0, 0, 0.0
            for last in range(first, len(self._spans)):
                total += self._words[last]
                if self._taken[last] or total > left + OVERRUN or (total > most and last > first):
                    break
                gain += self._gains[last] - self._plan.word_cost * self._words[last]
                best_one = max(best_one, self._gains[last])
                if best_one >= least and (best is None or gain > best[0]):
                    best = gain, first, last
        return best

    def take(self, first: int, last: int) -> int:
        """Mark the sentences as quoted; returns their number of words."""
        self._taken[first : last + 1] = [True] * (last + 1 - first)
        return sum(self._words[first : last + 1])

    def extract(self, first: int, last: int) -> ScoredSentence:
        """Return the sentences as one scored sentence: the best of them, widened."""
        inside = [self._known[s.start] for s in self._spans[first : last + 1] if s.start in self._known]
        best = max(inside, key=lambda each: each.probability, default=None)
        span = Span(start=self._spans[first].start, end=self._spans[last].end)
        if best is not None and (best.start, best.end) == (span.start, span.end):
            return self._widened(best, self._with_antecedent(span))
        base = best or replace(self._any, answer=None, probability=0.0)
        wide, speaker = self._with_speaker(self._balanced(span))
        return replace(self._widened(base, self._with_antecedent(wide)), attribution=speaker)

    def _widened(self, sentence: ScoredSentence, span: Span) -> ScoredSentence:
        if span == sentence.span:
            return sentence
        return replace(sentence, span=span, context="", duplicates=(), passage=None)

    def _with_speaker(self, span: Span) -> tuple[Span, Span | None]:
        """Grow to the words that name the speaker of a sentence inside a longer quotation, or return them if far."""
        speakers = (attribution_of(self._article, each) for each in self._spans if span.start <= each.start < span.end)
        outside = [each for each in speakers if each and not (span.start <= each.start and each.end <= span.end)]
        if not outside:
            return span, None
        ends = [each.end for each in self._spans if each.start < outside[-1].end]
        starts = [each.start for each in self._spans if each.end > outside[0].start]
        wide = Span(start=min(span.start, starts[0]), end=max(span.end, ends[-1]))
        if len(wide.of(self._article.text).split()) - len(span.of(self._article.text).split()) <= MAX_SPEAKER_WORDS:
            return wide, None
        return span, outside[0]

    def _with_antecedent(self, span: Span) -> Span:
        text = self._article.text
        found = antecedent_span(text, self._article.body, span)
        if found is None:
            return span
        start = next((s.start for s in self._spans if s.start <= found.start < s.end), span.start)
        added = len(text[start : span.start].split())
        return Span(start=start, end=span.end) if start < span.start and added <= MAX_ANTECEDENT_WORDS else span

    def _balanced(self, span: Span) -> Span:
        """Grow to the end of a quotation that the last sentence opens, if the next sentence closes it."""
        text = span.of(self._article.text)
        following = next((s for s in self._spans if s.start >= span.end), None)
        for opening, closing in PAIRED_MARKS:
            if text.count(opening) > text.count(closing) and following:
                wider = self._article.text[span.start : following.end]
                if wider.count(opening) == wider.count(closing):
                    return Span(start=span.start, end=following.end)
        return span


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


def _body_sentences(article: Article, known: Sequence[Span]) -> list[Span]:
    """Return the sentences of the body in order; where a chunk cut a very long one, its pieces take its place."""
    whole = [span for paragraph in article.body for span in split_sentences(article.text, paragraph)]
    return sorted(
        {*known, *(span for span in whole if not any(_overlaps(span, each) for each in known))},
        key=lambda span: span.start,
    )


def _overlaps(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


def _merged(found: Sequence[ScoredSentence]) -> list[ScoredSentence]:
    """Merge extracts of one article that overlap or adjoin, at the place of the first of them."""
    kept: list[ScoredSentence] = []
    for each in found:
        for i, other in enumerate(kept):
            if _adjoin(each, other):
                wide = Span(start=min(each.start, other.start), end=max(each.end, other.end))
                best = max(each, other, key=lambda one: one.probability)
                kept[i] = replace(best, span=wide, context="", duplicates=(), passage=None)
                break
        else:
            kept.append(each)
    return kept


def _adjoin(one: ScoredSentence, other: ScoredSentence) -> bool:
    if (one.article_id, one.version) != (other.article_id, other.version):
        return False
    first, second = sorted((one, other), key=lambda each: each.start)
    return not first.article.text[min(first.end, second.start) : second.start].strip()
