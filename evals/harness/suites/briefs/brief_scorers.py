"""Brief scorers: each yields one score per nugget, line, event, statement or difference."""

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from evals.harness import scorers
from evals.harness.metric_registry import ScorerTable
from evals.harness.scores import Score
from evals.harness.suites.briefs.brief_cases import EventFact, Nugget, SeedFacts, TopicCase
from evals.harness.text_matching import contains, normalise, states
from index.words import stems
from service.answering.types import Citation
from service.briefing.brief_citations import iter_lines
from service.briefing.types import Brief, BriefLine, DatedEvent
from service.grounding import Support, check

MIN_SHARED_WORDS = 0.75
"""Share of the shorter line's word stems that must be shared for two lines to count as redundant."""


@dataclass(frozen=True)
class ObservedBrief:
    """ObservedBrief: a brief with its case, and whether each citation resolves."""

    id: str
    kind: str
    brief: Brief
    resolving: dict[int, bool]
    facts: SeedFacts | None = None
    topic: TopicCase | None = None
    planted: tuple[tuple[str, str], ...] = ()
    cited: dict[int, Citation] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.cited.update({citation.number: citation for citation in self.brief.citations})


scorer = SCORERS = ScorerTable[[ObservedBrief], Iterator[Score]]()
"""Brief scorers by metric name, in the order of reports."""


def all_lines(brief: Brief) -> list[BriefLine]:
    """Return every line of a brief, in all its parts."""
    return list(
        iter_lines(brief.summary, brief.points, brief.timeline, brief.speakers, brief.differences, brief.unknown)
    )


@scorer(says="what must be in a brief is in it", flips=True)
def vital_nuggets(seen: ObservedBrief) -> Iterator[Score]:
    """For each vital nugget, whether some line contains it."""
    yield from _nuggets(seen, seen.topic.vital if seen.topic else ())


@scorer(says="what may be in a brief is in it")
def okay_nuggets(seen: ObservedBrief) -> Iterator[Score]:
    """For each okay nugget, whether some line contains it."""
    yield from _nuggets(seen, seen.topic.okay if seen.topic else ())


def _nuggets(seen: ObservedBrief, nuggets: Sequence[Nugget]) -> Iterator[Score]:
    texts = [" ".join((line.words, line.said or "")) for line in all_lines(seen.brief)]
    texts += [f"{each.name} {s.line.words}" for each in seen.brief.speakers for s in each.statements]
    texts += [f"{each.spelled} {each.line.words}" for each in seen.brief.timeline]
    for nugget in nuggets:
        hit = any(states(text, nugget.has) for text in texts)
        yield _score(hit, f"missing: {nugget.text}")


def _score(hit: bool, reason: str) -> Score:
    """Return 1 for a hit, otherwise 0 with the reason."""
    return Score(value=float(hit), reason="" if hit else reason)


@scorer.same_as(scorers.cited_sentences)
def cited_sentences(seen: ObservedBrief) -> Iterator[Score]:
    """For each line, whether its first citation resolves and the gate accepts the line against it."""
    for line in all_lines(seen.brief):
        citation = seen.cited.get(line.citations[0])
        hit = citation is not None and seen.resolving[citation.number] and _carries(citation, line)
        yield _score(hit, f"not carried: {line.words[:80]}")


@scorer(says="citations of a brief's lines that carry them")
def line_citations(seen: ObservedBrief) -> Iterator[Score]:
    """For each citation of a line, whether it supports the line on its own (citation precision)."""
    for line in all_lines(seen.brief):
        for number in line.citations:
            hit = seen.resolving[number] and _carries(seen.cited[number], line)
            yield _score(hit, f"[{number}] for: {line.words[:60]}")


def _carries(citation: Citation, line: BriefLine) -> bool:
    """Whether the gate accepts the line against the cited words; a quoted line must also be in its first citation."""
    words = f"{line.words[:1].upper()}{line.words[1:]}"
    said = f"{words.rstrip('.')}, {line.said}." if line.said else words
    support = Support(quote=" ".join(citation.quote.split()), attribution=citation.attribution or "")
    own = line.style == "compose" or normalise(line.words) in normalise(citation.quote)
    return (own or citation.number != line.citations[0]) and any(
        check(claim, [support]).accepted for claim in (words, f"{words}.", said)
    )


