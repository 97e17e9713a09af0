"""Cassette player: run the real answering pipeline on recorded evidence and drafts, without a model."""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evals.harness.cases import Case
from evals.harness.runner import EvalContext, question_of, run_case
from evals.harness.scores import Observed
from evals.harness.suites.cassettes.cassette_format import (
    QUESTIONS,
    REFRESH,
    RecordedPlace,
    RecordedQuestion,
    RecordedSentence,
    digest,
    prompt_digest,
    read_questions,
)
from index.embedding import HashEmbedder
from index.errors import InputError
from index.search.article_cache import ArticleCache
from index.search.candidate_sentences import passage_sentences
from index.search.reranking import OverlapReader
from index.search.scored_sentence import ScoredSentence
from index.store.store import DocumentStore
from index.types import Filters, Passage, Span
from service.answering.pipeline import Answerer, AnswerRun, PipelineEvent
from service.answering.receipts import ReceiptWriter
from service.answering.types import Question, Style
from service.engines import Engines
from service.generation.scripted_generator import ScriptedGenerator
from service.generation.types import Engine, Limits, Message, OptionChoice

UNRECORDED_LOG_ODDS = -100.0
"""Log-odds of clipped sentences that are not recorded; so low that they are never shown."""


def no_engines() -> Engines:
    """Return stub engines that can fill a document store; no replayed metric depends on them."""
    return Engines(HashEmbedder(), OverlapReader(), ScriptedGenerator([], name="none"), composes=False)


class SentenceLookup:
    """SentenceLookup: every sentence of a collection by its place."""

    def __init__(self, store: DocumentStore) -> None:
        self._found: dict[RecordedPlace, ScoredSentence] = {}
        articles = ArticleCache(store)
        for passage in store.chunks.passages([(chunk_id, 0.0) for chunk_id in store.chunks.ids()]):
            for each in passage_sentences(passage, articles.article(passage.article_id, passage.version)):
                self._found.setdefault(RecordedPlace(article=passage.article_id, span=each.span), each)

    def at(self, place: RecordedPlace) -> ScoredSentence:
        """Return the sentence at a place, without scores.

        Raises:
            InputError: if no sentence has exactly this span.
        """
        if place not in self._found:
            raise InputError(f"{place.article}:{place.span.start}-{place.span.end} is no sentence any more; {REFRESH}")
        return self._found[place]

    def scored(self, recorded: RecordedSentence) -> ScoredSentence:
        """Return a recorded sentence with its scores; raises InputError if no sentence has its span."""
        found = self.at(recorded.place)
        answer = recorded.answer
        if answer is not None:
            answer = Span(start=found.start + answer.start, end=found.start + answer.end)
        return replace(found, signals=recorded.signals, probability=recorded.chance, answer=answer)


class RecordedFinder:
    """RecordedFinder: evidence finder that returns the recorded sentences."""

    def __init__(self, recorded: RecordedQuestion, sentences: SentenceLookup) -> None:
        self._recorded = recorded
        self._sentences = sentences

    def first_stage(
        self,
        question: str,
        vector: NDArray[np.float32],
        passages: Sequence[Passage],
        articles: ArticleCache | None = None,
    ) -> list[ScoredSentence]:
        """Return the recorded sentences, the best ones with their signals."""
        return [*map(self._sentences.scored, self._recorded.best), *map(self._sentences.at, self._recorded.rest)]

    def rerank(self, question: str, sentences: Sequence[ScoredSentence]) -> list[ScoredSentence]:
        """Return the sentences unchanged: their recorded order is the ranking."""
        return list(sentences)

    def odds(self, question: str, sentence: ScoredSentence, versions: Sequence[str]) -> list[float]:
        """Return the recorded log-odds, or UNRECORDED_LOG_ODDS."""
        return [self._recorded.odds.get(digest(each), UNRECORDED_LOG_ODDS) for each in versions]


class RecordedRetriever:
    """RecordedRetriever: returns no passages, because the evidence is recorded."""

    def vector(self, query: str) -> NDArray[np.float32]:
        """Return a dummy vector, which is never used."""
        return np.zeros(1, dtype=np.float32)

    def deduplicated_passages(
        self,
        query: str,
        vector: NDArray[np.float32],
        limit: int,
        filters: Filters | None = None,
        articles: ArticleCache | None = None,
    ) -> list[Passage]:
        """Return no passages."""
        return []


class RecordedGenerator:
    """RecordedGenerator: text generator that returns the recorded draft, for exactly the recorded prompt."""

    def __init__(self, recorded: RecordedQuestion, engine: Engine) -> None:
        self.engine = engine
        self._draft = recorded.draft

    def choose(
        self, messages: Sequence[Message], options: Sequence[str], *, prefill: str = "", deadline: float = 60.0
    ) -> OptionChoice:
        """Return the recorded choice.

        Raises:
            InputError: if the prompt or the options differ from the recording, so the recorded output is not valid.
        """
        if self._draft is None or self._draft.prompt != prompt_digest(messages) or self._draft.picked not in options:
            raise InputError(f"the prompt is not the recorded one; {REFRESH}")
        return OptionChoice(
            option=self._draft.picked, probabilities=tuple(float(o == self._draft.picked) for o in options)
        )

    def stream(self, messages: Sequence[Message], limits: Limits, *, prefill: str = "") -> Generator[str, None, None]:
        """Yield the recorded text."""
        return (text for text in (self._draft.written if self._draft else "",))

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Return 0: the prompt fitted the context when it was recorded."""
        return 0

    def close(self) -> None:
        """Do nothing: there is no process to stop."""


class CassettePlayer:
    """CassettePlayer: runs the answering pipeline with recorded components over one collection."""

    def __init__(self, context: EvalContext, recording: Path = QUESTIONS) -> None:
        self._context = context
        self.header, self.recorded = read_questions(recording)
        self._sentences = SentenceLookup(context.workspace.store)
        self._receipts = ReceiptWriter(context.workspace.settings, embedder=self.header.embedder, reranker="recorded")

    def observe(self, case: Case, style: Style) -> Observed:
        """Return the observation of one recorded question under the current code."""
        recorded = self.recorded.get(case.id)
        if recorded is None or recorded.question != case.question:
            return Observed(error=f"InputError: case {case.id!r} is not recorded as it stands; {REFRESH}")
        runs: list[AnswerRun] = []
        events = self._events(recorded, question_of(case, style, self._context.as_of), runs)
        seen = run_case(events, self._context.workspace, case)
        return seen.model_copy(update={"probability": runs[-1].answerability.probability}) if runs else seen

    def _events(self, recorded: RecordedQuestion, question: Question, runs: list[AnswerRun]) -> Iterator[PipelineEvent]:
        """Yield the pipeline's events for a recorded question; append the final run to `runs`."""
        answerer = Answerer(
            self._context.workspace.store,
            RecordedRetriever(),
            RecordedFinder(recorded, self._sentences),
            RecordedGenerator(recorded, self.header.engine),
            self._receipts,
            self._context.workspace.settings,
            composes=False,
        )
        for event in answerer.answer(question):
            if isinstance(event, AnswerRun):
                runs.append(event)
            yield event
