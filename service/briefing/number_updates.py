"""Number updates: recognise that a later report gives a new number for the same thing in the same event.

Precision comes first: two numbers are only an update where the noun that is counted, what happened to it, the names and
the days all agree; whatever else looks like one is left to the differences between articles.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from index.sentence_deduplication import normalised_tokens
from service.briefing.reported_counts import Report, ReportedCount, reported_counts
from service.language.lexicon import equivalent

MAX_DAYS_APART = 60
"""Maximum number of days between two reports of one event, where the later one counts all that has happened since."""
MAX_DAYS_OF_DEFINITE = 2
"""The same for what happened once, to an event that the later report takes as known ("the fire")."""
MAX_DAYS_OF_INTRODUCTION = 1
"""The same where it does not."""
MIN_SHARED_WORDS = 2
"""Minimum number of names and content words that both have, beside the noun and what happened to it."""
PEOPLE = frozenset({"", "people", "person"})
"""Nouns that a number of people is written with, if it is written with any."""


class Update(NamedTuple):
    """A number and the later one that replaces it."""

    first: ReportedCount
    then: ReportedCount


def find_updates(reports: Sequence[Report]) -> list[Update]:
    """Return every pair of numbers of which the later replaces the earlier, except where a later report repeats that.

    A number that is given again on the day of the other one or after it is not replaced: the reports differ.
    """
    counts = [count for report in reports for count in _counts(report)]
    pairs = (Update(first, then) for then in counts for first in counts if is_update(first, then))
    return [pair for pair in pairs if not any(_repeats(count, pair) for count in counts)]


def find_update(newer: Report, older: Sequence[Report]) -> Update | None:
    """Return the number of a report with the earliest number that it replaces; None if there is none."""
    found = [each for each in find_updates([newer, *older]) if each.then.report == newer]
    return min(found, key=lambda each: (each.first.day, each.first.quantity.value), default=None)


def _repeats(count: ReportedCount, update: Update) -> bool:
    first, then = update
    return (
        count.day >= then.day
        and count.report != then.report
        and count.quantity.value == first.quantity.value
        and _count_the_same(count, first)
        and _name_the_same(count, first)
    )


def is_update(older: ReportedCount, newer: ReportedCount) -> bool:
    """Whether a later report replaces the number of an earlier one."""
    return (
        0 < (newer.day - older.day).days <= _max_days(older, newer)
        and older.report.article_id != newer.report.article_id
        and _is_later_value(older, newer)
        and not _is_altered_copy(older, newer)
        and _count_the_same(older, newer)
        and _name_the_same(older, newer)
        and len(older.names & newer.names) + len(older.others & newer.others) >= MIN_SHARED_WORDS
        and _days_agree(older, newer)
    )


def _counts(report: Report) -> list[ReportedCount]:
    """Return the numbers of a report, without rivals side by side: which of them is replaced cannot be known."""
    found = reported_counts(report)
    return [one for one in found if not any(_are_rivals(one, other) for other in found)]


def _are_rivals(one: ReportedCount, other: ReportedCount) -> bool:
    is_other = bool(one.noun) and one.noun == other.noun and one.quantity.value != other.quantity.value
    return is_other and _count_the_same(one, other)


def _max_days(older: ReportedCount, newer: ReportedCount) -> int:
    if newer.is_level or _coincide(older, newer) or (newer.is_cumulative and not newer.introduces):
        return MAX_DAYS_APART
    is_known = not newer.introduces and newer.definite & older.others
    return MAX_DAYS_OF_DEFINITE if is_known else MAX_DAYS_OF_INTRODUCTION


def _is_later_value(older: ReportedCount, newer: ReportedCount) -> bool:
    """Whether the values can follow each other: counts of an event rise, unless an outlet corrects its own.

    A sum of money that is not said to have added up may be a price, which changes without being corrected.
    """
    if newer.quantity.unit and not newer.is_cumulative:
        return False
    if older.quantity.value < newer.quantity.value:
        return True
    is_own = bool(older.report.outlet) and older.report.outlet == newer.report.outlet
    return older.quantity.value > newer.quantity.value and is_own and not newer.quantity.bound + newer.quantity.unit


def _is_altered_copy(older: ReportedCount, newer: ReportedCount) -> bool:
    """Whether another outlet has the same words with another number: a slip in copying, or not, but no news."""
    if older.report.outlet and older.report.outlet == newer.report.outlet:
        return False
    differing = set(normalised_tokens(older.report.text)) ^ set(normalised_tokens(newer.report.text))
    return differing <= {*normalised_tokens(older.spelled), *normalised_tokens(newer.spelled)}


def _count_the_same(older: ReportedCount, newer: ReportedCount) -> bool:
    if older.quantity.unit != newer.quantity.unit or older.modifiers != newer.modifiers:
        return False
    if older.noun != newer.noun and not {older.noun, newer.noun} <= PEOPLE:
        return False
    return any(equivalent(one, other) for one in older.predicates for other in newer.predicates)


def _name_the_same(older: ReportedCount, newer: ReportedCount) -> bool:
    """Whether the reports share a name, neither has a place that the other lacks, and no rivals gave the numbers."""
    if not older.names & newer.names or not (older.names <= newer.names or newer.names <= older.names):
        return False
    if not (older.places <= newer.names and newer.places <= older.names):
        return False
    return not (older.speakers and newer.speakers) or bool(older.speakers & newer.speakers)


def _days_agree(older: ReportedCount, newer: ReportedCount) -> bool:
    """Whether the event of the later report can be that of the earlier one, as far as they date it."""
    coincide = _coincide(older, newer)
    if _looks_back(older) or _looks_back(newer):
        return coincide
    if newer.is_level:
        return True
    if any(first > older.day.isoformat() for first, _ in newer.dates):
        return False
    return coincide or older.is_level or not (older.dates and newer.dates)


def _coincide(older: ReportedCount, newer: ReportedCount) -> bool:
    """Whether both reports date something, and on the same days."""
    return any(a <= d and c <= b for a, b in older.dates for c, d in newer.dates)


def _looks_back(count: ReportedCount) -> bool:
    """Whether a report mentions an event of another time as background."""
    earliest = (count.day - timedelta(days=MAX_DAYS_APART)).isoformat()
    return any(last < earliest for _, last in count.dates)
