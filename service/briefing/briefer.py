"""One topic to one brief, part by part."""

from collections.abc import Iterator, Sequence

from index.errors import EmptyCollection, InputError
from index.search.reranking import RerankingFinder, reranker_input
from index.search.retrieval import Retriever
from index.search.scored_sentence import ScoredSentence
from index.store.store import DocumentStore
from index.types import Filters
from index.words import words
from service.answering.answerability import judge
from service.answering.citations import cite
from service.answering.query import closely
from service.answering.receipts import ReceiptWriter
from service.answering.types import Citation, Question, Receipt
from service.briefing.citation_numbers import Footnotes
from service.briefing.clustering import Group, group, same_statement
from service.briefing.differences import differences
from service.briefing.line_writer import Wording
from service.briefing.open_questions import missing, subject, unknowns
from service.briefing.point_writer import Composer
from service.briefing.ranking import choose, rank
from service.briefing.since_last import compare
from service.briefing.source_use import lines_of, tally
from service.briefing.speakers import speakers
from service.briefing.timeline import timeline
from service.briefing.topic_retrieval import MAX_RERANKED, RERANKED_FIRST, TopicCandidates, TopicRetriever, about
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
from service.generation.types import TextGenerator
from service.runtime.settings import MAX_QUESTION

IN_SUMMARY, POINTS = 3, 12
SHORT, TELLING = 20, 0.85
"""Words that a headline may have, and the share of the best statement's score that it must have."""
HEADLINE_FROM = 6
"""Of how many of the first statements the headline and the summary are made."""
PASSAGES = 20
"""Passages that are read for a question of the topic."""


class Briefer:
    """Writes briefs from one collection; calls do not influence each other."""

    def __init__(
        self,
        store: DocumentStore,
        retriever: Retriever,
        finder: RerankingFinder,
        receipts: ReceiptWriter,
        writer: TextGenerator | None = None,
    ) -> None:
        """Args:
        writer: an engine that has shown on the evals that it can write; without one, points are quoted.
        """
        self._store = store
        self._retriever = retriever
        self._finder = finder
        self._receipts = receipts
        self._writer = writer
        self._gatherer = TopicRetriever(store, retriever, finder)

    def brief(self, request: BriefRequest, previous: Brief | None = None) -> Iterator[BriefEvent]:
        """Each part when it is ready, then the whole brief; only that when nothing is about the topic.

        Raises:
            InputError: the topic is empty or too long.
            EmptyCollection: there is nothing to read.
        """
        self._validate(request.topic)
        surveyed = self._gatherer.candidates(subject(request.topic), request.filters)
        found = about(self._gatherer.rerank(surveyed, 0, RERANKED_FIRST))
        if not found:
            yield BriefDone(brief=self._nothing(request, surveyed))
            return
        footnotes = Footnotes()
        composer = Composer(request.topic, self._writer) if self._writer else None
        wording = Wording(request.topic, footnotes, lambda e, v: self._odds(request.topic, e, v), composer)
        sent = 0

        def ready(part: PartName, content: Content) -> PartReady:
            nonlocal sent
            new, sent = tuple(footnotes.citations[sent:]), len(footnotes.citations)
            return PartReady(part=part, content=content, citations=new)

        summary, told = self._summary(choose(rank(group(found)), HEADLINE_FROM), wording)
        yield ready("summary", summary)
        found += about(self._gatherer.rerank(surveyed, RERANKED_FIRST, MAX_RERANKED))
        found.sort(key=lambda each: -round(each.score, 5))
        left = group([each for each in found if not any(same_statement(one.best, each) for one in told)])
        points = self._points(choose(rank(left), POINTS, told), wording)
        yield ready("points", points)
        events = timeline(found, wording)
        yield ready("timeline", events)
        voices = speakers(found, wording)
        yield ready("speakers", voices)
        parted = differences(found, wording)
        yield ready("differences", parted)
        absent = missing(request.topic, self._store)
        unknown = unknowns(
            request.topic, absent, found, wording, lambda question: self._answered(question, request.filters)
        )
        yield ready("unknown", unknown)
        lines = list(lines_of(summary, points, events, voices, parted, unknown))
        sources = tally(lines, footnotes.citations, self._store)
        yield ready("sources", sources)
        since = compare(previous, lines, footnotes.citations, self._store) if request.since_last else None
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
                sentences_read=surveyed.weighed,
                seen=surveyed.seen,
                receipt=self._receipt(request, composer),
            )
        )

    def _validate(self, topic: str) -> None:
        if not words(topic):
            raise InputError("the topic is empty; name one in words")
        if len(topic) > MAX_QUESTION:
            raise InputError(f"the topic has {len(topic):,} characters; name one in at most {MAX_QUESTION:,}")
        if not self._store.articles.count():
            raise EmptyCollection("the collection is empty; add articles with `footnote ingest PATH`")

    def _summary(self, chosen: Sequence[Group], wording: Wording) -> tuple[Summary, list[Group]]:
        """A headline and three lines from the first statements, and which statements they are."""
        left, told = list(chosen), list[Group]()
        headline: Line | None = None
        best = max((each.best.score for each in left), default=0.0)
        for each in left if len(left) > 1 else ():
            fits = len(each.best.text.split()) <= SHORT and each.best.score >= TELLING * best
            line = wording.statement(each) if fits else None
            if line is not None:
                headline = line
                left.remove(each)
                told.append(each)
                break
        lines: list[Line] = []
        while left and len(lines) < IN_SUMMARY:
            each = left.pop(0)
            if (line := wording.statement(each)) is not None:
                lines.append(line)
                told.append(each)
        return Summary(headline=headline, lines=tuple(lines)), told

    def _points(self, chosen: Sequence[Group], wording: Wording) -> tuple[Line, ...]:
        return tuple(line for each in chosen if (line := wording.statement(each)) is not None)

    def _odds(self, topic: str, evidence: ScoredSentence, versions: Sequence[str]) -> Sequence[float]:
        return self._finder.reranker(topic, [reranker_input(evidence, version) for version in versions])

    def _answered(self, question: str, filters: Filters) -> bool:
        vector = self._retriever.vector(question)
        passages = self._retriever.deduplicated_passages(question, vector, PASSAGES, filters)
        evidence = self._finder.find(question, vector, passages, closely(question))
        return judge(question, evidence, self._store).answerable

    def _nothing(self, request: BriefRequest, surveyed: TopicCandidates) -> Brief:
        closest: tuple[Citation, ...] = cite(surveyed.nearest)
        return Brief(
            topic=request.topic,
            verdict="not_in_corpus",
            summary=Summary(headline=None, lines=()),
            closest=closest,
            sentences_read=surveyed.weighed,
            seen=surveyed.seen,
            receipt=self._receipt(request),
        )

    def _receipt(self, request: BriefRequest, composer: Composer | None = None) -> Receipt:
        wrote = composer is not None and bool(composer.replies)
        return self._receipts.write(
            Question(text=request.topic, filters=request.filters),
            revision=self._store.revision(),
            engine=self._writer.engine if wrote and self._writer else None,
            prompts=(composer.prompt,) if wrote and composer else (),
            replies=composer.replies if composer else (),
        )
