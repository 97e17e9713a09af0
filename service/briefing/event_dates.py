"""Event dates: find when the events of a sentence happened, resolved against the publication date."""

import re
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from index.dates.calendar import MONTH_NUMBERS, WEEKDAYS
from index.search.scored_sentence import ScoredSentence
from index.words import fold
from service.language.article_dates import dates_of
from service.language.date_resolution import ResolvedDate
from service.language.dates import spell_date
from service.language.parsing import Parsed, Word, parse
from service.language.reporting_verbs import REPORTING_VERBS

TEMPORAL_PREPOSITIONS = frozenset(
    "in on since until by from during after before around till at of to between through".split()
)
SCHEDULING_PREPOSITIONS = frozenset({"for"})
"""Prepositions that date an event only after a verb ("set for 11 April")."""
RANGE_CONNECTOR = re.compile(r"\s*(?:to|until|till|through|-|–|—|and)\s*", re.IGNORECASE)


DAYS_OF_DOUBTFUL_REPORT = 4
DAYS_OF_DOUBTFUL_EVENT = 5
"""Number of days before the publication date from which a bare weekday may be the next one."""


@dataclass(frozen=True)
class EventDate:
    """A date in a sentence, with the event that it dates."""

    date: str
    """ISO 8601, at the precision of the words."""
    until: str | None
    """Last day of a range; None for a single date."""
    basis: str
    """`stated`, or `inferred` and the source of the inference."""
    index: int
    """Word index of the main word of the date."""
    event: int
    """Word index of the dated verb or noun."""
    indices: frozenset[int]
    """Word indices of the whole date."""
    is_report: bool = False
    """Whether it is the day on which something was said ("said on Friday"), as counted from the publication date."""


def event_dates(sentence: ScoredSentence) -> list[EventDate]:
    """Find the dates of events in a sentence, in order, with ranges joined.

    Skips a date that is a subject or object itself ("a quiet 2024").
    """
    parsed = parse(sentence.quote)
    found = [
        event
        for each, basis in dates_of(sentence.article.text, sentence.span, sentence.source.published)
        if (event := _event_date(parsed, each, basis)) is not None
    ]
    return _with_ranges_joined(parsed, found)


def spell_range(value: str, until: str | None = None) -> str:
    """Format an ISO date or range: "July 2023", "2 March 2025 to 9 March 2025"."""
    return spell_date(f"{value}/{until}" if until else value)


def may_coincide(one: EventDate, other: EventDate) -> bool:
    """Whether the day ranges of two dates overlap."""
    (first, last), (other_first, other_last) = _days(one), _days(other)
    return first <= other_last and other_first <= last


def _days(event_date: EventDate) -> tuple[str, str]:
    return first_day(event_date.date), last_day(event_date.until or event_date.date)


def first_day(value: str) -> str:
    """Return the first day of a date at day, month or year precision, as ISO 8601."""
    return f"{value}-01-01"[:10] if len(value) == 4 else f"{value}-01"[:10]


def last_day(value: str) -> str:
    """Return the last day of a date at day, month or year precision, as ISO 8601."""
    if len(value) == 4:
        return f"{value}-12-31"
    year, month = int(value[:4]), int(value[5:7])
    return value if len(value) == 10 else f"{value}-{monthrange(year, month)[1]}"


def _event_date(sentence: Parsed, found: ResolvedDate, basis: str) -> EventDate | None:
    own = frozenset(w.index for w in sentence.words if w.start < found.end and w.end > found.start)
    if not own:
        return None
    main = max(own, key=lambda i: (sentence.words[i].folded in MONTH_NUMBERS, i))
    event = _dated_event(sentence, main, own)
    if event is None:
        return None
    first, _, last = found.date.partition("/")
    if _may_be_later(found, is_report=sentence.words[event].lemma in REPORTING_VERBS):
        return None
    is_report = found.basis == "inferred" and sentence.words[event].lemma in REPORTING_VERBS
    return EventDate(
        date=first, until=last or None, basis=basis, index=main, event=event, indices=own, is_report=is_report
    )


def _may_be_later(found: ResolvedDate, *, is_report: bool) -> bool:
    """Whether a weekday was counted so far back that it may be the one after the publication date.

    Articles that are brought up to date keep their date: "said Monday" in an article of Sunday is of the day after.
    """
    if (
        found.basis != "inferred"
        or found.precision != "day"
        or not found.anchor
        or len(found.anchor) != len(found.date)
    ):
        return False
    if fold(found.text.split()[-1]) not in WEEKDAYS and fold(found.text.split()[0]) not in WEEKDAYS:
        return False
    days = (date.fromisoformat(found.anchor) - date.fromisoformat(found.date)).days
    return days >= (DAYS_OF_DOUBTFUL_REPORT if is_report else DAYS_OF_DOUBTFUL_EVENT)


def _dated_event(sentence: Parsed, index: int, own: frozenset[int]) -> int | None:
    """Return the verb or noun that a date modifies; None if the date itself is a subject or an object."""
    word = _date_head(sentence, index, own)
    above = sentence.words[word.head]
    if word.dep in ("nsubj", "nsubjpass", "dobj", "attr", "ROOT", "conj"):
        return None
    if word.dep == "pobj":
        if above.folded not in (TEMPORAL_PREPOSITIONS | SCHEDULING_PREPOSITIONS) or (
            above.index == 0 and above.dep == "ROOT"
        ):
            return None
        below, above = above, sentence.words[above.head]
        if above.pos == "ADP":
            above = sentence.words[above.head]
        if below.dep == "ROOT" or (below.folded in SCHEDULING_PREPOSITIONS and above.pos != "VERB"):
            return None
    while above.pos in ("ADJ", "ADV") and above.head != above.index:
        above = sentence.words[above.head]
    return above.index if above.pos in ("VERB", "AUX", "NOUN", "PROPN") else None


def _date_head(sentence: Parsed, index: int, own: frozenset[int]) -> Word:
    """Return the syntactic head of a date: "April" in "16 April 2025"."""
    word = sentence.words[index]
    while word.head in own and word.head != word.index:
        word = sentence.words[word.head]
    # "late July 2016", "the March of 2024"
    while word.dep in ("nummod", "compound") and sentence.words[word.head].folded in MONTH_NUMBERS:
        word = sentence.words[word.head]
    return word


def _with_ranges_joined(sentence: Parsed, found: Sequence[EventDate]) -> list[EventDate]:
    """Return the dates, with two dates that form a range ("from January 31 to February 8") merged into one."""
    joined: list[EventDate] = []
    for each in found:
        if joined and _is_range(sentence, joined[-1], each):
            start = joined[-1]
            joined[-1] = replace(
                start,
                until=each.date,
                basis=each.basis if each.basis != "stated" else start.basis,
                indices=start.indices | each.indices,
            )
        else:
            joined.append(each)
    return joined


def _is_range(sentence: Parsed, one: EventDate, other: EventDate) -> bool:
    between = sentence.text[sentence.words[max(one.indices)].end : sentence.words[min(other.indices)].start]
    before = sentence.text[: sentence.words[min(one.indices)].start].rstrip().casefold()
    is_marked = before.endswith(("from", "between")) or between.strip() in ("-", "–", "—", "to")
    is_joined = RANGE_CONNECTOR.fullmatch(between) is not None
    return is_joined and is_marked and one.until is None and first_day(one.date) < last_day(other.date)
