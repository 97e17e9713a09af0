"""Citations of a brief: number them, and count how many lines use each article."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from index.search.scored_sentence import ScoredSentence
from index.store.store import DocumentStore
from index.types import Origin
from service.answering.citations import basis, cite
from service.answering.types import Citation
from service.briefing.types import (
    Brief,
    BriefDifference,
    BriefLine,
    DatedEvent,
    OpenQuestion,
    SourceUse,
    Speaker,
    Summary,
)


class NumberedCitations:
    """The citations of one brief, numbered from 1 in order of first use."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, int, int, int], int] = {}
        self._citations: list[Citation] = []

    def cite(self, sentence: ScoredSentence) -> Citation:
        """Return the citation of a sentence; the same sentence always gets the same number."""
        key = sentence.location
        if key not in self._numbers:
            self._numbers[key] = len(self._citations) + 1
            citation = cite([sentence])[0]
            self._citations.append(citation.model_copy(update={"number": self._numbers[key]}))
        return self._citations[self._numbers[key] - 1]

    @property
    def citations(self) -> Sequence[Citation]:
        """The citations in the order of their numbers."""
        return self._citations


def iter_lines(
    summary: Summary,
    points: Iterable[BriefLine],
    events: Iterable[DatedEvent],
    speakers: Iterable[Speaker],
    differences: Iterable[BriefDifference],
    open_questions: Iterable[OpenQuestion],
) -> Iterator[BriefLine]:
    """Yield every line of a brief in reading order."""
    yield from ([summary.headline] if summary.headline else [])
    yield from summary.lines
    yield from points
    yield from (event.line for event in events)
    yield from (statement.line for speaker in speakers for statement in speaker.statements)
    yield from (value.line for difference in differences for value in difference.values)
    yield from (each.line for each in open_questions if each.line is not None)


def lines_of(brief: Brief) -> Iterator[BriefLine]:
    """Yield every line of a whole brief in reading order."""
    parts = (brief.summary, brief.points, brief.timeline, brief.speakers, brief.differences, brief.unknown)
    return iter_lines(*parts)


def count_source_use(
    lines: Sequence[BriefLine], citations: Sequence[Citation], store: DocumentStore
) -> tuple[SourceUse, ...]:
    """Count the lines that cite each article, sorted by how many lines cite it first.

    An article that contains a cited sentence verbatim is a duplicate in that citation and is not counted.
    """
    article = {citation.number: (citation.article_id, citation.version) for citation in citations}
    cited = Counter(key for line in lines for key in {article[number] for number in line.citations})
    cited_first = Counter(article[line.citations[0]] for line in lines)
    origins = store.articles.origins([article_id for article_id, _ in cited])
    return tuple(
        _source_use(store, key, origins, count, cited_first[key] / len(lines))
        for key, count in sorted(cited.items(), key=lambda pair: (-cited_first[pair[0]], -pair[1], pair[0]))
    )


def _source_use(
    store: DocumentStore, key: tuple[str, int], origins: dict[str, Origin], count: int, share: float
) -> SourceUse:
    source = store.articles.get(*key).article.source
    return SourceUse(
        article_id=key[0],
        version=key[1],
        title=source.title.value,
        outlet=source.outlet.value,
        published=source.published.value,
        url=source.url,
        origin=origins[key[0]],
        basis=basis(source),
        lines=count,
        share=share,
    )
