"""One question to one answer: evidence first, then words, then the gate."""

import re
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from typing import Literal

from index.errors import EmptyCollection, InputError, PromptTooLong
from index.scheduling import InferenceScheduler
from index.search.article_cache import ArticleCache
from index.search.reranking import EvidenceFinder, reranker_input
from index.search.retrieval import Retriever
from index.search.scored_sentence import ScoredSentence
from index.store.store import DocumentStore
from index.types import Filters
from index.words import words
from prompts import Prompt, load
from service.answering.answerability import Answerability, judge
from service.answering.citations import antecedent_context, cite, quoted
from service.answering.clipping import trimmed
from service.answering.conflicts import disagreements
from service.answering.origins import count_origins
from service.answering.query import asking, asks_several, closely
from service.answering.receipts import ReceiptWriter
from service.answering.types import (
    Answer,
    Citation,
    Disagreement,
    Done,
    Event,
    EvidenceFound,
    Origins,
    Question,
    Queued,
    Sentence,
    SentenceAccepted,
    SentenceWithheld,
    Style,
    Withheld,
)
from service.generation.request_queue import RequestQueue
from service.generation.types import Limits, Message, TextGenerator
from service.grounding import check, support_of
from service.language.attribution_clauses import is_statement
from service.language.quotations import plain
from service.runtime.request_context import current_request
from service.runtime.settings import MAX_QUESTION, Settings
from service.runtime.tracing import Trace

OFFERED = 3
"""Evidence sentences the model sees: on a CPU the prompt is the cost."""
LATER_DRAFTS = 0.7
"""Temperature of every draft after the first: the first is the model's best guess, the others must differ."""
SHOWN, AS_LIKELY = 4, 0.2
"""Quotations shown at most, and how likely a further one must be to answer, as a share of the first one's chance."""
SHOWN_OF_SEVERAL, AS_LIKELY_OF_SEVERAL = 5, 0.1
"""The same when the question asks for several things."""
MARK = re.compile(r"\s*\[\d*\]?")
ENDED = re.compile(r"[.!?…][\"'”’)\]]*$")


class Draft:
    """What has been written so far for one question."""

    def __init__(self) -> None:
        self.sentences: list[Sentence] = []
        self.withheld: list[Withheld] = []
        self.replies: list[str] = []
        self.prompts: list[Prompt] = []
        self.trace = Trace()


