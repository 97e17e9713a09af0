"""Briefer: multi-document summarisation of one topic, streamed part by part."""

from collections.abc import Iterable, Iterator, Sequence

from index.errors import EmptyCollection, InputError
from index.search.hybrid_retrieval import Retriever
from index.search.reranking import RerankingFinder
from index.search.scored_sentence import ScoredSentence
from index.store.store import DocumentStore
from index.types import Filters
from index.words import words
from service.answering.answerability import classify_answerability
from service.answering.citations import cite
from service.answering.origins import require_cited
from service.answering.receipts import ReceiptWriter
from service.answering.types import Citation, Question, Receipt
from service.briefing.brief_citations import NumberedCitations, count_source_use, iter_lines
from service.briefing.brief_history import changes_since
from service.briefing.brief_titles import default_title
from service.briefing.clustering import Redundancy, SentenceCluster, by_article
from service.briefing.differences import find_differences
from service.briefing.line_writer import LineWriter
from service.briefing.open_questions import open_questions, topic_subject, unmentioned_words
from service.briefing.salience import SalientStatements
from service.briefing.sentence_fusion import SentenceFuser
from service.briefing.speakers import find_speakers
from service.briefing.timeline import build_timeline
from service.briefing.topic_retrieval import TopicCandidates, TopicRetriever
from service.briefing.types import (
    Brief,
    BriefDone,
    BriefEvent,
    BriefLine,
    BriefRequest,
    OpenQuestion,
    PartContent,
    PartName,
    PartReady,
    Summary,
)
from service.generation.types import TextGenerator
from service.grounding import EntailmentModel
from service.runtime.settings import MAX_QUESTION_CHARACTERS

MAX_SUMMARY_LINES = 4
MAX_LINES_OF_SUMMARY = 9
"""Number of lines, with a headline ten, of a brief that is only a summary."""
MAX_SPARE = 8
"""Number of statements beyond the summary's among which the newest are looked for."""
MAX_NEWEST = 2
"""Number of statements of the newest day behind a summary's first; as many vital facts are in it (evals/LOG.md)."""
MAX_POINTS = 26
MAX_WORDS_OF_POINTS = 540
"""Number of words from which no further point is added: a page is read in two minutes or three."""
MAX_KEY_POINTS = 8
MAX_KEY_WORDS = 200
"""Maximum number of words of the key points of an answer."""
MAX_HEADLINE_WORDS = 20
MAX_HEADLINE_RANK = 2
"""Rank among the statements up to which one that is short enough becomes the headline."""
MAX_PASSAGES_PER_QUESTION = 20
"""Maximum number of passages retrieved for each question that the topic asks."""


