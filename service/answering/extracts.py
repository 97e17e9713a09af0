"""Extracts: choose consecutive sentences of articles to quote, as many as the kind of question calls for."""

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from index.normalisation import word_count
from index.search.candidate_sentences import attribution_of, body_sentences, sentence_kind
from index.search.scored_sentence import ScoredSentence
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
        self._spans = _sentences(self._article, [each.span for each in sentences])
        gain_at = {each.start: gain for each, gain in zip(sentences, gains, strict=True)}
        self._gains = [gain_at.get(span.start, 0.0) for span in self._spans]
        self._words = [word_count(span.of(self._article.text)) for span in self._spans]
        self._taken = [sentence_kind(span.of(self._article.text)) == "heading" for span in self._spans]
        """Sentences that are quoted already, and headings, which are not."""
        self._any = sentences[0]

    def lead(self, most: int) -> tuple[int, int]:
        """Return the first and last position of the sentences that open the article, of at most `most` words."""
        first = next((i for i, taken in enumerate(self._taken) if not taken), 0)
        last, total = first, self._words[first]
        while last + 1 < len(self._words) and not self._taken[last + 1] and total + self._words[last + 1] <= most:
            last += 1
            total += self._words[last]
        return first, last

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
        if best is None or span != best.span:
            span = self._balanced(span)
        span = self._with_antecedent(span)
        if best is not None and span == best.span:
            return best
        base = best or replace(self._any, answer=None, probability=0.0)
        wide, speakers = self._with_speakers(span)
        if len(speakers) > 1:  # the citation can name one speaker: it quotes one sentence
            wide = base.span if best else self._spans[first]
            speakers = {attribution_of(self._article, wide)}
        return replace(base, span=wide, context="", attribution=next(iter(speakers)), duplicates=(), passage=None)

    def _with_speakers(self, span: Span) -> tuple[Span, set[Span | None]]:
        """Grow to the words that name the speakers of sentences inside longer quotations, unless they are far.

        Returns the span, and for its sentences the words outside it that name their speakers.
        """
        said = {attribution_of(self._article, each) for each in self._spans if span.start <= each.start < span.end}
        outside = {each for each in said if each and not (span.start <= each.start and each.end <= span.end)}
        if not outside:
            return span, {None}
        reached = [each for each in self._spans if any(_overlaps(each, speaker) for speaker in outside)]
        wide = Span(
            start=min(span.start, *(each.start for each in reached)), end=max(span.end, *(each.end for each in reached))
        )
        text = self._article.text
        if reached and word_count(wide.of(text)) - word_count(span.of(text)) <= MAX_SPEAKER_WORDS:
            return wide, {None}
        return span, {each if each in outside else None for each in said}

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


def _sentences(article: Article, known: Sequence[Span]) -> list[Span]:
    """Return the sentences of the body in order; where a chunk cut a very long one, its pieces take its place."""
    places = sorted(known, key=lambda span: span.start)
    whole = (span for span in body_sentences(article) if not _meets(span, places))
    return sorted({*places, *whole}, key=lambda span: span.start)


def _meets(span: Span, places: Sequence[Span]) -> bool:
    """Whether a span overlaps one of these, which are in order and do not overlap each other."""
    following = bisect_left(places, span.end, key=lambda each: each.start)
    return following > 0 and places[following - 1].end > span.start


def _overlaps(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


def _merged(found: Sequence[ScoredSentence]) -> list[ScoredSentence]:
    """Merge extracts of one article that overlap or adjoin, at the place of the first; never those of two speakers."""
    kept: list[ScoredSentence] = []
    for each in found:
        near = next((i for i, other in enumerate(kept) if _adjoin(each, other)), None)
        if near is None:
            kept.append(each)
            continue
        other = kept[near]
        wide = Span(start=min(each.start, other.start), end=max(each.end, other.end))
        best = max(each, other, key=lambda one: one.probability)
        attribution = each.attribution or other.attribution
        kept[near] = replace(best, span=wide, context="", attribution=attribution, duplicates=(), passage=None)
    return kept if len(kept) == len(found) else _merged(kept)


def _adjoin(one: ScoredSentence, other: ScoredSentence) -> bool:
    if (one.article_id, one.version) != (other.article_id, other.version):
        return False
    if one.attribution and other.attribution and one.attribution != other.attribution:
        return False
    first, second = sorted((one, other), key=lambda each: each.start)
    return not first.article.text[min(first.end, second.start) : second.start].strip()
