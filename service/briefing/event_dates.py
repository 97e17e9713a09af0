"""Event dates: find when the events of a sentence happened, resolved against the publication date."""

import re
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from index.dates.calendar import MONTH_NUMBERS, MONTHS, YEAR
from index.dates.resolution import DatedWords, dated
from index.search.scored_sentence import ScoredSentence
from index.types import Fact
from service.language.dates import Date, dates, spell_date
from service.language.parsing import Parsed, Word, parse
from service.language.pronouns import POSSESSIVE_DETERMINERS
from service.language.reporting_verbs import REPORTING_VERBS

TEMPORAL_PREPOSITIONS = frozenset(
    "in on since until by from during after before around till at of to between through".split()
)
INFERRED_YEAR = "inferred: the year is counted from the publication date"
FUTURE_MARKERS = frozenset("will shall 'll next".split())
RECENT_YEAR = re.compile(YEAR)
DETERMINERS = POSSESSIVE_DETERMINERS | {"the", "this", "that", "s"}
PLANNING_VERBS = frozenset("schedule plan expect due".split())
RANGE_CONNECTOR = re.compile(r"\s*(?:to|until|till|through|-|–|—|and)\s*", re.IGNORECASE)


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


def event_dates(sentence: ScoredSentence) -> list[EventDate]:
    """Find the dates of events in a sentence, in order, with ranges joined.

    Skips a date that is a subject or object itself ("a quiet 2024"), and the relative day of a report ("said Friday").
    """
    parsed, published = parse(sentence.quote), sentence.source.published
    written = [*dates(parsed), *_years_before_nouns(parsed)]
    absolute = [found for each in written if (found := _absolute(parsed, each, published)) is not None]
    taken = {i for each in absolute for i in each.indices}
    relative = [
        found
        for each in dated(sentence.article.text, sentence.span, published)
        if (found := _relative(parsed, each, sentence.start, taken)) is not None
    ]
    return _with_ranges_joined(parsed, sorted([*absolute, *relative], key=lambda each: each.index))


def spell_range(value: str, until: str | None = None) -> str:
    """Format an ISO date or range: "July 2023", "2 March 2025 to 9 March 2025"."""
    return f"{_spell(value)} to {_spell(until)}" if until else _spell(value)


def _spell(value: str) -> str:
    if re.fullmatch(r"\d{4}-\d{2}", value):
        return f"{MONTHS[int(value[5:]) - 1].capitalize()} {value[:4]}"
    return spell_date(value)


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


def _absolute(sentence: Parsed, found: Date, published: Fact) -> EventDate | None:
    event = _dated_event(sentence, found.index, found.indices)
    if found.weekday or event is None:
        return None
    year, basis = found.year, "stated"
    if year is None:
        year = _inferred_year(found, published, in_future=_is_in_future(sentence, event))
        basis = INFERRED_YEAR
    if year is None:
        return None
    try:
        value = f"{year:04}"
        if found.month:
            value = date(year, found.month, found.day or 1).isoformat()[: 10 if found.day else 7]
    except ValueError:
        return None
    return EventDate(date=value, until=None, basis=basis, index=found.index, event=event, indices=found.indices)


def _is_in_future(sentence: Parsed, event: int) -> bool:
    """Whether the event's verb, or the nearest verb above it, is in the future tense or about a plan."""
    verb = next((i for i in (event, *sentence.ancestors(event)) if sentence.words[i].pos in ("VERB", "AUX")), event)
    dependents = {sentence.words[i].folded for i in sentence.children[verb]}
    return bool(dependents & FUTURE_MARKERS) or sentence.words[verb].lemma in PLANNING_VERBS


def _years_before_nouns(sentence: Parsed) -> list[Date]:
    """Find years before a noun with a determiner ("the 2023 floods"), which `dates` takes for an amount."""
    known = {i for each in dates(sentence) for i in each.indices}
    return [
        Date(year=int(word.folded), index=word.index, indices=frozenset({word.index}))
        for word in sentence.words
        if word.index not in known
        and RECENT_YEAR.fullmatch(word.folded)
        and word.index
        and sentence.words[word.index - 1].folded in DETERMINERS
        and word.head > word.index
    ]


def _inferred_year(found: Date, published: Fact, *, in_future: bool) -> int | None:
    """Infer the year of a date without one: its last occurrence before publication, or its next one for the future."""
    try:
        day = date.fromisoformat(published.value or "")
        wanted = date(day.year, found.month or 1, found.day or 1)
    except ValueError:
        return None
    if in_future:
        return day.year if wanted >= day else day.year + 1
    return day.year if wanted <= day else day.year - 1


def _relative(sentence: Parsed, found: DatedWords, start: int, taken: set[int]) -> EventDate | None:
    first, last = found.start - start, found.start - start + len(found.words)
    own = frozenset(w.index for w in sentence.words if w.start < last and w.end > first)
    if not own or own & taken:
        return None
    event = _dated_event(sentence, max(own), own)
    if event is None or sentence.words[event].lemma in REPORTING_VERBS:
        return None
    return EventDate(date=found.value, until=None, basis=found.basis, index=max(own), event=event, indices=own)


def _dated_event(sentence: Parsed, index: int, own: frozenset[int]) -> int | None:
    """Return the verb or noun that a date modifies; None if the date itself is a subject or an object."""
    word = _date_head(sentence, index, own)
    above = sentence.words[word.head]
    if word.dep in ("nsubj", "nsubjpass", "dobj", "attr", "ROOT", "conj"):
        return None
    if word.dep == "pobj":
        if above.folded not in TEMPORAL_PREPOSITIONS or (above.index == 0 and above.dep == "ROOT"):
            return None
        below, above = above, sentence.words[above.head]
        if above.pos == "ADP":
            above = sentence.words[above.head]
        if below.dep == "ROOT":
            return None
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