class Answerer:
    """Answers questions from one collection; calls do not influence each other."""

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
    ) -> None:
        """Args:
        composes: whether this engine has shown on the evals that it can write; if not, `auto` quotes.
        queue: where requests wait for the engine; one of its own unless told.
        scheduler: puts retrieval before reranking; one of its own unless given.
        """
        self._scheduler = scheduler or InferenceScheduler()
        self._queue = queue or RequestQueue()
        self._store = store
        self._retriever = retriever
        self._finder = finder
        self._generator = generator
        self._receipts = receipts
        self._settings = settings
        self._composes = composes
        self._compose = load("compose")

    def answer(self, question: Question) -> Generator[Event, None, None]:
        """What is about to be read, the evidence in it, each sentence as the gate decides, then the whole answer.

        Raises:
            InputError: the question is empty or too long.
            EmptyCollection: there is nothing to ask.
            EngineBusy: the engine would have to write, and as many wait for it as may.
        """
        self._validate(question.text)
        if self._writes(question.style):
            self._queue.check()
        draft = Draft()
        asked, trace = asking(question.text), draft.trace
        # Not held while an event is told: a reader who is slow to take it would keep all others waiting.
        with self._scheduler.retrieval():
            promising = self._promising(asked, question.filters, trace)
            found = cite(promising)
        if found:
            yield EvidenceFound(passages=found)
        with trace.stage("read") as details:
            evidence = self._finder.rerank(asked, promising)
            details["sentences"] = len(evidence)
        with trace.stage("judge") as details:
            judgement = judge(asked, evidence, self._store)
            details["answerable"] = judgement.answerable
        shown = _enough(asked, evidence)
        cited_as = {each.location: citation for each, citation in zip(promising, found, strict=True)}
        citations = _numbered(cited_as[each.location] for each in evidence[: max(OFFERED, shown)])
        if judgement.answerable:
            yield EvidenceFound(citations=citations, final=True)
            if self._writes(question.style):
                yield from self._composed_if_accepted(question, evidence[:OFFERED], citations, draft)
            if not draft.sentences:
                yield from self._quotations(asked, evidence[:shown], citations, draft)
            yield Done(answer=self._answered(question, evidence, citations, draft))
        else:
            yield Done(answer=self._refused(question, citations[:OFFERED], judgement, draft))

    def _promising(self, asked: str, filters: Filters, trace: Trace) -> list[ScoredSentence]:
        """What a reader waits for first: the sentences to be read closely, as cheap signals rank them."""
        with trace.stage("embed"):
            vector = self._retriever.vector(asked)
        with trace.stage("search") as details:
            articles = ArticleCache(self._store)
            passages = self._retriever.deduplicated_passages(asked, vector, self._settings.passages, filters, articles)
            details["passages"] = len(passages)
        with trace.stage("evidence") as details:
            found = self._finder.first_stage(asked, vector, passages, closely(asked), articles)
            details["sentences"] = len(found)
        return found

    def _validate(self, text: str) -> None:
        if not words(text):
            raise InputError("the question is empty; ask something in words")
        if len(text) > MAX_QUESTION:
            raise InputError(f"the question has {len(text):,} characters; ask in at most {MAX_QUESTION:,}")
        if not self._store.articles.count():
            raise EmptyCollection("the collection is empty; add articles with `footnote ingest PATH`")

    def _writes(self, style: Style) -> bool:
        return style == "compose" or (style == "auto" and self._composes)

    def _composed_if_accepted(
        self, question: Question, evidence: Sequence[ScoredSentence], citations: Sequence[Citation], draft: Draft
    ) -> Iterator[Event]:
        """Drafts until the gate accepts one, as many as the settings allow; what it withheld is told.

        Nothing is told while the engine is held: a reader who is slow to take it would keep all others waiting.
        """
        offered = citations[: len(evidence)]
        told: list[Event] = []
        with self._queue.enter(current_request()) as ticket:
            with draft.trace.stage("queue"):
                for position in ticket.positions(self._settings.patience):
                    yield Queued(position=position)
            try:
                for attempt in range(self._settings.drafts):
                    told.append(self._composed(question, evidence, offered, draft, attempt))
                    if draft.sentences:
                        break
            except PromptTooLong as error:
                draft.withheld.append(Withheld(text="(nothing was written)", reason=str(error)))
                told.append(SentenceWithheld(withheld=draft.withheld[-1]))
        yield from told

    def _quotations(
        self, question: str, evidence: Sequence[ScoredSentence], citations: Sequence[Citation], draft: Draft
    ) -> Iterator[Event]:
        for found, citation in zip(evidence, citations, strict=False):
            with draft.trace.stage("quote"):
                kept = trimmed(question, citation.quote, support_of(found), self._odds(question, found))
                needed = antecedent_context(found, kept)
            text = quoted(citation, kept, needed)
            sentence = Sentence(text=text, citations=(citation.number,), style="quote", introduction=needed)
            draft.sentences.append(sentence)
            yield SentenceAccepted(sentence=sentence)

    def _odds(self, question: str, evidence: ScoredSentence) -> Callable[[Sequence[str]], Sequence[float]]:
        """How well shortened versions of a sentence answer, read like the sentence itself."""
        return lambda versions: self._finder.reranker(question, [reranker_input(evidence, each) for each in versions])

    def _composed(
        self,
        question: Question,
        evidence: Sequence[ScoredSentence],
        offered: Sequence[Citation],
        draft: Draft,
        attempt: int,
    ) -> Event:
        """One sentence on the evidence that the engine names by number; the gate decides whether it is shown."""
        draft.prompts.append(self._compose)
        listed = "\n".join(f"[{c.number}] {_evidence_text(c)}" for c in offered)
        turns = self._compose.render(evidence=listed, question=question.text)
        messages = [Message(role=role, content=content) for role, content in turns]
        options = [str(citation.number) for citation in offered]
        with draft.trace.stage("choose") as details:
            named = self._generator.choose(messages, options, prefill="[").option
            details["evidence"] = int(named)
        prefill = f"[{named}]"
        warmth = 0.0 if attempt == 0 else LATER_DRAFTS
        limits = Limits(max_tokens=96, seed=self._settings.seed + attempt, stop=("\n",), temperature=warmth)
        with draft.trace.stage("write") as details:
            written = self._written(messages, limits, prefill)
            details["characters"] = len(written)
        draft.replies.append(prefill + written)
        chosen = int(named) - 1
        return self._judged(MARK.sub("", written).strip(), evidence[chosen], offered[chosen], draft)

    def _written(self, messages: Sequence[Message], limits: Limits, prefill: str) -> str:
        """What the engine writes; it is free again within a token when nobody waits for it."""
        caller, pieces = current_request(), list[str]()
        with closing(self._generator.stream(messages, limits, prefill=prefill)) as stream:
            for piece in stream:
                pieces.append(piece)
                caller.raise_if_cancelled()
        return "".join(pieces)

    def _judged(self, claim: str, sentence: ScoredSentence, citation: Citation, draft: Draft) -> Event:
        with draft.trace.stage("gate") as details:
            if ENDED.search(claim) and is_statement(claim):
                finding = check(claim, [support_of(sentence)])
                accepted, reason = finding.accepted, finding.detail
            else:
                accepted, reason = False, "it is not a whole sentence"
            details["verdict"] = "accepted" if accepted else "withheld"
        if not accepted:
            draft.withheld.append(Withheld(text=claim, reason=reason))
            return SentenceWithheld(withheld=draft.withheld[-1])
        # The article's own sentence is a quotation: its speaker may stand outside it, and goes with it.
        copied = plain(claim) == plain(citation.quote)
        needed = antecedent_context(sentence)
        accepted_sentence = Sentence(
            text=quoted(citation, None, needed) if copied else claim,
            citations=(citation.number,),
            style="quote" if copied else "compose",
            introduction=needed,
        )
        draft.sentences.append(accepted_sentence)
        return SentenceAccepted(sentence=draft.sentences[-1])

    def _answered(
        self, question: Question, evidence: Sequence[ScoredSentence], offered: Sequence[Citation], draft: Draft
    ) -> Answer:
        numbers = {number for sentence in draft.sentences for number in sentence.citations}
        cited = tuple(citation for citation in offered if citation.number in numbers)
        supports = [support_of(evidence[citation.number - 1]) for citation in cited]
        return self._done(
            question,
            draft,
            verdict="answered",
            text="\n".join(f"{s.text} {''.join(f'[{n}]' for n in s.citations)}" for s in draft.sentences),
            citations=cited,
            origins=count_origins(self._store, cited),
            disagreed=disagreements(cited, supports),
        )

    def _refused(
        self, question: Question, closest: Sequence[Citation], judgement: Answerability, draft: Draft
    ) -> Answer:
        named = ", ".join(f"“{word}”" for word in judgement.missing[:5])
        missing = f" No article mentions {named}." if named else ""
        nearest = " The closest passages are shown as such; they do not answer it." if closest else ""
        return self._done(
            question,
            draft,
            verdict="not_in_corpus",
            text=f"This collection does not answer the question.{missing}{nearest}",
            closest=tuple(closest),
        )

    def _done(
        self,
        question: Question,
        draft: Draft,
        *,
        verdict: Literal["answered", "not_in_corpus"],
        text: str,
        citations: tuple[Citation, ...] = (),
        closest: tuple[Citation, ...] = (),
        origins: Origins | None = None,
        disagreed: tuple[Disagreement, ...] = (),
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
            text=text,
            sentences=tuple(draft.sentences),
            citations=citations,
            withheld=tuple(draft.withheld),
            closest=closest,
            origins=origins,
            disagreements=disagreed,
            receipt=receipt,
            trace=draft.trace.stages,
        )


def _enough(question: str, evidence: Sequence[ScoredSentence]) -> int:
    """How many of the best sentences are shown: those about as likely to answer as the first."""
    most, share = (SHOWN_OF_SEVERAL, AS_LIKELY_OF_SEVERAL) if asks_several(question) else (SHOWN, AS_LIKELY)
    return sum(found.probability >= share * evidence[0].probability for found in evidence[:most])


def _numbered(citations: Iterable[Citation]) -> tuple[Citation, ...]:
    return tuple(each.model_copy(update={"number": number}) for number, each in enumerate(citations, start=1))


def _evidence_text(citation: Citation) -> str:
    said = f" ({citation.attribution})" if citation.attribution else ""
    return " ".join(f"{citation.quote}{said}".split())
