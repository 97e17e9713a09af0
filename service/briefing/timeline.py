"""Timeline: extract the dated events of the sentences on the topic, each once, at the precision of the words."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from index.dates.calendar import MONTH_NUMBERS
from index.search.scored_sentence import ScoredSentence
from index.types import Span
from index.words import stem, stems
from service.answering.clipping import MIN_WORDS_CLIPPED
from service.answering.query import names
from service.briefing.clustering import are_redundant, overlap_coefficient
from service.briefing.decontextualisation import discourse_marker_length, is_statement
from service.briefing.event_clauses import event_clauses
from service.briefing.event_dates import EventDate, event_dates, first_day, last_day, may_coincide, spell_range
from service.briefing.line_writer import LineWriter
from service.briefing.types import DatedEvent
from service.language.dates import HISTORICAL_YEAR
from service.language.numbers import numbers
from service.language.parsing import parse
from service.language.reporting_verbs import REPORTING_VERBS

MAX_EVENTS = 20
ENOUGH_EVENTS = 4
"""Number of events from which those of a bare year are background and left out."""
MAX_READ = 140
"""Number of sentences, the most salient first, whose dates are read; bounds the time of a brief."""
DEPENDENT_BEGINNING = re.compile(
    r"(?:it|he|she|they|this|these|that|which|who)\b"
    r"|(?:since|until|during|before|after|by|with|for|of) (?:its|his|her|their|the|a)\b",
    re.IGNORECASE,
)
"""Beginnings of a clause that cannot be understood without the words before it."""
MAX_SENTENCES_WITH_NAME = 4
"""Maximum number of sentences with a name for the name to count as rare, so that it distinguishes events."""
MAX_SENTENCES_WITH_WORD = 8
"""The same maximum for a word that is not a name."""
COMPLEMENTS = frozenset("dobj ccomp xcomp attr oprd nsubjpass prep".split())
"""Syntactic relations of what a reporting verb reports; a date in front of it has none of a preposition's."""
MIN_EVENT_OVERLAP = 0.5
"""Minimum overlap coefficient of the words of two mentions of one event."""
MIN_SHARED_WORDS = 2
DAY = len("2031-01-01")
"""Length of a date at the precision of a day."""


@dataclass(frozen=True)
class EventMention:
    """A mention of one dated event in one sentence."""

    sentence: ScoredSentence
    date: EventDate
    clause: Span | None
    """The span of the quotation that says what happened; None for the whole quotation."""
    words: frozenset[str]
    """Stems of the clause, without months and numbers."""
    trigger: str
    """Stem of the dated word: "attack", "arrested"."""
    rare_words: frozenset[str]
    rare_names: frozenset[str]


def build_timeline(
    chosen: Sequence[ScoredSentence], further: Sequence[ScoredSentence], writer: LineWriter
) -> tuple[DatedEvent, ...]:
    """Return the dated events of the sentences on the topic, each once, earliest first.

    Args:
        chosen: the sentences of the key points, in which the day of a report counts as the day of an event.
        further: the next most salient sentences.
    """
    events: list[list[EventMention]] = []
    sentences = [*chosen, *further][:MAX_READ]
    reports = {id(each) for each in chosen}
    sentences_with = Counter(stem for each in sentences for stem in each.stems)
    dates_of = [(each, event_dates(each)) for each in sentences]
    years = _stated_years(date for _, dates in dates_of for date in dates)
    for each, found in dates_of:
        dates = [date for date in found if not date.is_report or id(each) in reports]
        dates = [date for date in dates if not _is_of_another_year(date, each, years)]
        for mention in _mentions(each, dates, writer, sentences_with):
            own = next((mentions for mentions in events if _is_same_event(mention, mentions)), None)
            if own is None:
                events.append([mention])
            else:
                own.append(mention)
    kept = [event for mentions in _selected(events) if (event := _dated_event(mentions, writer)) is not None]
    dated = [each for each in kept if not any(_is_part(each, other) for other in kept)]
    return tuple(sorted(dated, key=lambda each: (first_day(each.date), last_day(each.until or each.date))))


