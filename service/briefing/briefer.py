"""One topic to one brief, part by part."""

from collections.abc import Iterator, Sequence

from index.catalogue import Catalogue
from index.errors import EmptyCollection, InputError
from index.evidence import EvidenceFinder, Reading
from index.retrieval import Retriever
from index.types import Evidence, Filters
from index.words import words
from service.briefing.differing import differences
from service.briefing.footnotes import Footnotes
from service.briefing.gathering import Gathered, Gatherer
from service.briefing.grouping import Group, group
from service.briefing.ranking import choose, rank
from service.briefing.since import compare
from service.briefing.tallying import lines_of, tally
from service.briefing.timeline import timeline
from service.briefing.types import (
    Brief,
    BriefDone,
    BriefEvent,
    BriefRequest,
    Content,
    Line,
    PartName,
    PartReady,
    Summary,
)
from service.briefing.unknowns import unknowns
from service.briefing.voices import speakers
from service.briefing.wording import Wording
from service.citing import cite
from service.questions import closely
from service.receipts import ReceiptWriter
from service.refusal import judge
from service.settings import MAX_QUESTION
from service.types import Citation, Question, Receipt

IN_SUMMARY, POINTS = 3, 9
SHORT = 20
"""Words that a headline may have."""
HEADLINE_FROM = 6
"""Among how many of the first statements a headline is looked for."""
PASSAGES = 20
"""Passages that are read for a question of the topic."""


class Briefer:
    """Writes briefs from one collection; calls do not influence each other."""

    def __init__(
        self, catalogue: Catalogue, retriever: Retriever, finder: EvidenceFinder, receipts: ReceiptWriter
    ) -> None:
        self._catalogue = catalogue
        self._retriever = retriever
        self._finder = finder
        self._receipts = receipts
        self._gatherer = Gatherer(catalogue, retriever, finder)

    def brief(self, request: BriefRequest, previous: Brief | None = None) -> Iterator[BriefEvent]:
        """Each part when it is ready, then the whole brief; only that when nothing is about the topic.

        Raises:
            InputError: the topic is empty or too long.
            EmptyCollection: there is nothing to read.
        """
        self._validate(request.topic)
        gathered = self._gatherer.gather(request.topic, request.filters)
        if not gathered.found:
            yield BriefDone(brief=self._nothing(request, gathered))
            return
        footnotes = Footnotes(self._catalogue)
        wording = Wording(request.topic, self._catalogue, footnotes, lambda e, v: self._odds(request.topic, e, v))
        sent = 0

        def ready(part: PartName, content: Content) -> PartReady:
            nonlocal sent
            new, sent = tuple(footnotes.citations[sent:]), len(footnotes.citations)
            return PartReady(part=part, content=content, citations=new)

        chosen = choose(rank(group(gathered.found)), IN_SUMMARY + POINTS + 1)
        summary, rest = self._summary(chosen, wording)
        yield ready("summary", summary)
        points = tuple(line for each in rest if (line := wording.statement(each)) is not None)
        yield ready("points", points)
        events = timeline(gathered.found, self._catalogue, wording)
        yield ready("timeline", events)
        voices = speakers(gathered.found, self._catalogue, wording)
        yield ready("speakers", voices)
        parted = differences(gathered.found, wording)
        yield ready("differences", parted)
        unknown = unknowns(gathered, wording, lambda question: self._answered(question, request.filters))
        yield ready("unknown", unknown)
        lines = list(lines_of(summary, points, events, voices, parted, unknown))
        sources = tally(lines, footnotes.citations, self._catalogue)
        yield ready("sources", sources)
        since = compare(previous, lines, footnotes.citations, self._catalogue) if request.since_last else None
        yield BriefDone(
            brief=Brief(
                topic=request.topic,
                verdict="briefed",
                summary=summary,
                points=points,
                timeline=events,
                speakers=voices,
                differences=parted,
                unknown=unknown,
                sources=sources,
                since_last=since,
                citations=tuple(footnotes.citations),
                withheld=tuple(dict.fromkeys(wording.withheld)),
                sentences_read=gathered.read,
                seen=gathered.seen,
                receipt=self._receipt(request),
            )
        )

    def _validate(self, topic: str) -> None:
        if not words(topic):
            raise InputError("the topic is empty; name one in words")
        if len(topic) > MAX_QUESTION:
            raise InputError(f"the topic has {len(topic):,} characters; name one in at most {MAX_QUESTION:,}")
        if not self._catalogue.count():
            raise EmptyCollection("the collection is empty; add articles with `footnote ingest PATH`")

    def _summary(self, chosen: Sequence[Group], wording: Wording) -> tuple[Summary, list[Group]]:
        """A headline and three lines, from the first statements; the others are left for the points."""
        left = list(chosen)
        headline: Line | None = None
        for each in left[:HEADLINE_FROM]:
            line = wording.statement(each) if len(each.best.text.split()) <= SHORT else None
            if line is not None and len(left) > 1:
                headline = line
                left.remove(each)
                break
        lines: list[Line] = []
        while left and len(lines) < IN_SUMMARY:
            if (line := wording.statement(left.pop(0))) is not None:
                lines.append(line)
        return Summary(headline=headline, lines=tuple(lines)), left

    def _odds(self, topic: str, evidence: Evidence, versions: Sequence[str]) -> Sequence[float]:
        title = evidence.source.title.value or ""
        return self._finder.relevance(
            topic, [Reading(text=version, before=evidence.context, title=title) for version in versions]
        )

    def _answered(self, question: str, filters: Filters) -> bool:
        vector = self._retriever.vector(question)
        passages = self._retriever.distinct(question, vector, PASSAGES, filters)
        evidence = self._finder.find(question, vector, passages, closely(question))
        return judge(question, evidence, self._catalogue).answerable

    def _nothing(self, request: BriefRequest, gathered: Gathered) -> Brief:
        closest: tuple[Citation, ...] = cite(self._catalogue, gathered.nearest)
        return Brief(
            topic=request.topic,
            verdict="not_in_corpus",
            summary=Summary(headline=None, lines=()),
            closest=closest,
            sentences_read=gathered.read,
            seen=gathered.seen,
            receipt=self._receipt(request),
        )

    def _receipt(self, request: BriefRequest) -> Receipt:
        return self._receipts.write(
            Question(text=request.topic, filters=request.filters),
            revision=self._catalogue.revision(),
            engine=None,
            prompts=(),
            replies=(),
        )
