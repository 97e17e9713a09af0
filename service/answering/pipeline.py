"""Answering pipeline: retrieve, rerank, classify answerability, then compose (checked by the gate) or quote."""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from index.errors import EmptyCollection, InputError
from index.scheduling import InferenceScheduler
from index.search.article_cache import ArticleCache
from index.search.hybrid_retrieval import Retriever
from index.search.reranking import EvidenceFinder
from index.search.scored_sentence import ScoredSentence
from index.store.store import DocumentStore
from index.types import Filters, Span
from index.words import words
from prompts import Prompt, load
from service.answering.answer_draft import AnswerDraft, Offer
from service.answering.answerability import Answerability, classify_answerability
from service.answering.antecedents import antecedent_context
from service.answering.citations import attributed, cite, render_quotation, unmarked
from service.answering.claim_gate import ClaimGate
from service.answering.clipping import Clip, clip_quotation
from service.answering.composition import SentenceComposer
from service.answering.conflicts import disagreements
from service.answering.extracts import extracts
from service.answering.origins import count_origins, require_cited
from service.answering.passage_composition import PassageComposer
from service.answering.query import core_question
from service.answering.question_kind import QuestionKind, kind_of, topic_of
from service.answering.receipts import ReceiptWriter
from service.answering.recency import newest_first
from service.answering.short_answers import short_answer
from service.answering.types import (
    Answer,
    Antecedent,
    Citation,
    Disagreement,
    Event,
    EvidenceFound,
    Origins,
    Question,
    Sentence,
    SentenceAccepted,
    ShortAnswer,
    Style,
)
from service.generation.request_queue import RequestQueue
from service.generation.types import TextGenerator
from service.grounding import EntailmentModel, support_of
from service.language.judged_language import NOT_JUDGED, is_judged
from service.runtime.settings import MAX_QUESTION_CHARACTERS, Settings
from service.runtime.tracing import Trace

MAX_SENTENCES_OFFERED = 3
"""Number of evidence sentences in the prompt; on a CPU, reading the prompt takes most of the time."""
MAX_UNJUDGED = 2
"""Number of sentences quoted for a question in a language that is not judged."""
MAX_PASSAGES_LISTED = 8
"""Number of sentences that the first event lists, before the passages are read."""


@dataclass(frozen=True)
class Steps:
    """Pipeline steps that an evaluation may replace; the service runs the defaults."""

    cite: Callable[[Sequence[ScoredSentence]], tuple[Citation, ...]] = cite
    classify_answerability: Callable[[str, Sequence[ScoredSentence], DocumentStore], Answerability] = (
        classify_answerability
    )
    kind_of: Callable[[str], QuestionKind] = kind_of
    extracts: Callable[[str, QuestionKind, Sequence[ScoredSentence]], list[ScoredSentence]] = extracts
    clip: Clip = clip_quotation
    antecedent_context: Callable[[ScoredSentence, Span | None], Antecedent | None] = antecedent_context
    render_quotation: Callable[[Citation, Span | None, Antecedent | None], str] = render_quotation
    load_prompt: Callable[[str], Prompt] = load


STEPS = Steps()


@dataclass(frozen=True)
class AnswerRun:
    """Result of one pipeline run: the answer and, for observers, the evidence and answerability behind it."""

    answer: Answer
    evidence: tuple[ScoredSentence, ...]
    """Reranked sentences, best first."""
    answerability: Answerability


PipelineEvent = Event | AnswerRun
REFUSAL = "This collection does not answer the question."
SMALL_TALK = "This answers questions about the articles only: ask who, when, why, what happened or what is new."
MAX_WORDS_NAMED = 5
MAX_WORDS_LOOKED_UP = 20
MAX_OUTLETS_NAMED = 10