def _stated_years(dates: Iterable[EventDate]) -> dict[str, set[str]]:
    """Return the years of the days that are stated with their year, by month and day."""
    years: dict[str, set[str]] = defaultdict(set)
    for each in dates:
        if each.basis == "stated" and len(each.date) == DAY:
            years[each.date[5:]].add(each.date[:4])
    return years


def _is_of_another_year(event_date: EventDate, sentence: ScoredSentence, years: Mapping[str, set[str]]) -> bool:
    """Whether "the attacks of 7 October" was counted to a year in which no article has that day, but in others."""
    stated = years.get(event_date.date[5:], set())
    if event_date.basis == "stated" or len(event_date.date) != DAY or not stated or event_date.date[:4] in stated:
        return False
    parsed = parse(sentence.quote)
    return any(parsed.words[i].folded in MONTH_NUMBERS for i in event_date.indices)


def _is_part(one: DatedEvent, other: DatedEvent) -> bool:
    """Whether an event only repeats a part of another one's sentence on the same day."""
    is_same = one.line.citations[0] == other.line.citations[0] and one.date == other.date
    return is_same and one.line.words != other.line.words and one.line.words in other.line.words


def _selected(events: Sequence[list[EventMention]]) -> list[list[EventMention]]:
    """Return the first events, those of a day before those of a month; a bare year only where there are few others."""
    by_precision: dict[int, list[list[EventMention]]] = {10: [], 7: [], 4: []}
    for mentions in events:
        by_precision[max(len(each.date.date) for each in mentions)].append(mentions)
    dated = by_precision[10] + by_precision[7]
    if len(dated) < ENOUGH_EVENTS:
        dated += by_precision[4][: ENOUGH_EVENTS - len(dated)]
    return dated[:MAX_EVENTS]


def _mentions(
    sentence: ScoredSentence, dates: Sequence[EventDate], writer: LineWriter, sentences_with: Mapping[str, int]
) -> list[EventMention]:
    """Return a mention for each date with a separate clause; of the others only the main one, with the whole sentence.

    The main one is the most precise, and of those the one nearest to the sentence's main verb.
    """
    mentions: list[EventMention] = []
    clauses = {date: _clause(sentence, date, dates, writer) for date in dates}
    without = [date for date in dates if clauses[date] is None]
    parsed = parse(sentence.quote)
    main = max(without, key=lambda each: (len(each.date), -len(tuple(parsed.ancestors(each.event)))), default=None)
    for date in dates:
        clause = clauses[date]
        if clause is None and len(dates) > 1 and date is not main:
            continue
        text = clause.of(sentence.quote) if clause else sentence.text
        name_stems = {stem(token.folded) for token in names(text)}
        words = _event_words(text)
        mentions.append(
            EventMention(
                sentence=sentence,
                date=date,
                clause=clause,
                words=words,
                trigger=parse(sentence.quote).words[date.event].stem,
                rare_words=frozenset(word for word in words if sentences_with[word] <= MAX_SENTENCES_WITH_WORD),
                rare_names=frozenset(name for name in name_stems if sentences_with[name] <= MAX_SENTENCES_WITH_NAME),
            )
        )
    return mentions


def _clause(sentence: ScoredSentence, date: EventDate, dates: Sequence[EventDate], writer: LineWriter) -> Span | None:
    """Return the clause of one date that the gate accepts; None for the whole sentence."""
    quote = sentence.quote
    start = discourse_marker_length(quote)
    whole = Span(start=start, end=len(quote)) if start else None
    if len(dates) == 1 and len(quote.split()) < MIN_WORDS_CLIPPED:
        return whole
    clauses = event_clauses(parse(quote), date, dates)
    whole_clauses = [span for span in clauses if _is_whole(span.of(quote)) and not _only_reports(sentence, span)]
    accepted = [span for span in whole_clauses if writer.accepts(sentence, span)]
    # A clause that begins with "it" is better than none; one that names its subject is better still, even if wider.
    independent = [span for span in accepted if not DEPENDENT_BEGINNING.match(span.of(quote))]
    # A name beside a date is not an event: a short clause needs a verb too.
    short = [
        span
        for span in independent
        if len(span.of(quote).split()) < MIN_WORDS_CLIPPED and _has_event_verb(sentence, span)
    ]
    if short or len(dates) == 1:
        return short[0] if short else whole
    return next(iter((*independent, *accepted)), None)


