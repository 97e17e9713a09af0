"""Scorers of briefs: each gives a score for every nugget, line, event, statement or difference that it looks at."""

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from evals.harness.metrics import ScorerTable
from evals.harness.scores import Score
from evals.harness.text_matching import contains, normalise
from evals.suites.briefs.brief_cases import Event, Facts, Nugget, Topic
from index.words import stems
from service.answering.types import Citation
from service.briefing.source_use import lines_of
from service.briefing.types import Brief, DatedEvent, Line
from service.grounding import Support, check

SAME_WORDS = 0.75
"""Share of the shorter line's words from which two lines are counted as saying the same."""


@dataclass(frozen=True)
class Seen:
    """A brief with what it is held against."""

    id: str
    kind: str
    brief: Brief
    resolving: dict[int, bool]
    facts: Facts | None = None
    topic: Topic | None = None
    planted: tuple[tuple[str, str], ...] = ()
    cited: dict[int, Citation] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.cited.update({citation.number: citation for citation in self.brief.citations})


scorer = SCORERS = ScorerTable[[Seen], Iterator[Score]]()
"""The scorers of briefs, in the order in which reports show their metrics."""


def all_lines(brief: Brief) -> list[Line]:
    """Every line of a brief."""
    return list(lines_of(brief.summary, brief.points, brief.timeline, brief.speakers, brief.differences, brief.unknown))


@scorer(says="what must be in a brief is in it", flips=True)
def vital_nuggets(seen: Seen) -> Iterator[Score]:
    """Whether each vital nugget is in some line."""
    yield from _nuggets(seen, seen.topic.vital if seen.topic else ())


@scorer(says="what may be in a brief is in it")
def okay_nuggets(seen: Seen) -> Iterator[Score]:
    """The same for those that an editor would not mind."""
    yield from _nuggets(seen, seen.topic.okay if seen.topic else ())


def _nuggets(seen: Seen, nuggets: Sequence[Nugget]) -> Iterator[Score]:
    told = [" ".join((line.words, line.said or "")) for line in all_lines(seen.brief)]
    told += [f"{each.name} {s.line.words}" for each in seen.brief.speakers for s in each.statements]
    told += [f"{each.spelled} {each.line.words}" for each in seen.brief.timeline]
    for nugget in nuggets:
        held = any(all(contains(text, choice) for choice in nugget.has) for text in told)
        yield Score(value=float(held), reason="" if held else f"missing: {nugget.text}")


@scorer()
def cited_sentences(seen: Seen) -> Iterator[Score]:
    """Whether each line rests on exact words that resolve and that the gate accepts for it."""
    for line in all_lines(seen.brief):
        citation = seen.cited.get(line.citations[0])
        held = citation is not None and seen.resolving[citation.number] and _carried(line, citation)
        yield Score(value=float(held), reason="" if held else f"not carried: {line.words[:80]}")


@scorer(says="citations of a brief's lines that carry them")
def line_citations(seen: Seen) -> Iterator[Score]:
    """Whether each single citation of a line carries it: precision."""
    for line in all_lines(seen.brief):
        for number in line.citations:
            held = seen.resolving[number] and _carried(line, seen.cited[number])
            yield Score(value=float(held), reason="" if held else f"[{number}] for: {line.words[:60]}")


def _carried(line: Line, citation: Citation) -> bool:
    words = f"{line.words[:1].upper()}{line.words[1:]}"
    said = f"{words.rstrip('.')}, {line.said}." if line.said else words
    support = Support(quote=" ".join(citation.quote.split()), attribution=citation.attribution or "")
    own = line.style == "compose" or normalise(line.words) in normalise(citation.quote)
    return (own or citation.number != line.citations[0]) and any(
        check(claim, [support]).accepted for claim in (words, f"{words}.", said)
    )


@scorer(says="pairs of points that say the same", better="lower")
def same_points(seen: Seen) -> Iterator[Score]:
    """For each pair of the headline, the summary and the points: whether one says nothing that the other does not."""
    brief = seen.brief
    lines = [each for each in (brief.summary.headline, *brief.summary.lines, *brief.points) if each is not None]
    for one, other in itertools.combinations(lines, 2):
        ours, theirs = stems(one.words), stems(other.words)
        same = len(ours & theirs) >= SAME_WORDS * max(1, min(len(ours), len(theirs))) or any(
            check(a.words, [Support(quote=b.words)]).accepted for a, b in ((one, other), (other, one))
        )
        yield Score(value=float(same), reason=f"{one.words[:50]} / {other.words[:50]}" if same else "")


