"""Number updates: recognise that a later report gives a new number for the same thing in the same event.

Precision comes first: two numbers are only an update where the noun that is counted, what happened to it, the names and
the days all agree; whatever else looks like one is left to the differences between articles.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from index.dates.calendar import MONTH_NUMBERS, WEEKDAYS
from index.words import FUNCTION_WORDS
from service.briefing.contradictions import MAX_NUMBERS, spelled_value
from service.briefing.event_dates import first_day, last_day
from service.language.attribution_clauses import strip_attribution
from service.language.date_resolution import resolve_dates
from service.language.lexicon import equivalent
from service.language.numbers import numbers
from service.language.parsing import NOMINAL, Parsed, Word
from service.language.quantities import Quantity, quantities
from service.language.reporting_verbs import REPORTING_VERBS

MAX_DAYS_APART = 60
"""Maximum number of days between two reports of one event."""
MAX_DAYS_OF_INTRODUCTION = 1
"""The same where the later report introduces the event as a new one ("a fire")."""
MIN_SHARED_WORDS = 2
"""Minimum number of names and content words that both clauses have, beside the noun and what happened to it."""
COUNTED_AS = frozenset("nsubj nsubjpass dobj attr".split())
"""Syntactic relations of a noun whose whole number is given; "including 12 people" is a part of another number."""
LEVEL_PREPOSITIONS = frozenset("to at".split())
"""Prepositions before the number that a measure has reached: "the death toll rose to 32", "stands at 32"."""
PERIODS = frozenset("minute hour day week month year decade".split())
"""Nouns for a period: a number of one period is not replaced by that of the next."""
SUBORDINATE = frozenset("advcl relcl acl ccomp parataxis".split())
PEOPLE = frozenset({"", "people", "person"})
"""Nouns that a number of people is written with, if it is written with any."""


@dataclass(frozen=True)
class Report:
    """A sentence with what is known of its article."""

    text: str
    article_id: str
    outlet: str
    published: str
    """ISO 8601 at the known precision; empty when unknown."""


@dataclass(frozen=True)
class ReportedCount:
    """A number in a report, with the noun that it counts and what happened to it."""

    report: Report
    day: date
    quantity: Quantity
    spelled: str
    noun: str
    """Lemma of the counted noun; empty without one."""
    modifiers: frozenset[str]
    predicates: tuple[Word, ...]
    """Words for what happened to what is counted: "killed", "death"."""
    names: frozenset[str]
    others: frozenset[str]
    """Stems of the other content words of the clause."""
    dates: tuple[tuple[str, str], ...]
    """First and last day of each date in the clause."""
    is_level: bool
    """Whether it is the level that a measure has reached, so that the dates are those of the count."""
    introduces: bool
    """Whether the clause introduces an event as a new one: "a fire"."""


def find_update(newer: Report, older: Sequence[Report]) -> tuple[ReportedCount, ReportedCount] | None:
    """Return the number of a report with the earliest number that it replaces; None if there is none."""
    replaced = [
        (one, other) for other in counts(newer) for report in older for one in counts(report) if is_update(one, other)
    ]
    return min(replaced, key=lambda pair: (pair[0].day, pair[0].quantity.value), default=None)


def is_update(older: ReportedCount, newer: ReportedCount) -> bool:
    """Whether a later report replaces the number of an earlier one."""
    days = (newer.day - older.day).days
    return (
        0 < days <= (MAX_DAYS_OF_INTRODUCTION if newer.introduces else MAX_DAYS_APART)
        and older.report.article_id != newer.report.article_id
        and _is_later_value(older, newer)
        and _count_the_same(older, newer)
        and (older.names <= newer.names or newer.names <= older.names)
        and len(older.names & newer.names) + len(older.others & newer.others) >= MIN_SHARED_WORDS
        and _days_agree(older, newer)
    )


def _is_later_value(older: ReportedCount, newer: ReportedCount) -> bool:
    """Whether the values can follow each other: counts of an event rise, unless an outlet corrects its own."""
    if older.quantity.value < newer.quantity.value:
        return True
    is_own = bool(older.report.outlet) and older.report.outlet == newer.report.outlet
    return older.quantity.value > newer.quantity.value and is_own and not newer.quantity.bound


def _count_the_same(older: ReportedCount, newer: ReportedCount) -> bool:
    if older.quantity.unit != newer.quantity.unit or older.modifiers != newer.modifiers:
        return False
    if older.noun != newer.noun and not {older.noun, newer.noun} <= PEOPLE:
        return False
    return any(equivalent(one, other) for one in older.predicates for other in newer.predicates)


def _days_agree(older: ReportedCount, newer: ReportedCount) -> bool:
    """Whether the event of the later report can be that of the earlier one, as far as the clauses date it."""
    if newer.is_level:
        return True
    if any(first > older.day.isoformat() for first, _ in newer.dates):
        return False
    if older.is_level or not (older.dates and newer.dates):
        return True
    return any(a <= d and c <= b for a, b in older.dates for c, d in newer.dates)


@lru_cache(maxsize=2048)
def counts(report: Report) -> tuple[ReportedCount, ...]:
    """Return the numbers of a report that an event has led to; none if its day is unknown or it is a list."""
    try:
        day = date.fromisoformat(report.published)
    except ValueError:
        return ()
    if not numbers(report.text) or len(set(numbers(report.text))) > MAX_NUMBERS:
        return ()
    body = strip_attribution(report.text).body
    return tuple(_counts(report, day, body))


def _counts(report: Report, day: date, body: Parsed) -> Iterator[ReportedCount]:
    for quantity in quantities(body):
        head = body.words[body.words[quantity.index].head]
        counted = head if head.pos in NOMINAL and head.index not in quantity.indices else None
        top = counted or _head_of(body, quantity)
        clause = _clause(body, top.index)
        if quantity.unit == "%" or _is_unreal(body, clause) or any(body.words[i].lemma in PERIODS for i in clause):
            continue
        is_level, predicates = _predicates(body, top, clause)
        if not predicates:
            continue
        own = {*quantity.indices, top.index, *(word.index for word in predicates)}
        others = [body.words[i] for i in clause if i not in own and not _is_calendar(body.words[i])]
        yield ReportedCount(
            report=report,
            day=day,
            quantity=quantity,
            spelled=spelled_value(body, [body.words[i] for i in sorted(quantity.indices)]),
            noun=counted.lemma if counted else "",
            modifiers=_modifiers(body, counted, quantity) if counted else frozenset(),
            predicates=predicates,
            names=frozenset(w.folded for w in body.words if w.is_name and not _is_calendar(w)),
            others=frozenset(w.stem for w in others if w.is_content and not w.is_name and not w.text[0].isdigit()),
            dates=tuple(_dates(body, day)),
            is_level=is_level,
            introduces=any(_is_introduced(body, word, top) for word in others),
        )


def _head_of(body: Parsed, quantity: Quantity) -> Word:
    return next(body.words[i] for i in sorted(quantity.indices) if body.words[i].head not in quantity.indices - {i})


def _clause(body: Parsed, index: int) -> frozenset[int]:
    """Return the words of the smallest clause around a word, without the clauses below it."""
    verb = next((i for i in (index, *body.ancestors(index)) if body.words[i].pos in ("VERB", "AUX")), index)
    if body.words[verb].dep in ("xcomp", "oprd"):
        verb = body.words[verb].head
    below = (i for i in body.subtree(verb) if i != verb and body.words[i].dep in SUBORDINATE)
    return body.subtree(verb).difference(*(body.subtree(i) for i in below if index not in body.subtree(i)))


def _is_unreal(body: Parsed, clause: frozenset[int]) -> bool:
    """Whether a clause says what may be, is expected or is denied, and not what has happened."""
    return any(body.words[i].tag in ("MD", "VB") or body.words[i].is_negator for i in clause)


def _predicates(body: Parsed, top: Word, clause: frozenset[int]) -> tuple[bool, tuple[Word, ...]]:
    """Return whether the number is the level of a measure, and the words for what happened to what is counted."""
    above = body.words[top.head]
    if top.dep in COUNTED_AS:
        found = [above, *(body.words[i] for i in body.children[above.index])]
        words = [above, *(w for w in found[1:] if w.dep in ("oprd", "xcomp", "acomp") and w.index != top.index)]
        return False, tuple(w for w in words if _says_what(w))
    if top.dep == "pobj" and above.folded in LEVEL_PREPOSITIONS:
        verb = body.words[above.head]
        subjects = (i for i in body.children[verb.index] if body.words[i].dep in ("nsubj", "nsubjpass"))
        measure = [body.words[j] for i in subjects for j in (i, *body.children[i])]
        return True, tuple(w for w in measure if w.index in clause and w.pos == "NOUN" and _says_what(w))
    return False, ()


def _says_what(word: Word) -> bool:
    return (
        word.pos in ("VERB", "NOUN", "ADJ") and word.lemma not in REPORTING_VERBS and word.folded not in FUNCTION_WORDS
    )


def _modifiers(body: Parsed, noun: Word, quantity: Quantity) -> frozenset[str]:
    """Return the words that restrict a counted noun: "confirmed", "other", "more"."""
    own = (body.words[i] for i in body.children[noun.index] if i not in quantity.indices)
    return frozenset(w.lemma for w in own if w.dep in ("amod", "compound", "det", "poss", "nmod", "advmod"))


def _is_calendar(word: Word) -> bool:
    return word.folded in MONTH_NUMBERS or word.folded in WEEKDAYS


def _dates(body: Parsed, day: date) -> Iterator[tuple[str, str]]:
    for found in resolve_dates(body.text, day):
        first, _, last = found.date.partition("/")
        yield first_day(first), last_day(last or first)


def _is_introduced(body: Parsed, word: Word, counted: Word) -> bool:
    """Whether a noun of the clause has an indefinite article and is the event itself: the subject or the agent."""
    if word.pos != "NOUN" or word.index == counted.index or word.dep not in ("nsubj", "nsubjpass", "pobj"):
        return False
    return any(body.words[i].folded in ("a", "an") for i in body.children[word.index])
