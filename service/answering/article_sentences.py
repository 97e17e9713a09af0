"""Article sentences: the sentences of one article, from which extracts of consecutive ones are taken."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace

from index.normalisation import word_count
from index.search.candidate_sentences import attribution_of, body_sentences, sentence_kind
from index.search.scored_sentence import ScoredSentence
from index.types import Article, Span
from service.answering.antecedents import antecedent_span
from service.answering.boilerplate import boilerplate_log_odds

MAX_ANTECEDENT_WORDS = 60
"""Maximum number of words by which an extract grows backwards to reach the name that its "he" refers to."""
MAX_SPEAKER_WORDS = 60
"""Maximum number of words by which an extract grows to reach the words that name the speaker."""
MIN_BOILERPLATE = 2.0
"""Log-odds of boilerplate from which a sentence is not quoted: .89 of these are boilerplate (.97 without one list of
petrol prices), and .70 of it is found."""
MIN_PROBABILITY = 0.1
"""Probability from which a sentence is quoted although it looks like boilerplate: a list may answer."""
PAIRED_MARKS = (("“", "”"), ("«", "»"), ("(", ")"))


class ArticleSentences:
    """Article sentences: spans, lengths, and which of them may still be quoted."""

    def __init__(self, known: Sequence[ScoredSentence]) -> None:
        """Args:
        known: the reranked sentences of the article, at least one.
        """
        self.article = known[0].article
        self.known = {each.start: each for each in known}
        """Reranked sentences by start offset."""
        self.spans = _sentences(self.article, [each.span for each in known])
        self.words = [word_count(span.of(self.article.text)) for span in self.spans]
        self.taken = [self._is_unquoted(span) for span in self.spans]
        """Sentences that are quoted already, and those that are not: headings, and boilerplate that does not answer."""
        self._any = known[0]

    def _is_unquoted(self, span: Span) -> bool:
        text = " ".join(span.of(self.article.text).split())
        read = self.known.get(span.start)
        answers = read is not None and read.probability >= MIN_PROBABILITY
        return sentence_kind(text) == "heading" or (not answers and boilerplate_log_odds(text) >= MIN_BOILERPLATE)

    def take(self, span: Span) -> int:
        """Mark the sentences of a span as quoted; returns the number of words that were not quoted before."""
        added = 0
        for i, each in enumerate(self.spans):
            if span.start <= each.start < span.end and not self.taken[i]:
                self.taken[i] = True
                added += self.words[i]
        return added

    def extract(self, first: int, last: int) -> ScoredSentence:
        """Return the sentences as one scored sentence: the best of them, widened."""
        inside = [self.known[s.start] for s in self.spans[first : last + 1] if s.start in self.known]
        best = max(inside, key=lambda each: each.probability, default=None)
        span = Span(start=self.spans[first].start, end=self.spans[last].end)
        if best is None or span != best.span:
            span = self._balanced(span)
        span = self._with_antecedent(span)
        if best is not None and span == best.span:
            return best
        base = best or replace(self._any, answer=None, probability=0.0)
        wide, speakers = self._with_speakers(span)
        if len(speakers) > 1:  # the citation can name one speaker: it quotes one sentence
            wide = base.span if best else self.spans[first]
            speakers = {attribution_of(self.article, wide)}
        return replace(base, span=wide, context="", attribution=next(iter(speakers)), duplicates=(), passage=None)

    def _with_speakers(self, span: Span) -> tuple[Span, set[Span | None]]:
        """Grow to the words that name the speakers of sentences inside longer quotations, unless they are far.

        Returns the span, and for its sentences the words outside it that name their speakers.
        """
        said = {attribution_of(self.article, each) for each in self.spans if span.start <= each.start < span.end}
        outside = {each for each in said if each and not _covers(span, each)}
        if not outside:
            return span, {None}
        reached = [each for each in self.spans if any(_overlaps(each, speaker) for speaker in outside)]
        wide = Span(
            start=min(span.start, *(each.start for each in reached)), end=max(span.end, *(each.end for each in reached))
        )
        text = self.article.text
        if reached and word_count(wide.of(text)) - word_count(span.of(text)) <= MAX_SPEAKER_WORDS:
            return wide, {None}
        return span, {each if each in outside else None for each in said}

    def _with_antecedent(self, span: Span) -> Span:
        text = self.article.text
        found = antecedent_span(text, self.article.body, span)
        if found is None:
            return span
        start = next((s.start for s in self.spans if s.start <= found.start < s.end), span.start)
        added = len(text[start : span.start].split())
        return Span(start=start, end=span.end) if start < span.start and added <= MAX_ANTECEDENT_WORDS else span

    def _balanced(self, span: Span) -> Span:
        """Grow to the end of a quotation that the last sentence opens, if the next sentence closes it."""
        text = span.of(self.article.text)
        following = next((s for s in self.spans if s.start >= span.end), None)
        for opening, closing in PAIRED_MARKS:
            if text.count(opening) > text.count(closing) and following:
                wider = self.article.text[span.start : following.end]
                if wider.count(opening) == wider.count(closing):
                    return Span(start=span.start, end=following.end)
        return span


def merged(found: Sequence[ScoredSentence]) -> list[ScoredSentence]:
    """Merge extracts of one article that overlap or adjoin, at the place of the first, if one citation fits both.

    It names one speaker: words inside somebody's longer quotation are not merged with words of another or of nobody,
    unless the merged extract itself has the words that name the speaker.
    """
    kept: list[ScoredSentence] = []
    for each in found:
        joined = ((i, wide) for i, other in enumerate(kept) if (wide := _joined(each, other)) is not None)
        place, wide = next(joined, (len(kept), each))
        kept[place : place + 1] = [wide]
    return kept if len(kept) == len(found) else merged(kept)


def _joined(one: ScoredSentence, other: ScoredSentence) -> ScoredSentence | None:
    """Return two extracts as one; None if they are apart, or if one citation cannot name who says each."""
    if (one.article_id, one.version) != (other.article_id, other.version):
        return None
    first, second = sorted((one, other), key=lambda each: each.start)
    if first.article.text[min(first.end, second.start) : second.start].strip():
        return None
    wide = Span(start=first.start, end=max(first.end, second.end))
    outside = {
        None if each.attribution is None or _covers(wide, each.attribution) else each.attribution
        for each in (one, other)
    }
    if len(outside) > 1:
        return None
    best = max(one, other, key=lambda each: each.probability)
    return replace(best, span=wide, context="", attribution=outside.pop(), duplicates=(), passage=None)


def _covers(span: Span, inner: Span) -> bool:
    return span.start <= inner.start and inner.end <= span.end


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
