"""Workspace: opens one collection and runs questions, briefs, checks and searches on it."""

from collections import abc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import date
from threading import Lock
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from index.errors import InputError, unless_changed
from index.search.hybrid_retrieval import DenseSearch, HybridRetriever, Retriever
from index.search.reranking import RerankingFinder
from index.search.word_vectors import WordVectors
from index.store.corrections import FIELDS
from index.store.opening import open_store
from index.types import Article, Filters, Passage
from index.vectors.chroma import ChromaAddress
from index.vectors.exact import ExactIndex
from index.vectors.vector_index import MAX_EXACT_CHUNKS, VectorIndex
from service.answering.pipeline import Answerer, AnswerRun, Steps
from service.answering.query import has_expected_kind
from service.answering.receipts import ReceiptWriter
from service.answering.replay import Replay, compare, kept_answer, question_of, settings_of
from service.answering.single_flight import SingleFlight
from service.answering.types import Answer, Done, Event, Question
from service.briefing.brief_archive import BriefArchive
from service.briefing.brief_history import last_brief
from service.briefing.brief_replay import BriefReplay, compare_replayed, request_of
from service.briefing.briefer import Briefer, final_brief
from service.briefing.types import Brief, BriefDone, BriefEvent, BriefRequest
from service.checking.checker import Checker
from service.checking.types import CheckEvent, CheckReport
from service.conversation.conversation_archive import ConversationArchive
from service.conversation.rewriting_context import rewrite_in_conversation, with_original_question
from service.conversation.types import KeptConversation
from service.engines import Engines, load_engines
from service.generation.queued_generator import QueuedGenerator
from service.generation.types import Engine, Message, TextGenerator
from service.grounding import EntailmentModel
from service.health import Inspector
from service.ingestion.ingest import Ingester, index_fingerprint
from service.ingestion.types import IngestReport
from service.library.articles import list_articles, read_edit, search_hit, view_article
from service.library.types import ArticleEdit, ArticleList, ArticleView, SearchResults
from service.runtime.home_lock import HomeFolder, open_home
from service.runtime.request_context import current_request
from service.runtime.settings import Settings
from service.runtime.types import Readiness, ServiceCounts

__all__ = ["Engines", "Workspace", "last_answer", "load_engines", "open_workspace"]

REBUILDING = "rebuilding"
"""Value of the receipt setting `dense` for an answer made while the dense index was being filled."""

Progress = Callable[[str], None]
Observer = Callable[[AnswerRun], None]
AnyEvent = TypeVar("AnyEvent")