@scorer(says="events in a timeline that are rightly dated")
def timeline_dates(seen: Seen) -> Iterator[Score]:
    """Whether each entry of the timeline is an event of the articles with a right date."""
    for entry in seen.brief.timeline if seen.facts else ():
        right = any(_is_event(entry, event, seen) for event in _events(seen))
        yield Score(value=float(right), reason="" if right else f"{entry.spelled}: {entry.line.words[:80]}")


@scorer(says="events that must be in a timeline are in it")
def events_found(seen: Seen) -> Iterator[Score]:
    """Whether each event that the topic asks for is in the timeline."""
    wanted = seen.topic.events if seen.topic else ()
    for event in _events(seen):
        if event.id in wanted:
            found = any(_is_event(entry, event, seen) for entry in seen.brief.timeline)
            yield Score(value=float(found), reason="" if found else f"missing: {event.id}")


@scorer(says="events that are in a timeline twice", better="lower")
def events_doubled(seen: Seen) -> Iterator[Score]:
    """How often each event comes again."""
    told = Counter(
        next((event.id for event in _events(seen) if _is_event(entry, event, seen)), f"entry {number}")
        for number, entry in enumerate(seen.brief.timeline if seen.facts else ())
    )
    for name, count in told.items():
        yield Score(value=float(count - 1), reason="" if count == 1 else f"{count} times: {name}")


def _events(seen: Seen) -> Sequence[Event]:
    return seen.facts.events if seen.facts else ()


def _is_event(entry: DatedEvent, event: Event, seen: Seen) -> bool:
    docs = {seen.cited[number].article_id for number in entry.line.citations}
    return (
        bool(docs & set(event.docs))
        and entry.date in event.dates
        and entry.until == event.until
        and all(contains(entry.line.words, choice) for choice in event.has)
    )


@scorer(says="statements given to whom the article names")
def speakers_right(seen: Seen) -> Iterator[Score]:
    """Whether each statement is given to whom the article gives it; one of nobody's is wrong."""
    for speaker in seen.brief.speakers if seen.facts else ():
        for statement in speaker.statements:
            citation = seen.cited[statement.line.citations[0]]
            names = [
                name
                for spoken in (seen.facts.spoken if seen.facts else ())
                if spoken.doc == citation.article_id and spoken.quote in citation.quote
                for name in spoken.names
            ]
            right = contains(f"{speaker.name} {speaker.described or ''}", names) is not None
            yield Score(value=float(right), reason="" if right else f"{speaker.name}: {statement.line.words[:80]}")


@scorer(says="speakers who must be heard are heard")
def speakers_found(seen: Seen) -> Iterator[Score]:
    """Whether each of those that the topic asks for is heard."""
    heard = " / ".join(f"{each.name} {each.described or ''}" for each in seen.brief.speakers)
    for name in seen.topic.speakers if seen.topic else ():
        found = contains(heard, [name]) is not None
        yield Score(value=float(found), reason="" if found else f"missing: {name}")


@scorer(says="planted differences that are told", flips=True)
def differences_found(seen: Seen) -> Iterator[Score]:
    """Whether each planted difference is told with both values."""
    told = [tuple(value.value for value in each.values) for each in seen.brief.differences]
    for planted in seen.planted:
        found = any(_is_planted(values, planted) for values in told)
        yield Score(value=float(found), reason="" if found else f"missing: {planted[0]} / {planted[1]}")


@scorer(says="differences told that were not planted", better="lower")
def false_differences(seen: Seen) -> Iterator[Score]:
    """How many differences of a brief were never planted and stand in no article."""
    extra = [
        tuple(value.value for value in each.values)
        for each in seen.brief.differences
        if not any(_is_planted(tuple(value.value for value in each.values), planted) for planted in seen.planted)
    ]
    yield Score(value=float(len(extra)), reason="; ".join(" / ".join(values) for values in extra))


def _is_planted(values: tuple[str, ...], planted: tuple[str, str]) -> bool:
    ours, theirs = planted
    return any(_meets(value, ours) for value in values) and any(_meets(value, theirs) for value in values)


def _meets(told: str, planted: str) -> bool:
    """Whether the value that was told is the planted one: its figures, in whatever words stand around them."""
    own, figures = set(normalise(told).split()), set(normalise(planted).split())
    wanted = {word for word in figures if any(map(str.isdigit, word))}
    return bool(wanted) and wanted <= own
