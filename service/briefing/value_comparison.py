"""Value comparison: two reports give different values for one thing if each holds with the other's value put in."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index.search.reader import passage_head
from index.search.scored_sentence import ScoredSentence
from service.briefing.contradictions import (
    Contradiction,
    Kind,
    are_compatible,
    shared_words,
    spelled_value,
)
from service.grounding import EntailmentModel
from service.language.clauses import main_clauses
from service.language.dates import Date, dates
from service.language.parsing import NOMINAL, Parsed, parse
from service.language.quantities import Quantity, quantities

MIN_COSINE = 0.5
"""Minimum cosine of two sentences that are compared."""
MAX_PAIRS = 28
"""Maximum number of pairs of values that the model judges, the nearest sentences first; bounds the time of a brief."""
MIN_LOG_ODDS = 2.0
"""Log-odds of a report with the other's value put in, from which both are of the same thing."""
MIN_GAIN = 2.0
"""By how much those log-odds must exceed the ones of the report as it is."""


@dataclass(frozen=True)
class _Value:
    sentence: ScoredSentence
    clause: str
    """The part of the sentence that holds the value."""
    words: str
    """The value as the clause writes it."""
    spelled: str
    kind: Kind
    read: Quantity | Date
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
            yield Contradiction(one.kind, about, values, (one.sentence, other.sentence), cosine)


def _rows(one: _Value, other: _Value) -> Iterator[tuple[str, str]]:
    """Yield each claim as it is and with the other's value, against the other's sentence."""
    for claim, premise in ((one, other), (other, one)):
        evidence = passage_head(premise.sentence.source) + premise.sentence.text
        yield claim.clause, evidence
        yield claim.clause.replace(claim.words, premise.words), evidence


def _candidates(one: ScoredSentence, other: ScoredSentence) -> Iterator[tuple[_Value, _Value]]:
    """Yield the pairs of values of one kind that cannot both be right, where neither sentence has both."""
    ours, theirs = list(_values(one)), list(_values(other))
    for mine in ours:
        for yours in theirs:
            if _are_comparable(mine, yours) and not any(_is_equal(mine, e) for e in theirs):
                if not any(_is_equal(yours, e) for e in ours):
                    yield mine, yours


def _is_equal(one: _Value, other: _Value) -> bool:
    if isinstance(one.read, Quantity) and isinstance(other.read, Quantity):
        return one.read.value == other.read.value
    return one.words.casefold() == other.words.casefold()


def _are_comparable(one: _Value, other: _Value) -> bool:
    if isinstance(one.read, Quantity) and isinstance(other.read, Quantity):
        same_noun = one.noun == other.noun or bool(one.read.unit)
        return one.read.unit == other.read.unit and same_noun and not are_compatible(one.read, other.read)
    if isinstance(one.read, Date) and isinstance(other.read, Date):
        return not one.read.within(other.read) and not other.read.within(one.read)
    return False


def _values(sentence: ScoredSentence) -> Iterator[_Value]:
    for clause in main_clauses(parse(sentence.text)):
        parsed = parse(clause)
        for quantity in quantities(parsed):
            yield _value(sentence, parsed, quantity, "figure")
        for date in dates(parsed):
            if date.day and date.month:
                yield _value(sentence, parsed, date, "date")


def _value(sentence: ScoredSentence, clause: Parsed, read: Quantity | Date, kind: Kind) -> _Value:
    own = [clause.words[i] for i in sorted(read.indices)]
    head = clause.words[own[0].head]
    noun = head.lemma if head.pos in NOMINAL and head.index not in read.indices else ""
    words = clause.text[own[0].start : own[-1].end]
    return _Value(sentence, clause.text, words, spelled_value(clause, own), kind, read, noun)