@scorer(says="pairs of points that say the same", better="lower")
def same_points(seen: ObservedBrief) -> Iterator[Score]:
    """For each pair of lines of headline, summary and points, whether one is redundant given the other."""
    brief = seen.brief
    lines = [each for each in (brief.summary.headline, *brief.summary.lines, *brief.points) if each is not None]
    for one, other in itertools.combinations(lines, 2):
        ours, theirs = stems(one.words), stems(other.words)
        same = len(ours & theirs) >= MIN_SHARED_WORDS * max(1, min(len(ours), len(theirs))) or any(
            check(a.words, [Support(quote=b.words)]).accepted for a, b in ((one, other), (other, one))
        )
        yield Score(value=float(same), reason=f"{one.words[:50]} / {other.words[:50]}" if same else "")


@scorer(says="events in a timeline that are rightly dated")
def timeline_dates(seen: ObservedBrief) -> Iterator[Score]:
    """For each timeline entry, whether it is a known event of the cited articles with a right date."""
    for entry in seen.brief.timeline if seen.facts else ():
        right = any(_is_event(entry, event, seen) for event in _events(seen))
        yield _score(right, f"{entry.spelled}: {entry.line.words[:80]}")


@scorer(says="events that must be in a timeline are in it")
def events_found(seen: ObservedBrief) -> Iterator[Score]:
    """For each event that the topic requires, whether the timeline contains it."""
    wanted = seen.topic.events if seen.topic else ()
    for event in _events(seen):
        if event.id in wanted:
            found = any(_is_event(entry, event, seen) for entry in seen.brief.timeline)
            yield _score(found, f"missing: {event.id}")


@scorer(says="events that are in a timeline twice", better="lower")
def events_doubled(seen: ObservedBrief) -> Iterator[Score]:
    """For each event in the timeline, the number of repetitions."""
    counts = Counter(
        next((event.id for event in _events(seen) if _is_event(entry, event, seen)), f"entry {number}")
        for number, entry in enumerate(seen.brief.timeline if seen.facts else ())
    )
    for name, count in counts.items():
        yield Score(value=float(count - 1), reason="" if count == 1 else f"{count} times: {name}")


def _events(seen: ObservedBrief) -> Sequence[EventFact]:
    return seen.facts.events if seen.facts else ()


def _is_event(entry: DatedEvent, event: EventFact, seen: ObservedBrief) -> bool:
    docs = {seen.cited[number].article_id for number in entry.line.citations}
    return (
        bool(docs & set(event.docs))
        and entry.date in event.dates
        and entry.until == event.until
        and states(entry.line.words, event.has)
    )


@scorer(says="statements given to whom the article names")
def speakers_right(seen: ObservedBrief) -> Iterator[Score]:
    """For each statement, whether its speaker is the one that the article names; unattributed ones are wrong."""
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
            yield _score(right, f"{speaker.name}: {statement.line.words[:80]}")


@scorer(says="speakers who must be heard are heard")
def speakers_found(seen: ObservedBrief) -> Iterator[Score]:
    """For each speaker that the topic requires, whether the brief quotes them."""
    heard = " / ".join(f"{each.name} {each.described or ''}" for each in seen.brief.speakers)
    for name in seen.topic.speakers if seen.topic else ():
        found = contains(heard, [name]) is not None
        yield _score(found, f"missing: {name}")


@scorer(says="planted differences that are told", flips=True)
def differences_found(seen: ObservedBrief) -> Iterator[Score]:
    """For each planted difference, whether the brief states it with both values."""
    stated = [tuple(value.value for value in each.values) for each in seen.brief.differences]
    for planted in seen.planted:
        found = any(_is_planted(values, planted) for values in stated)
        yield _score(found, f"missing: {planted[0]} / {planted[1]}")


@scorer(says="differences told that were not planted", better="lower")
def false_differences(seen: ObservedBrief) -> Iterator[Score]:
    """Count the differences in the brief that were not planted."""
    extra = [
        tuple(value.value for value in each.values)
        for each in seen.brief.differences
        if not any(_is_planted(tuple(value.value for value in each.values), planted) for planted in seen.planted)
    ]
    yield Score(value=float(len(extra)), reason="; ".join(" / ".join(values) for values in extra))


def _is_planted(values: tuple[str, ...], planted: tuple[str, str]) -> bool:
    ours, theirs = planted
    return any(_is_value(value, ours) for value in values) and any(_is_value(value, theirs) for value in values)


def _is_value(stated: str, planted: str) -> bool:
    """Whether the stated value contains all figures of the planted one, whatever the words around them."""
    own, figures = set(normalise(stated).split()), set(normalise(planted).split())
    wanted = {word for word in figures if any(map(str.isdigit, word))}
    return bool(wanted) and wanted <= own
