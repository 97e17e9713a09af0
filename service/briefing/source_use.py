"""The articles that a brief rests on, and how much of it rests on each."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from index.store.store import DocumentStore
from index.types import Origin
from service.answering.citations import basis
from service.answering.types import Citation
from service.briefing.types import BriefDifference, DatedEvent, Line, SourceUse, Speaker, Summary, Unknown


def lines_of(
    summary: Summary,
    points: Iterable[Line],
    events: Iterable[DatedEvent],
    speakers: Iterable[Speaker],
    differences: Iterable[BriefDifference],
    unknown: Iterable[Unknown],
) -> Iterator[Line]:
    """Every line of a brief, in the order in which it is read."""
    yield from ([summary.headline] if summary.headline else [])
    yield from summary.lines
    yield from points
    yield from (event.line for event in events)
    yield from (statement.line for speaker in speakers for statement in speaker.statements)
    yield from (value.line for difference in differences for value in difference.values)
    yield from (each.line for each in unknown if each.line is not None)


def tally(lines: Sequence[Line], citations: Sequence[Citation], store: DocumentStore) -> tuple[SourceUse, ...]:
    """Articles by the lines that cite them; those that print a cited sentence word for word are in its citation."""
    article = {citation.number: (citation.article_id, citation.version) for citation in citations}
    used = Counter(place for line in lines for place in {article[number] for number in line.citations})
    first = Counter(article[line.citations[0]] for line in lines)
    origins = store.articles.origins([name for name, _ in used])
    return tuple(
        _use(store, place, origins, count, first[place] / len(lines))
        for place, count in sorted(used.items(), key=lambda pair: (-first[pair[0]], -pair[1], pair[0]))
    )


def _use(
    store: DocumentStore, place: tuple[str, int], origins: dict[str, Origin], count: int, share: float
) -> SourceUse:
    source = store.articles.get(*place).article.source
    return SourceUse(
        article_id=place[0],
        version=place[1],
        title=source.title.value,
        outlet=source.outlet.value,
        published=source.published.value,
        url=source.url,
        origin=origins[place[0]],
        basis=basis(source),
        lines=count,
        share=share,
    )
