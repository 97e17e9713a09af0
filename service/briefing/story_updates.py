"""Story updates: which candidate sentences of a brief give a later number in the place of that of another one."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from index.search.scored_sentence import ScoredSentence
from service.answering.citations import attributed
from service.answering.types import Citation
from service.briefing.brief_citations import NumberedCitations
from service.briefing.number_updates import MAX_DAYS_APART, Update, find_updates
from service.briefing.reported_counts import Report
from service.briefing.salience_features import published_day
from service.briefing.types import NumberUpdate, ReportedNumber
from service.language.numbers import numbers
from service.language.tokens import tokenise

MIN_COSINE = 0.6
"""Minimum cosine of two sentences whose numbers are compared; bounds the time of a brief."""


@dataclass(frozen=True)
class CitedUpdate:
    """An update with the sentences that give both numbers."""

    update: Update
    first: ScoredSentence
    then: ScoredSentence
    shown: str
    """The number that the line gives about which the update is said."""

    def cite(self, citations: NumberedCitations) -> NumberUpdate:
        """Return both numbers with their citations."""
        first, then = citations.cite(self.first), citations.cite(self.then)
        return NumberUpdate(
            first=reported_number(self.update.first.spelled, first, first.number),
            then=reported_number(self.update.then.spelled, then, then.number),
        )


class StoryUpdates:
    """The updates among the candidate sentences of one brief."""

    def __init__(self, sentences: Sequence[ScoredSentence], salient: Sequence[ScoredSentence]) -> None:
        """Args:
        sentences: all candidates of the brief.
        salient: those of them that may be shown; only what concerns one of them is looked for.
        """
        by_report = {_report(each): each for each in reversed(_comparable(sentences, salient))}
        found = find_updates(list(by_report))
        pairs = [(each, by_report[each.first.report], by_report[each.then.report]) for each in found]
        self._pairs = {frozenset((first.location, then.location)) for _, first, then in pairs}
        # The latest number that replaces one, and the earliest that one replaces, are kept.
        self._replaced = {
            first.location: CitedUpdate(each, first, then, shown=each.first.spelled)
            for each, first, then in sorted(pairs, key=lambda pair: pair[0].then.day)
        }
        self._replacing = {
            then.location: CitedUpdate(each, first, then, shown=each.then.spelled)
            for each, first, then in sorted(pairs, key=lambda pair: pair[0].first.day, reverse=True)
        }

    def replaced(self, sentence: ScoredSentence) -> CitedUpdate | None:
        """Return the update by which a number of a sentence is out of date."""
        return self._replaced.get(sentence.location)

    def replacing(self, sentence: ScoredSentence) -> CitedUpdate | None:
        """Return the update that a sentence brings, from the earliest number that it replaces."""
        return self._replacing.get(sentence.location)

    def newer(self, sentence: ScoredSentence) -> ScoredSentence | None:
        """Return the sentence that stands for one whose only number it replaces; None if there is none."""
        found = self.replaced(sentence)
        return found.then if found and len(set(numbers(sentence.text))) == 1 else None

    def is_update(self, one: ScoredSentence, other: ScoredSentence) -> bool:
        """Whether one of two sentences gives a later number in the place of the other's."""
        return frozenset((one.location, other.location)) in self._pairs


def _comparable(sentences: Sequence[ScoredSentence], salient: Sequence[ScoredSentence]) -> list[ScoredSentence]:
    """Return the sentences with a number that are near one of another day, if one of the two is salient."""
    counting = [each for each in sentences if published_day(each) and numbers(each.text)]
    if not counting:
        return []
    shown = {id(each) for each in salient}
    days = np.array([published_day(each) for each in counting])
    apart = np.abs(days[:, None] - days)
    is_shown = np.array([id(each) in shown for each in counting])
    vectors = np.stack([each.vector for each in counting])
    near = (vectors @ vectors.T >= MIN_COSINE) & (apart > 0) & (apart <= MAX_DAYS_APART)
    pairs = np.argwhere(np.triu(near & (is_shown[:, None] | is_shown)))
    named = [frozenset(token.folded for token in tokenise(each.text) if token.is_name) for each in counting]
    kept = {i for pair in pairs.tolist() if named[pair[0]] & named[pair[1]] for i in pair}
    return [counting[i] for i in sorted(kept)]


def reported_number(value: str, citation: Citation, number: int | None) -> ReportedNumber:
    """Return a number with its source, and the number of its citation in the brief."""
    return ReportedNumber(value=value, source=attributed(citation), citation=number)


def _report(sentence: ScoredSentence) -> Report:
    source = sentence.source
    return Report(sentence.text, sentence.article_id, source.outlet.value or "", (source.published.value or "")[:10])
