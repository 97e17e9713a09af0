"""Value comparison: two reports give different values for one thing if each holds with the other's value put in."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index.search.reader import passage_head
from index.search.scored_sentence import ScoredSentence
from index.types import Span
from index.words import stems
from service.briefing.clustering import overlap_coefficient
from service.briefing.contradictions import (
    Contradiction,
    shared_words,
    spelled_value,
)
from service.grounding import EntailmentModel
from service.language.clauses import main_clauses
from service.language.parsing import NOMINAL, Parsed, parse
from service.language.quantities import Quantity, are_compatible, quantities

MIN_COSINE = 0.5
"""Minimum cosine of two sentences that are compared."""
MAX_PAIRS = 28
"""Maximum number of pairs of values that the model judges, the nearest sentences first; bounds the time of a brief."""
MIN_LOG_ODDS = 0.5
"""Log-odds of a report with the other's value put in, from which both are of the same thing."""
MIN_GAIN = 2.0
"""By how much those log-odds must exceed the ones of the report as it is."""
MAX_LOG_RATIO = 0.4
"""Maximum natural logarithm of the ratio of two values; what differs by more is rarely one thing."""
WORDS_AROUND = 5
MIN_SHARED_AROUND = 0.3
"""Minimum share of the words around one value that are also around the other.

All five were chosen on 17 invented stories: 3 of 56 of their differences are found there, and none that is none."""


@dataclass(frozen=True)
class _Value:
    sentence: ScoredSentence
    clause: str
    """The part of the sentence that holds the value."""
    span: Span
    """Where the clause writes the value."""
    spelled: str
    read: Quantity
    noun: str
    """Lemma of the noun that is counted; empty for a sum or a share of nothing."""


def compare_values(
    pairs: Sequence[tuple[ScoredSentence, ScoredSentence]], model: EntailmentModel
) -> Iterator[Contradiction]:
    """Yield the contradictions of pairs of sentences of different articles, the nearest pairs first."""
    candidates = [each for pair in pairs for each in _candidates(*pair)][:MAX_PAIRS]
    judged = iter(model([row for one, other in candidates for row in _rows(one, other)]) if candidates else ())
    for one, other in candidates:
        as_is, put_right = zip(*(tuple(next(judged).log_odds for _ in range(2)) for _ in range(2)), strict=True)
        best = max(range(2), key=lambda i: put_right[i])
        if put_right[best] >= MIN_LOG_ODDS and put_right[best] - as_is[best] >= MIN_GAIN:
            cosine = float(one.sentence.vector @ other.sentence.vector)
            about = shared_words(one.sentence, other.sentence)
            values = (one.spelled, other.spelled)
            yield Contradiction("figure", about, values, (one.sentence, other.sentence), cosine)


def _rows(one: _Value, other: _Value) -> Iterator[tuple[str, str]]:
    """Yield each claim as it is and with the other's value, against the other's sentence."""
    for claim, premise in ((one, other), (other, one)):
        evidence = passage_head(premise.sentence.source) + premise.sentence.text
        yield claim.clause, evidence
        before, behind = claim.clause[: claim.span.start], claim.clause[claim.span.end :]
        yield before + premise.span.of(premise.clause) + behind, evidence


def _candidates(one: ScoredSentence, other: ScoredSentence) -> Iterator[tuple[_Value, _Value]]:
    """Yield the pairs of values of one kind that cannot both be right, where neither sentence has both."""
    ours, theirs = list(_values(one)), list(_values(other))
    for mine in ours:
        for yours in theirs:
            is_shared = any(_is_equal(mine, e) for e in theirs) or any(_is_equal(yours, e) for e in ours)
            if not is_shared and _are_comparable(mine, yours):
                yield mine, yours


def _is_equal(one: _Value, other: _Value) -> bool:
    return one.read.value == other.read.value


def _are_comparable(one: _Value, other: _Value) -> bool:
    return (
        one.read.unit == other.read.unit
        and one.noun == other.noun
        and not are_compatible(one.read, other.read)
        and _are_close(one.read.value, other.read.value)
        and overlap_coefficient(_around(one), _around(other)) >= MIN_SHARED_AROUND
    )


def _are_close(one: float, other: float) -> bool:
    return min(one, other) > 0 and abs(math.log(one / other)) <= MAX_LOG_RATIO


def _around(value: _Value) -> frozenset[str]:
    """Return the stems of the words before and behind a value, numbers left out."""
    before, behind = value.clause[: value.span.start], value.clause[value.span.end :]
    near = " ".join((*before.split()[-WORDS_AROUND:], *behind.split()[:WORDS_AROUND]))
    return frozenset(stem for stem in stems(near) if not stem[0].isdigit())


def _values(sentence: ScoredSentence) -> Iterator[_Value]:
    for clause in main_clauses(parse(sentence.text)):
        parsed = parse(clause)
        for quantity in quantities(parsed):
            yield _value(sentence, parsed, quantity)


def _value(sentence: ScoredSentence, clause: Parsed, read: Quantity) -> _Value:
    own = [clause.words[i] for i in sorted(read.indices)]
    head = clause.words[own[0].head]
    noun = head.lemma if head.pos in NOMINAL and head.index not in read.indices else ""
    span = Span(start=own[0].start, end=own[-1].end)
    return _Value(sentence, clause.text, span, spelled_value(clause, own), read, noun)
