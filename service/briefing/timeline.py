"""What happened when: each dated event of the relevant sentences once, at the precision of the words."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from index.dates.calendar import MONTH_NUMBERS
from index.search.scored_sentence import ScoredSentence
from index.types import Span
from index.words import stem, stems
from service.answering.clipping import LONG
from service.answering.query import names
from service.briefing.clustering import overlap, same_statement
from service.briefing.decontextualisation import joining
from service.briefing.event_dates import Moment, compatible, first_day, last_day, moments, said, stretches
from service.briefing.line_writer import Wording
from service.briefing.topic_retrieval import on_topic
from service.briefing.types import DatedEvent, Line
from service.language.dates import HISTORICAL_YEAR
from service.language.numbers import numbers
from service.language.parsing import parse

MOST = 14
"""Events that are shown: those with most to do with the topic."""
OF_BEST = 0.4
"""Share of the best sentence's score below which a sentence's dates are not the topic's."""
OPENS_LOOSE = re.compile(
    r"(?:it|he|she|they|this|these|that|which|who)\b"
    r"|(?:since|until|during|before|after|by|with|for|of) (?:its|his|her|their|the|a)\b",
    re.IGNORECASE,
)
"""A stretch that begins so needs what stands before it."""
RARE = 4
"""In so many sentences on the topic a name stands at most that tells one event of it from another."""
SAME_EVENT, FEWEST = 0.5, 2
"""Share of the shorter telling's words, and how many of them, that two tellings of an event have in common."""


@dataclass(frozen=True)
class Telling:
    """One date of one sentence, with the stretch that tells what happened."""

    found: ScoredSentence
    moment: Moment
    kept: Span | None
    words: frozenset[str]
    head: str
    """Stem of the word that is dated: "attack", "arrested"."""
    rare: frozenset[str]
    """Words in it that few of the sentences on the topic hold."""
    names: frozenset[str]
    """Names in it that few of the sentences on the topic hold."""


def timeline(found: Sequence[ScoredSentence], wording: Wording) -> tuple[DatedEvent, ...]:
    """The events, earliest first."""
    told: list[list[Telling]] = []
    held = Counter(stem for each in found for stem in each.stems)
    for each in on_topic(found, OF_BEST):
        for telling in _tellings(each, moments(each), wording, held):
            home = next((others for others in told if any(_same_event(telling, other) for other in others)), None)
            if home is None:
                told.append([telling])
            else:
                home.append(telling)
    events = [event for tellings in told[:MOST] if (event := _event(tellings, wording)) is not None]
    return tuple(sorted(events, key=lambda each: (first_day(each.date), last_day(each.until or each.date))))


def _tellings(
    found: ScoredSentence, dates: Sequence[Moment], wording: Wording, held: Mapping[str, int]
) -> list[Telling]:
    """A sentence with several dates is cut to the stretch of each; what cannot be cut stands once, for its first."""
    told: list[Telling] = []
    whole = False
    for moment in dates:
        kept = _stretch(found, moment, dates, wording)
        if kept is None and len(dates) > 1:
            if whole:
                continue
            whole = True
        words = kept.of(found.quote) if kept else found.text
        named = {stem(token.folded) for token in names(words) if held[stem(token.folded)] <= RARE}
        told.append(
            Telling(
                found=found,
                moment=moment,
                kept=kept,
                words=_event_words(words),
                head=parse(found.quote).words[moment.head].stem,
                rare=frozenset(word for word in _event_words(words) if held[word] <= 2 * RARE),
                names=frozenset(named),
            )
        )
    return told


def _stretch(found: ScoredSentence, moment: Moment, dates: Sequence[Moment], wording: Wording) -> Span | None:
    quote = found.quote
    start = joining(quote)
    whole = Span(start=start, end=len(quote)) if start else None
    if len(dates) == 1 and len(quote.split()) < LONG:
        return whole
    options = stretches(parse(found.quote), moment, dates)
    usable = [span for span in options if _balanced(span.of(quote)) and wording.accepts(found, span)]
    # One that begins with "it" is better than none, but a wider one that names what it is about is better still.
    firm = [span for span in usable if not OPENS_LOOSE.match(span.of(quote))]
    # A name with a date beside it is not yet something that happened.
    short = [span for span in firm if len(span.of(quote).split()) < LONG and _does_something(found, span)]
    if short or len(dates) == 1:
        return short[0] if short else whole
    return next(iter((*firm, *usable)), None)


def _does_something(found: ScoredSentence, span: Span) -> bool:
    inside = (word for word in parse(found.quote).words if span.start <= word.start and word.end <= span.end)
    return any(word.pos == "VERB" and word.tag in ("VBD", "VBN", "VBZ", "VBP") for word in inside)


def _balanced(words: str) -> bool:
    return all(words.count(one) == words.count(other) for one, other in (("“", "”"), ("(", ")"))) and (
        words.count('"') % 2 == 0
    )


def _event_words(words: str) -> frozenset[str]:
    return frozenset(word for word in stems(words) if word not in MONTH_NUMBERS and not word.isdigit())


def _same_event(one: Telling, other: Telling) -> bool:
    if not compatible(one.moment, other.moment):
        return False
    if one.found is other.found:
        return False
    shared = one.words & other.words
    whole_years = len(one.moment.date) == len(other.moment.date) == 4
    same_deed = one.head == other.head and len(shared - {one.head}) >= FEWEST
    if not whole_years and (same_deed or len(one.rare & other.rare) >= FEWEST):
        return True
    if one.names & other.names and len(shared) >= (FEWEST if whole_years else 1):
        return True
    figures = set(numbers(one.found.text)) & set(numbers(other.found.text))
    if shared and any(len(figure) > 2 and not HISTORICAL_YEAR.fullmatch(figure) for figure in figures):
        return True
    if len(shared) >= FEWEST and overlap(one.words, other.words) >= SAME_EVENT:
        return True
    return same_statement(one.found, other.found)


def _event(tellings: Sequence[Telling], wording: Wording) -> DatedEvent | None:
    """Told by the telling with the finest date, the best of them when several have it."""
    best = max(tellings, key=lambda each: (len(each.moment.date), each.moment.until is not None))
    beside = [each.found for each in tellings if each.found is not best.found]
    origins = len(frozenset().union(*(each.found.origins for each in tellings)))
    line: Line | None = wording.line(best.found, best.kept, beside=beside, origins=origins)
    if line is None:
        return None
    return DatedEvent(
        date=best.moment.date,
        until=best.moment.until,
        spelled=said(best.moment.date, best.moment.until),
        basis=best.moment.basis,
        line=line,
    )