class Briefer:
    """Writes briefs from one document store; keeps no state between calls."""

    def __init__(
        self,
        store: DocumentStore,
        retriever: Retriever,
        finder: RerankingFinder,
        receipts: ReceiptWriter,
        generator: TextGenerator | None = None,
        entailment: EntailmentModel | None = None,
    ) -> None:
        """Args:
        generator: fuses the sentences of a point into one; without it, points are quoted.
        entailment: recognises points that repeat each other; without it, only their words do.
        """
        self._store = store
        self._retriever = retriever
        self._finder = finder
        self._receipts = receipts
        self._generator = generator
        self._entailment = entailment
        self._topic_retriever = TopicRetriever(store, retriever, finder)

    def brief(self, request: BriefRequest, previous: Brief | None = None) -> Iterator[BriefEvent]:
        """Yield each part as soon as it is ready, then the whole brief; only the latter if no sentence is on the topic.

        Args:
            previous: the last brief on the topic; only used when the request asks for the changes since then.

        Raises:
            InputError: the topic is empty or too long.
            EmptyCollection: the store has no article.
            NotFound: an article was removed whose words would be shown next.
        """
        self._validate(request.topic)
        candidates = self._topic_retriever.candidates(topic_subject(request.topic), request.filters)
        sentences = candidates.sentences
        if not sentences:
            yield BriefDone(brief=self._not_in_corpus(request, candidates))
            return
        citations = NumberedCitations()
        fuser = SentenceFuser(request.topic, self._generator) if self._generator else None
        writer = LineWriter(request.topic, citations, lambda s, v: self._relevance(request.topic, s, v), fuser)
        sent = 0

        def ready(part: PartName, content: PartContent) -> PartReady:
            nonlocal sent
            require_cited(self._store, citations.citations)
            new, sent = tuple(citations.citations[sent:]), len(citations.citations)
            return PartReady(part=part, content=content, citations=new)

        statements = SalientStatements(sentences, Redundancy(self._entailment))
        is_page = request.length == "page"
        limit = MAX_SUMMARY_LINES if is_page else MAX_LINES_OF_SUMMARY
        leading = _leading(statements.take(limit + MAX_SPARE))
        summary, summarised = _summarise(leading, limit, writer)
        yield ready("summary", summary)
        points = _points(statements, summarised, writer) if is_page else ()
        yield ready("points", points)
        chosen = [each.representative for each in statements.chosen]
        further = statements.further() if is_page else []
        timeline = build_timeline(chosen, further, writer) if is_page else ()
        yield ready("timeline", timeline)
        speakers = find_speakers([*chosen, *further], chosen, writer) if is_page else ()
        yield ready("speakers", speakers)
        salient = [*chosen, *further]
        differences = find_differences(sentences, salient, writer, self._entailment) if is_page else ()
        yield ready("differences", differences)
        unknown = self._unknown(request, salient, writer) if is_page else ()
        yield ready("unknown", unknown)
        lines = list(iter_lines(summary, points, timeline, speakers, differences, unknown))
        sources = count_source_use(lines, citations.citations, self._store)
        yield ready("sources", sources)
        since_last = changes_since(previous, lines, citations.citations, self._store) if request.since_last else None
        yield BriefDone(
            brief=Brief(
                topic=request.topic,
                title=default_title(request.topic, (each.quote for each in citations.citations)),
                verdict="briefed",
                is_little=candidates.is_little,
                summary=summary,
                points=points,
                timeline=timeline,
                speakers=speakers,
                differences=differences,
                unknown=unknown,
                sources=sources,
                since_last=since_last,
                citations=tuple(citations.citations),
                withheld=tuple(dict.fromkeys(writer.withheld)),
                sentences_read=candidates.considered,
                seen=candidates.seen,
                receipt=self._receipt(request, fuser),
            )
        )

    def _validate(self, topic: str) -> None:
        if not words(topic):
            raise InputError("the topic is empty; name one in words")
        if len(topic) > MAX_QUESTION_CHARACTERS:
            raise InputError(
                f"the topic has {len(topic):,} characters; name one in at most {MAX_QUESTION_CHARACTERS:,}"
            )
        if not self._store.articles.count():
            raise EmptyCollection("the collection is empty; add articles with `footnote ingest PATH`")

    def _relevance(self, topic: str, sentence: ScoredSentence, versions: Sequence[str]) -> Sequence[float]:
        return self._finder.odds(topic, sentence, versions)

    def _unknown(
        self, request: BriefRequest, salient: Sequence[ScoredSentence], writer: LineWriter
    ) -> tuple[OpenQuestion, ...]:
        unmentioned = unmentioned_words(request.topic, self._store)
        return open_questions(
            request.topic, unmentioned, salient, writer, lambda question: self._is_answered(question, request.filters)
        )

    def _is_answered(self, question: str, filters: Filters) -> bool:
        vector = self._retriever.vector(question)
        passages = self._retriever.deduplicated_passages(question, vector, MAX_PASSAGES_PER_QUESTION, filters)
        evidence = self._finder.find(question, vector, passages)
        return classify_answerability(question, evidence, self._store).answerable

    def _not_in_corpus(self, request: BriefRequest, candidates: TopicCandidates) -> Brief:
        closest: tuple[Citation, ...] = cite(candidates.closest)
        require_cited(self._store, closest)
        return Brief(
            topic=request.topic,
            title=default_title(request.topic, ()),
            verdict="not_in_corpus",
            summary=Summary(headline=None, lines=()),
            closest=closest,
            sentences_read=candidates.considered,
            seen=candidates.seen,
            receipt=self._receipt(request),
        )

    def _receipt(self, request: BriefRequest, fuser: SentenceFuser | None = None) -> Receipt:
        generated = fuser is not None and bool(fuser.replies)
        receipt = self._receipts.write(
            Question(text=request.topic, filters=request.filters),
            revision=self._store.revision(),
            engine=self._generator.engine if generated and self._generator else None,
            prompts=(fuser.prompt,) if generated and fuser else (),
            replies=fuser.replies if fuser else (),
        )
        return receipt.model_copy(update={"settings": {**receipt.settings, "length": request.length}})


def final_brief(events: Iterable[BriefEvent]) -> Brief:
    """Consume a stream of events and return the brief at its end."""
    for event in events:
        if isinstance(event, BriefDone):
            return event.brief
    raise InputError("the stream ended without a brief; ask again")


def _leading(statements: Sequence[SentenceCluster]) -> list[SentenceCluster]:
    """Return the statements in the order in which a summary takes them: the first, the newest, the others."""
    newest = max(((each.representative.source.published.value or "")[:10] for each in statements), default="")
    last = [e for e in statements[1:] if newest and (e.representative.source.published.value or "")[:10] == newest]
    return [*statements[:1], *last[:MAX_NEWEST], *(e for e in statements[1:] if e not in last[:MAX_NEWEST])]


def _summarise(
    statements: Sequence[SentenceCluster], limit: int, writer: LineWriter
) -> tuple[Summary, list[SentenceCluster]]:
    """Write a headline and the summary lines; also return the statements that they were written from."""
    remaining, used = list(statements), list[SentenceCluster]()
    headline: BriefLine | None = None
    for each in remaining[:MAX_HEADLINE_RANK] if len(remaining) > 1 else ():
        fits = len(each.representative.text.split()) <= MAX_HEADLINE_WORDS
        line = writer.write_statement(each) if fits else None
        if line is not None:
            headline = line
            remaining.remove(each)
            used.append(each)
            break
    lines: list[BriefLine] = []
    while remaining and len(lines) < limit:
        each = remaining.pop(0)
        if (line := writer.write_statement(each)) is not None:
            lines.append(line)
            used.append(each)
    return Summary(headline=headline, lines=tuple(lines)), used


def _points(
    statements: SalientStatements, summarised: Sequence[SentenceCluster], writer: LineWriter
) -> tuple[BriefLine, ...]:
    """Write the next most salient statements, without those already in the summary, by article."""
    shown = {each.representative.location for each in summarised}
    taken = (each.representative for each in statements.chosen if each.representative.location not in shown)
    statements.fill(MAX_WORDS_OF_POINTS - sum(len(each.text.split()) for each in taken), MAX_POINTS)
    new = [each for each in statements.chosen if each.representative.location not in shown]
    return tuple(line for each in by_article(new) if (line := writer.write_statement(each)) is not None)