class Workspace:
    """Workspace: one open collection with its indexes, models and answering pipeline; safe for several threads."""

    def __init__(
        self,
        settings: Settings,
        engines: Engines,
        home: HomeFolder,
        *,
        wait: float | None = None,
        reads: bool = False,
        steps: Steps | None = None,
    ) -> None:
        """Open the collection in `home`, check its dense index, and rebuild that index when it is damaged.

        Args:
            wait: seconds to wait for that index; after that, questions are answered without it until it is ready.
            reads: whether the collection is only read, and briefly: a small one is then searched exactly.
            steps: steps of the answering pipeline to replace, for evaluations.

        Raises:
            IndexMismatch: the collection was built with another embedder or chunking.
        """
        self.engines = engines
        self.home = home
        embedder = engines.embedder
        self._fingerprint = index_fingerprint(embedder)
        address = settings.store.get_secret_value()
        self.store = open_store(address, home.ledger, fingerprint=self._fingerprint, collection=home.collection)
        # With a purge due, the index must be opened: removed articles have to leave it too.
        if reads and self.store.chunks.count() <= MAX_EXACT_CHUNKS and not self.store.dense_purge_due:
            settings = settings.model_copy(update={"exact": True})
        if self.store.identity and not settings.chroma:  # a folder of embedded Chroma belongs to one process
            settings = settings.model_copy(update={"exact": True})
        self.settings = settings
        self._vectors = None if settings.exact else self._index(wait=wait)
        word_vectors = WordVectors(self.store, embedder)
        self._ingester = Ingester(self.store, embedder, word_vectors, self._vectors)
        self.retriever = HybridRetriever(self.store, self._vectors or ExactIndex(self.store), embedder)
        self.finder = RerankingFinder(self.store, word_vectors, engines.reader, has_expected_kind)
        self._steps = steps
        self._single_flight = SingleFlight(settings.kept_answers)
        self._inspector = Inspector(self.store, self._vectors, engines, self._single_flight)
        self._observers: list[Observer] = []
        self.archive = ConversationArchive(self.store)
        self.brief_archive = BriefArchive(self.store)
        self._switching = Lock()
        engines.on_switch.add(self._use_engines)  # before they are used, so that no switch is missed meanwhile
        self._use_engines()

    def _index(self, *, wait: float | None = None) -> VectorIndex:
        settings = self.settings
        server = ChromaAddress(settings.chroma, settings.chroma_token.get_secret_value()) if settings.chroma else None
        return VectorIndex(self.home.vectors, self.store, fingerprint=self._fingerprint, server=server, wait=wait)

    def _answering(self, settings: Settings, retriever: Retriever) -> Answerer:
        return Answerer(
            self.store,
            retriever,
            self.finder,
            self.engines.generator,
            self._receipts(settings),
            settings,
            composes=self.engines.composes,
            queue=self.engines.queue,
            scheduler=self.engines.scheduler,
            steps=self._steps,
            capable=self.engines.capable,
            entailment=self.engines.entailment,
            embedded_judge=self.engines.embedded_judge,
        )

    def _checking(self) -> Checker:
        return Checker(self.store, self.retriever, self.finder, self.settings.passages, self.engines.entailment)

    def _briefing(self, settings: Settings, retriever: Retriever) -> Briefer:
        generator, queue = self.engines.generator, self.engines.queue
        writer = QueuedGenerator(generator, queue, settings.patience) if self.engines.composes else None
        return Briefer(self.store, retriever, self.finder, self._receipts(settings), writer, self.engines.entailment)

    def switch_engine(
        self, generator: TextGenerator, *, composes: bool, capable: bool, judge: EntailmentModel | None = None
    ) -> None:
        """Let another language model write as soon as the one in use is idle, and `judge` or the embedded one judge.

        Raises:
            EngineBusy: too many requests wait for the one in use.
            DeadlineExceeded: it was not idle in time.
        """
        with self.engines.queue.enter(current_request()) as ticket:
            list(ticket.positions(self.settings.patience))
            self.engines.switch(generator, composes=composes, capable=capable, judge=judge)

    def _use_engines(self) -> None:
        with self._switching:
            self._answerer = self._answering(self.settings, self.retriever)
            self._briefer = self._briefing(self.settings, self.retriever)
            self.checker = self._checking()
            self._single_flight.clear()

    def _receipts(self, settings: Settings) -> ReceiptWriter:
        reader, judge = self.engines.reader.fingerprint, self.engines.judge_fingerprint
        return ReceiptWriter(settings, embedder=self._fingerprint, reranker=reader, entailment=judge)

    @property
    def dense(self) -> VectorIndex | None:
        """Dense vector index; None with exact search."""
        return self._vectors

    @property
    def engine(self) -> Engine:
        """Language model that writes answers; raises ModelError when it cannot be used."""
        return self.engines.generator.engine

    @property
    def composes(self) -> bool:
        """Whether the style `auto` lets the language model write."""
        return self.engines.composes

    def close(self) -> None:
        """Close both stores and release the home folder; the engines must be closed by the code that loaded them."""
        self.engines.on_switch.discard(self._use_engines)
        if self._vectors is not None:
            self._vectors.close()
        self.store.close()
        self.home.close()

    def add_observer(self, observer: Observer) -> None:
        """Call `observer` with every run of the answering pipeline, before its answer is stored."""
        self._observers.append(observer)

    def remove_observer(self, observer: Observer) -> None:
        """Stop calling `observer`."""
        self._observers.remove(observer)

    def ingest(self, found: Iterable[Article | InputError], progress: Progress = lambda line: None) -> IngestReport:
        """Ingest articles; see `Ingester.ingest`."""
        return self._ingester.ingest(found, progress)

    def stream(self, question: Question) -> abc.Generator[Event, None, None]:
        """Answer a question as a stream of events; the answer and its receipt are stored before the last event.

        Identical questions to an unchanged collection share one run: asked at the same time or later, they get the same
        answer with the same receipt. A turn of a conversation always gets its own run.
        """
        question = rewrite_in_conversation(question, self.store)
        question = question.model_copy(update={"filters": _resolved(question.filters)})
        if question.conversation is not None:
            return self._run(self._answerer, question)
        key = (f"{self.store.revision()}{REBUILDING if self._rebuilding else ''}", question)
        return self._single_flight.read(key, lambda: self._run(self._answerer, question))

    def _run(self, answerer: Answerer, question: Question) -> abc.Generator[Event, None, None]:
        """Run the pipeline: yield its events, and last the answer as it was stored."""
        asked = question.model_copy(
            update={"filters": _resolved(question.filters), "text": question.asked or question.text}
        )
        for event in _unless_changed(answerer.answer(asked)):
            if isinstance(event, AnswerRun):
                for observe in self._observers:
                    observe(event)
                yield Done(answer=self._kept(question, event.answer))
            else:
                yield event

    def _kept(self, question: Question, answer: Answer) -> Answer:
        """Store the answer under the question as it was typed, and return it as the reader gets it."""
        answer = _made_while_rebuilding(answer) if self._rebuilding else answer
        shown = {"trace": answer.trace if question.trace else None}
        answer = with_original_question(answer, question).model_copy(update=shown)
        self._keep(answer)
        return answer

    def _keep(self, answer: Answer) -> None:
        self.archive.keep(answer)

    @property
    def _rebuilding(self) -> bool:
        return self._vectors is not None and self._vectors.rebuilding

    def ask(self, question: Question) -> Answer:
        """Answer a question and return the complete answer."""
        return last_answer(self.stream(question))

    def brief_stream(self, request: BriefRequest) -> abc.Generator[BriefEvent, None, None]:
        """Write a brief part by part; it is stored before the last event, so not when the stream is closed early."""
        stands = request.model_copy(update={"filters": _resolved(request.filters)})
        previous = last_brief(self.store, request.topic) if request.since_last else None
        for event in _unless_changed(self._briefer.brief(stands, previous)):
            if isinstance(event, BriefDone):
                self.brief_archive.keep(event.brief)
            yield event

    def brief(self, request: BriefRequest) -> Brief:
        """Write a brief and return it complete."""
        return final_brief(self.brief_stream(request))

    def kept_answer(self, receipt: str) -> Answer:
        """Return the answer stored under a receipt id; raises NotFound."""
        return self.archive.answer(receipt)

    def conversation(self, conversation_id: str) -> KeptConversation:
        """Return a conversation with its answers; raises NotFound."""
        return self.archive.conversation(conversation_id)

    def replay(self, reference: str | Answer) -> Replay:
        """Answer the question of a stored answer again, with the same settings and kind of search, and compare.

        Raises:
            NotFound: no answer is stored under that receipt id.
            InputError: the receipt cannot be replayed.
        """
        then = kept_answer(self.store, reference) if isinstance(reference, str) else reference
        question, settings = question_of(then), settings_of(then.receipt, self.settings)
        with self._searching(exact=settings.exact) as dense:
            retriever = HybridRetriever(self.store, dense, self.engines.embedder)
            now = last_answer(self._run(self._answering(settings, retriever), question))
        return compare(then, now, self.store)

    def replay_answer_or_brief(self, reference: str | Answer) -> Replay | BriefReplay:
        """Replay what is kept under a receipt, an answer or a brief; raises as `replay` does."""
        if not isinstance(reference, str) or not self.store.history.is_brief(reference):
            return self.replay(reference)
        then = self.brief_archive.brief(reference)
        request, settings = request_of(then), settings_of(then.receipt, self.settings)
        with self._searching(exact=settings.exact) as dense:
            briefer = self._briefing(settings, HybridRetriever(self.store, dense, self.engines.embedder))
            now = final_brief(_unless_changed(briefer.brief(request)))
        return compare_replayed(then, now, self.store)

    @contextmanager
    def _searching(self, *, exact: bool) -> Iterator[DenseSearch]:
        """Provide exact search or the dense index as requested, whichever of them this workspace itself uses."""
        if exact or (self.store.identity and not self.settings.chroma):
            yield ExactIndex(self.store)
        elif self._vectors is not None:
            yield self._vectors
        else:
            with closing(self._index()) as index:
                yield index

    def check(self, text: str, filters: Filters) -> CheckReport:
        """Check a text against the collection, sentence by sentence."""
        with unless_changed():
            return self.checker.check(text, _resolved(filters))

    def check_stream(self, text: str, filters: Filters) -> abc.Generator[CheckEvent, None, None]:
        """Check a text, and yield each sentence with its verdict as soon as it is known; the report comes last."""
        yield from _unless_changed(self.checker.stream(text, _resolved(filters)))

    def search(self, query: str, limit: int, filters: Filters) -> SearchResults:
        """Return the passages nearest to a query, best first."""
        if not query.strip():
            raise InputError("the query is empty; search for something in words")
        with unless_changed():
            found = self.retrieve(query, limit, filters)[1]
            return SearchResults(query=query, results=tuple(search_hit(self.store, passage) for passage in found))

    def retrieve(
        self, query: str, limit: int | None = None, filters: Filters | None = None
    ) -> tuple[NDArray[np.float32], list[Passage]]:
        """Run first-stage retrieval and return the query's vector with the passages found."""
        limit, filters = limit or self.settings.passages, _resolved(filters or Filters())
        with self.engines.scheduler.retrieval():
            vector = self.retriever.vector(query)
            return vector, self.retriever.passages(query, vector, limit, filters)

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Count the tokens of a prompt with the language model's tokenizer."""
        return self.engines.generator.count_tokens(messages)

    def articles(self, limit: int, offset: int) -> ArticleList:
        """List current articles in the order of their ids."""
        return list_articles(self.store, limit, offset)

    def article(self, article_id: str, version: int | None = None, *, difference: bool = False) -> ArticleView:
        """Return one version of an article; see `view_article`."""
        return view_article(self.store, article_id, version, difference=difference)

    def edit(self, article_id: str, edit: ArticleEdit) -> ArticleView:
        """Keep a reader's corrections of an article, apart from what it states, and return it as corrected.

        Raises:
            NotFound: there is no such article.
            InputError: nothing is corrected, or a value is no name or date.
        """
        self._ingester.correct(article_id, read_edit(edit), FIELDS if edit.undo else ())
        return self.article(article_id)

    def remove(self, *article_ids: str) -> None:
        """Remove articles from both stores, all or none; raises NotFound."""
        self._ingester.remove(*article_ids)

    def rebuild(self) -> int:
        """Rebuild the dense index from the document store and return its number of chunks; 0 with exact search."""
        return self._vectors.rebuild() if self._vectors else 0

    def readiness(self) -> Readiness:
        """Return whether questions can be answered, with the state of each component."""
        return self._inspector.readiness()

    def counts(self) -> ServiceCounts:
        """Return the current gauges and counters."""
        return self._inspector.counts()


def _resolved(filters: Filters) -> Filters:
    """Return the filters with `as_of` set, by default to today."""
    return filters if filters.as_of else filters.model_copy(update={"as_of": date.today().isoformat()})


def _unless_changed(events: Iterable[AnyEvent]) -> Iterator[AnyEvent]:
    with unless_changed():
        yield from events


def _made_while_rebuilding(answer: Answer) -> Answer:
    """Return the answer with a receipt that records that the dense index was being filled."""
    settings = {**answer.receipt.settings, "dense": REBUILDING}
    return answer.model_copy(update={"receipt": answer.receipt.model_copy(update={"settings": settings})})


def last_answer(events: Iterable[Event]) -> Answer:
    """Return the answer that ends a stream of events; raises InputError when the stream has none."""
    for event in events:
        if isinstance(event, Done):
            return event.answer
    raise InputError("the stream ended without an answer; ask again")


def open_workspace(settings: Settings, home_url: str | None = None, *, reads: bool = False) -> Workspace:
    """Lock the home folder, load the engines and open the collection; `reads` as in `Workspace`."""
    home = open_home(settings, url=home_url)
    try:
        return Workspace(settings, load_engines(settings), home, reads=reads)
    except BaseException:
        home.close()
        raise