def _has_event_verb(sentence: ScoredSentence, span: Span) -> bool:
    inside = (word for word in parse(sentence.quote).words if span.start <= word.start and word.end <= span.end)
    return any(word.pos == "VERB" and word.tag in ("VBD", "VBN", "VBZ", "VBP") for word in inside)


def _only_reports(sentence: ScoredSentence, span: Span) -> bool:
    """Whether a clause only says that something was said: "the weather service said Monday"."""
    parsed = parse(sentence.quote)
    inside = {word.index for word in parsed.words if span.start <= word.start and word.end <= span.end}
    verbs = [word for word in parsed.words if word.index in inside and word.pos == "VERB"]
    said = (parsed.words[i] for verb in verbs for i in parsed.children[verb.index] if i in inside)
    return all(verb.lemma in REPORTING_VERBS for verb in verbs) and not any(word.dep in COMPLEMENTS for word in said)


def _is_whole(text: str) -> bool:
    """Whether words can stand alone: a finite verb with its subject, nothing left open at the end."""
    parsed = parse(text)
    return _is_balanced(text) and is_statement(parsed) and parsed.words[-1].pos not in ("DET", "ADP", "CCONJ", "AUX")


def _is_balanced(text: str) -> bool:
    """Whether every quotation mark and bracket is closed."""
    return all(text.count(one) == text.count(other) for one, other in (("“", "”"), ("(", ")"))) and (
        text.count('"') % 2 == 0
    )


def _event_words(text: str) -> frozenset[str]:
    return frozenset(word for word in stems(text) if word not in MONTH_NUMBERS and not word.isdigit())


def _is_same_event(mention: EventMention, mentions: Sequence[EventMention]) -> bool:
    """Whether a mention corefers with one of an event's, and its date contradicts none of them."""
    return all(may_coincide(mention.date, each.date) for each in mentions) and any(
        _corefer(mention, each) for each in mentions
    )


def _corefer(one: EventMention, other: EventMention) -> bool:
    """Whether two mentions corefer: compatible dates, and enough rare words, names, numbers or words in common."""
    if one.sentence is other.sentence or not may_coincide(one.date, other.date):
        return False
    shared = one.words & other.words
    only_years = len(one.date.date) == len(other.date.date) == 4
    same_trigger = one.trigger == other.trigger and len(shared - {one.trigger}) >= MIN_SHARED_WORDS
    if not only_years and (same_trigger or len(one.rare_words & other.rare_words) >= MIN_SHARED_WORDS):
        return True
    if one.rare_names & other.rare_names and len(shared) >= (MIN_SHARED_WORDS if only_years else 1):
        return True
    if shared and _share_large_number(one.sentence.text, other.sentence.text):
        return True
    if len(shared) >= MIN_SHARED_WORDS and overlap_coefficient(one.words, other.words) >= MIN_EVENT_OVERLAP:
        return True
    return are_redundant(one.sentence, other.sentence)


def _share_large_number(one: str, other: str) -> bool:
    """Whether two texts share a number of at least three digits that is not a year."""
    shared = set(numbers(one)) & set(numbers(other))
    return any(len(number) > 2 and not HISTORICAL_YEAR.fullmatch(number) for number in shared)


def _dated_event(mentions: Sequence[EventMention], writer: LineWriter) -> DatedEvent | None:
    """Write the event from its first mention at the finest date precision; None if the gate rejects the line."""
    best = max(mentions, key=lambda each: (len(each.date.date), each.date.until is not None))
    others = [each.sentence for each in mentions if each.sentence is not best.sentence]
    origins = len(frozenset().union(*(each.sentence.origins for each in mentions)))
    line = writer.write(best.sentence, best.clause, corroborating=others, origins=origins)
    if line is None:
        return None
    return DatedEvent(
        date=best.date.date,
        until=best.date.until,
        spelled=spell_range(best.date.date, best.date.until),
        basis=best.date.basis,
        line=line,
    )