class Answerer:
    """Answering pipeline over one collection; calls are independent of each other."""

    def __init__(
        self,
        store: DocumentStore,
        retriever: Retriever,
        finder: EvidenceFinder,
        generator: TextGenerator,
        receipts: ReceiptWriter,
        settings: Settings,
        *,
        composes: bool,
        queue: RequestQueue | None = None,
        scheduler: InferenceScheduler | None = None,
        steps: Steps | None = None,
        capable: bool = False,
        entailment: EntailmentModel | None = None,
        embedded_judge: EntailmentModel | None = None,
    ) -> None:
        """Args:
        composes: whether the style `auto` composes (for engines that did well on the evals) or quotes.
        capable: whether the generator writes prose from passages; the built-in one writes one sentence.
        entailment: second judge of what a capable generator writes.
        embedded_judge: judge of short answers, which are fitted to it.
        queue: queue of requests for the engine; a new one by default.
        scheduler: gives retrieval priority over reranking; a new one by default.
        steps: replacement steps, for evaluations.
        """
        self._steps = steps or STEPS
        self._scheduler = scheduler or InferenceScheduler()
        self._queue = queue or RequestQueue()
        self._store = store
        self._retriever = retriever
        self._finder = finder
        self._generator = generator
        self._receipts = receipts
        self._settings = settings
        self._composes = composes
        self._composer = SentenceComposer(
            generator,
            self._queue,
            settings,
            self._steps.load_prompt("compose"),
            lambda sentence: self._steps.antecedent_context(sentence, None),
            self._steps.render_quotation,
        )
        self._passage_composer = capable_composer(generator, self._queue, settings, entailment, self._steps)
        self._capable = capable
        self._embedded_judge = embedded_judge

    def answer(self, question: Question) -> Generator[PipelineEvent, None, None]:
        """Yield the passages to rerank, the evidence, each sentence once the gate has decided, then the AnswerRun.

        Raises:
            InputError: the question is empty or too long.
            EmptyCollection: the collection has no articles.
            EngineBusy: the style needs the engine and its queue is full.
            NotFound: an article was removed whose words would be shown next.
        """
        self._validate(question.text)
        if self._writes(question.style):
            self._queue.check()
        draft = AnswerDraft()
        asked, trace = core_question(question.text), draft.trace
        # Released before an event is yielded: a slow reader would block all other requests.
        with self._scheduler.retrieval():
            candidates = self._first_stage(asked, question.filters, trace)
            passages = self._steps.cite(candidates[:MAX_PASSAGES_LISTED])
        if passages:
            yield EvidenceFound(passages=passages)
        with trace.stage("read") as details:
            evidence = self._finder.rerank(asked, candidates)
            if not is_judged(asked):  # the reader reads English only
                sharing = [each for each in evidence if each.signals.get("covered", 0.0) > 0]
                evidence = sorted(sharing or evidence, key=lambda each: -each.signals.get("covered", 0.0))
            details["sentences"] = len(evidence)
        with trace.stage("judge") as details:
            answerability = self._steps.classify_answerability(asked, evidence, self._store)
            details["answerable"] = answerability.answerable
        draft.kind, draft.probability = self._steps.kind_of(asked), answerability.probability
        if draft.kind == "latest":
            evidence = newest_first(evidence)
        if answerability.answerable:
            yield from self._answer_events(question, asked, evidence, draft)
        if draft.sentences:
            answer = self._answered(question, draft)
        else:
            answer = self._refused(question, self._cited(evidence[:MAX_SENTENCES_OFFERED]), answerability, draft)
        yield AnswerRun(answer=answer, evidence=tuple(evidence), answerability=answerability)

    def _answer_events(
        self, question: Question, asked: str, evidence: Sequence[ScoredSentence], draft: AnswerDraft
    ) -> Iterator[Event]:
        """Yield the evidence and the accepted sentences: written ones, else extracts."""
        if self._writes(question.style):
            shown = evidence[:MAX_SENTENCES_OFFERED]
            draft.offer = Offer(shown, self._cited(shown))
            yield EvidenceFound(citations=tuple(draft.offer.citations), final=True)
            yield from self._still_cited(self._composed(question, evidence, draft), draft.offer.citations)
            draft.short = self._short(asked, draft, draft.cited())
        if not draft.sentences and not draft.abstained:
            # The reader does not read other languages, so nothing says which sentences belong together.
            shown = self._steps.extracts(asked, draft.kind, evidence) if is_judged(asked) else evidence[:MAX_UNJUDGED]
            citations = self._cited(shown)
            draft.offer = Offer(shown, citations)
            draft.short = self._short(asked, draft, list(zip(citations, shown, strict=True)))
            yield EvidenceFound(citations=citations, short=draft.short, final=True)
            yield from self._still_cited(self._quotations(asked, shown, citations, draft), citations)

    def _short(
        self, asked: str, draft: AnswerDraft, cited: Sequence[tuple[Citation, ScoredSentence]]
    ) -> ShortAnswer | None:
        with draft.trace.stage("short"):
            return short_answer(draft.kind, asked, draft.probability, cited, self._embedded_judge)

    def _first_stage(self, asked: str, filters: Filters, trace: Trace) -> list[ScoredSentence]:
        """Return the sentences to rerank, ranked by cheap signals; its duration is the time to the first event."""
        articles = ArticleCache(self._store)
        with trace.stage("embed"):
            vector = self._retriever.vector(asked)
        with trace.stage("search") as details:
            limit = self._settings.passages
            passages = self._retriever.deduplicated_passages(asked, vector, limit, filters, articles)
            details["passages"] = len(passages)
        with trace.stage("evidence") as details:
            found = self._finder.first_stage(topic_of(asked), vector, passages, articles)
            details["sentences"] = len(found)
        return found

    def _validate(self, text: str) -> None:
        if not words(text):
            raise InputError("the question is empty; ask something in words")
        if len(text) > MAX_QUESTION_CHARACTERS:
            raise InputError(f"the question has {len(text):,} characters; ask in at most {MAX_QUESTION_CHARACTERS:,}")
        if not self._store.articles.count():
            raise EmptyCollection("the collection is empty; add articles with `footnote ingest PATH`")

    def _cited(self, shown: Sequence[ScoredSentence]) -> tuple[Citation, ...]:
        citations = _numbered(self._steps.cite(shown))
        require_cited(self._store, citations)
        return citations

    def _writes(self, style: Style) -> bool:
        return style == "compose" or (style == "auto" and self._composes)

    def _composed(self, question: Question, evidence: Sequence[ScoredSentence], draft: AnswerDraft) -> Iterator[Event]:
        if self._capable:
            return self._passage_composer.compose(question.text, draft.kind, evidence, draft.offer, draft)
        return self._composer.compose(question.text, draft.offer.sentences, draft.offer.citations, draft)

    def _quotations(
        self, question: str, evidence: Sequence[ScoredSentence], citations: Sequence[Citation], draft: AnswerDraft
    ) -> Iterator[Event]:
        source, introduced = "", set[str]()
        for found, citation in zip(evidence, citations, strict=False):
            with draft.trace.stage("quote"):
                odds, answer = self._odds(question, found), found.answer_in_quote
                kept = self._steps.clip(question, citation.quote, support_of(found), odds, answer)
                antecedent = self._steps.antecedent_context(found, kept)
            text = self._steps.render_quotation(citation, kept, antecedent)
            # What follows from the same article is not introduced again; another one of outlet and day has its title.
            source, before = f"{citation.article_id}@{citation.version}", source
            opening = attributed(citation)
            quoted = text.removeprefix(f"{opening}: ")
            if source == before:
                text = quoted
            elif opening in introduced and citation.outlet and citation.title:
                text = f"{opening}, “{unmarked(citation.title)}”: {quoted}"
            introduced.add(opening)
            sentence = Sentence(text=text, citations=(citation.number,), style="quote", introduction=antecedent)
            draft.sentences.append(sentence)
            yield SentenceAccepted(sentence=sentence)

    def _still_cited(self, events: Iterable[Event], citations: Sequence[Citation]) -> Iterator[Event]:
        """Yield the events; raises NotFound before a sentence that cites a removed article."""
        for event in events:
            if isinstance(event, SentenceAccepted):
                require_cited(self._store, [citations[number - 1] for number in event.sentence.citations])
            yield event

    def _odds(self, question: str, evidence: ScoredSentence) -> Callable[[Sequence[str]], Sequence[float]]:
        """Return a function that scores clipped versions of a sentence with the reader."""
        return lambda versions: self._finder.odds(question, evidence, versions)

    def _answered(self, question: Question, draft: AnswerDraft) -> Answer:
        pairs = draft.cited()
        cited = tuple(citation for citation, _ in pairs)
        supports = [support_of(sentence) for _, sentence in pairs]
        return self._finished(
            question,
            draft,
            verdict="answered",
            text="\n".join(f"{s.text} {''.join(f'[{n}]' for n in s.citations)}" for s in draft.sentences),
            citations=cited,
            origins=count_origins(self._store, cited),
            conflicts=disagreements(cited, supports),
        )

    def _refused(
        self, question: Question, closest: Sequence[Citation], answerability: Answerability, draft: AnswerDraft
    ) -> Answer:
        if draft.kind == "small_talk" and is_judged(question.text):
            return self._finished(question, draft, verdict="not_in_corpus", text=SMALL_TALK)
        unmentioned = self._store.articles.unmentioned(answerability.missing[:MAX_WORDS_LOOKED_UP])[:MAX_WORDS_NAMED]
        named = ", ".join(f"“{word}”" for word in unmentioned)
        missing = f" No article mentions {named}." if named else ""
        missing += self._unknown_outlet(question.filters.outlet)
        if undated := self._store.articles.count_undated_left_out(question.filters):
            missing += f" {undated} undated article{'s were' if undated > 1 else ' was'} left out."
        language = "" if is_judged(question.text) else f" {NOT_JUDGED}"
        nearest = " The closest passages are shown as such; they do not answer it." if closest else ""
        return self._finished(
            question,
            draft,
            verdict="not_in_corpus",
            text=f"{REFUSAL}{missing}{language}{nearest}",
            closest=tuple(closest),
        )

    def _unknown_outlet(self, outlet: str | None) -> str:
        """Return a sentence that names the outlets there are, when no article is from the one that was asked for."""
        known = sorted(self._store.articles.outlets(), key=str.casefold)
        if outlet is None or outlet.casefold() in map(str.casefold, known):
            return ""
        more = f" and {len(known) - MAX_OUTLETS_NAMED} more" if len(known) > MAX_OUTLETS_NAMED else ""
        named = ", ".join(f"“{name}”" for name in known[:MAX_OUTLETS_NAMED])
        return f" No article is from “{outlet}”; " + (f"the outlets are {named}{more}." if known else "none is known.")

    def _finished(
        self,
        question: Question,
        draft: AnswerDraft,
        *,
        verdict: Literal["answered", "not_in_corpus"],
        text: str,
        citations: tuple[Citation, ...] = (),
        closest: tuple[Citation, ...] = (),
        origins: Origins | None = None,
        conflicts: tuple[Disagreement, ...] = (),
    ) -> Answer:
        receipt = self._receipts.write(
            question,
            revision=self._store.revision(),
            engine=self._generator.engine if draft.replies else None,
            prompts=draft.prompts,
            replies=draft.replies,
        )
        return Answer(
            question=question.text,
            verdict=verdict,
            kind=draft.kind,
            short=draft.short,
            text=text,
            sentences=tuple(draft.sentences),
            citations=citations,
            withheld=tuple(draft.withheld),
            closest=closest,
            origins=origins,
            disagreements=conflicts,
            undated_left_out=self._store.articles.count_undated_left_out(question.filters),
            receipt=receipt,
            trace=draft.trace.stages,
        )


def capable_composer(
    generator: TextGenerator,
    queue: RequestQueue,
    settings: Settings,
    entailment: EntailmentModel | None,
    steps: Steps = STEPS,
) -> PassageComposer:
    """Return the composer of a generator that writes from passages."""
    return PassageComposer(
        generator,
        queue,
        settings,
        ClaimGate(entailment),
        steps.load_prompt,
        steps.cite,
        lambda sentence: steps.antecedent_context(sentence, None),
        steps.render_quotation,
    )


def _numbered(citations: Iterable[Citation]) -> tuple[Citation, ...]:
    return tuple(each.model_copy(update={"number": number}) for number, each in enumerate(citations, start=1))
