"""Passage composition: a capable model writes prose or points from passages; the gate accepts each sentence."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

from index.errors import PromptTooLong
from index.search.scored_sentence import ScoredSentence
from index.types import Span
from prompts import Prompt
from service.answering.answer_draft import AnswerDraft, Offer
from service.answering.claim_gate import Acceptance, ClaimGate
from service.answering.evidence_passages import EvidencePassage, evidence_budget, evidence_passages, listed
from service.answering.types import (
    Antecedent,
    Citation,
    Event,
    EvidenceFound,
    Queued,
    Sentence,
    SentenceAccepted,
    SentenceWithheld,
    Withheld,
)
from service.answering.written_sentences import SentenceReader, WrittenSentence, written_sentences
from service.generation.request_queue import RequestQueue
from service.generation.types import Limits, Message, TextGenerator
from service.language.quotations import plain
from service.runtime.read_ahead import read_ahead
from service.runtime.request_context import current_request
from service.runtime.settings import Settings

ABSTENTION = "NONE"
"""What the prompts ask for when the evidence does not answer."""
FURTHER_PROMPT = "write_again"
DEADLINE_SECONDS = 300.0
"""Seconds for one reply: a model of four billion weights reads 2,000 tokens in a minute on a few cores."""
REWRITE_TOKENS = 96
MAX_REWRITTEN = 4
"""Number of sentences of an answer that are written again after the gate rejected them."""
MAX_QUOTED_INSTEAD = 3
MAX_SHRINKINGS = 3
"""How often the evidence is halved when the prompt does not fit the model's context."""


@dataclass(frozen=True)
class WritingTask:
    """Writing task: the prompt and the most reply tokens for one kind of question."""

    prompt: str
    reply_tokens: int


FACT = WritingTask("write_fact", 160)
REASON = WritingTask("write_reason", 320)
EVENTS = WritingTask("write_events", 400)
TASKS: dict[str, WritingTask] = {
    "fact": FACT,
    "why": REASON,
    "how": REASON,
    "what_happened": EVENTS,
    "latest": EVENTS,
    "summary": WritingTask("write_summary", 480),
    "comparison": WritingTask("write_comparison", 480),
    "several": WritingTask("write_several", 320),
}
"""Writing task of each kind of question; any other kind is written as a fact."""


@dataclass(frozen=True)
class Assignment:
    """Assignment: the messages of one answer and the numbered sentences that they show."""

    messages: tuple[Message, ...]
    sentences: tuple[ScoredSentence, ...]
    citations: tuple[Citation, ...]
    """One for each sentence, numbered as in the prompt."""


@dataclass(frozen=True)
class Judged:
    """Judged sentence: what the model wrote, the evidence that it named, and what the gate says."""

    written: WrittenSentence
    named: tuple[ScoredSentence, ...]
    acceptance: Acceptance


class PassageComposer:
    """Passage composer: streams the sentences that the gate accepts; a rejected one is rewritten once, or quoted."""

    def __init__(
        self,
        generator: TextGenerator,
        queue: RequestQueue,
        settings: Settings,
        gate: ClaimGate,
        load_prompt: Callable[[str], Prompt],
        cite: Callable[[Sequence[ScoredSentence]], tuple[Citation, ...]],
        antecedent_context: Callable[[ScoredSentence], Antecedent | None],
        render_quotation: Callable[[Citation, Span | None, Antecedent | None], str],
    ) -> None:
        self._generator = generator
        self._queue = queue
        self._settings = settings
        self._gate = gate
        self._load_prompt = load_prompt
        self._cite = cite
        self._antecedent_context = antecedent_context
        self._render_quotation = render_quotation

    def compose(
        self, question: str, kind: str, ranked: Sequence[ScoredSentence], offer: Offer, draft: AnswerDraft
    ) -> Iterator[Event]:
        """Yield queue positions, then each sentence as soon as it is accepted; what was withheld follows.

        It is produced in a thread of its own, so that a slow reader does not keep the engine from other requests.

        Args:
            kind: kind of question, a key of `TASKS`.
            ranked: evidence sentences, best first.
            offer: the sentences that the answer may cite; those that it cites are added, with an evidence event.
        """
        task = TASKS.get(kind, FACT)
        return read_ahead(lambda: self._queued(lambda: self._composed(question, task, ranked, offer, draft), draft))

    def write(self, question: str, kind: str, passages: Sequence[EvidencePassage], draft: AnswerDraft) -> Offer:
        """Write an answer from given passages into `draft`, without the queue; returns what it cites.

        Raises:
            PromptTooLong: the passages do not fit the model's context.
        """
        task, offer = TASKS.get(kind, FACT), Offer((), ())
        for _ in self._answered(self._assignment(question, task, passages), task, offer, draft):
            pass
        return offer

    def _queued(self, make: Callable[[], Iterator[Event]], draft: AnswerDraft) -> Iterator[Event]:
        with self._queue.enter(current_request()) as ticket:
            with draft.trace.stage("queue"):
                for position in ticket.positions(self._settings.patience):
                    yield Queued(position=position)
            yield from make()

    def _composed(
        self, question: str, task: WritingTask, ranked: Sequence[ScoredSentence], offer: Offer, draft: AnswerDraft
    ) -> Iterator[Event]:
        tokens = evidence_budget(self._generator.engine.context_tokens, task.reply_tokens)
        for _ in range(MAX_SHRINKINGS):
            assignment = self._assignment(question, task, evidence_passages(ranked, tokens))
            try:
                yield from self._answered(assignment, task, offer, draft)
            except PromptTooLong as error:
                tokens, reason = tokens // 2, str(error)
            else:
                return
        yield _withheld("(nothing was written)", reason, draft)

    def _assignment(self, question: str, task: WritingTask, passages: Sequence[EvidencePassage]) -> Assignment:
        sentences = tuple(each for passage in passages for each in passage.sentences)
        citations = tuple(
            each.model_copy(update={"number": number}) for number, each in enumerate(self._cite(sentences), start=1)
        )
        turns = self._load_prompt(task.prompt).render(evidence=listed(passages, citations), question=question)
        return Assignment(tuple(Message(role=role, content=text) for role, text in turns), sentences, citations)

    def _answered(self, assignment: Assignment, task: WritingTask, offer: Offer, draft: AnswerDraft) -> Iterator[Event]:
        """Yield accepted sentences while the model writes; from the first rejected one on, they wait for the end."""
        waiting, previous = list[Judged](), ""
        reply = list[str]()
        draft.prompts.append(self._load_prompt(task.prompt))
        for written in self._stream(assignment.messages, task.reply_tokens, reply, draft):
            judged = self._judged(written, assignment, draft, previous)
            previous = judged.acceptance.text or written.text
            if waiting or not judged.acceptance.accepted:
                waiting.append(judged)
            else:
                yield from self._shown(judged.acceptance.text, judged.acceptance.evidence, assignment, offer, draft)
        whole = "".join(reply)
        draft.replies.append(whole)
        if not draft.sentences and _abstains(whole):
            draft.abstained = True
            return
        yield from self._rewritten(waiting, whole, assignment, offer, draft)

    def _stream(
        self, messages: Sequence[Message], tokens: int, reply: list[str], draft: AnswerDraft
    ) -> Iterator[WrittenSentence]:
        """Yield each sentence as it is complete; if the request is cancelled, the engine is free within a token."""
        request, reader = current_request(), SentenceReader()
        limits = Limits(max_tokens=tokens, seed=self._settings.seed, deadline=DEADLINE_SECONDS)
        with draft.trace.stage("write") as details:
            with closing(self._generator.stream(messages, limits)) as stream:
                for piece in stream:
                    reply.append(piece)
                    request.raise_if_cancelled()
                    yield from reader.feed(piece)
            yield from reader.flush()
            details["characters"] = sum(map(len, reply))

    def _judged(
        self, written: WrittenSentence, assignment: Assignment, draft: AnswerDraft, previous: str = ""
    ) -> Judged:
        named = tuple(assignment.sentences[n - 1] for n in written.numbers if 1 <= n <= len(assignment.sentences))
        with draft.trace.stage("gate") as details:
            acceptance = self._gate.accept(written.text, named, assignment.sentences, previous)
            details["verdict"] = "accepted" if acceptance.accepted else "withheld"
        return Judged(written, named, acceptance)

    def _rewritten(
        self, waiting: Iterable[Judged], reply: str, assignment: Assignment, offer: Offer, draft: AnswerDraft
    ) -> Iterator[Event]:
        """Yield the waiting sentences in their order: accepted, written again, quoted in their place, or withheld."""
        rewrites, quoted = MAX_REWRITTEN, MAX_QUOTED_INSTEAD
        for judged in waiting:
            if judged.acceptance.accepted:
                yield from self._shown(judged.acceptance.text, judged.acceptance.evidence, assignment, offer, draft)
                continue
            if _abstains(judged.written.text):
                continue
            yield _withheld(judged.written.text, judged.acceptance.reason, draft)
            again = self._again(judged, reply, assignment, draft) if rewrites and judged.written.numbers else None
            rewrites -= 1 if rewrites else 0
            if again is not None:
                yield from self._shown(again.acceptance.text, again.acceptance.evidence, assignment, offer, draft)
            elif quoted and (source := self._to_quote(judged, offer, draft)):
                quoted -= 1
                yield from self._shown(source.text, (source,), assignment, offer, draft)

    def _again(self, judged: Judged, reply: str, assignment: Assignment, draft: AnswerDraft) -> Judged | None:
        """Let the model write a rejected sentence again from the gate's reason; None if that is rejected too."""
        prompt = self._load_prompt(FURTHER_PROMPT)
        turns = prompt.render(sentence=judged.written.text, reason=judged.acceptance.reason)
        # The same messages first: an engine that keeps its state reads only the new ones.
        messages = [*assignment.messages, Message(role="assistant", content=reply)]
        messages += [Message(role=role, content=text) for role, text in turns]
        pieces = list[str]()
        try:
            for _ in self._stream(messages, REWRITE_TOKENS, pieces, draft):
                pass
        except PromptTooLong:
            return None
        draft.prompts.append(prompt)
        draft.replies.append("".join(pieces))
        found = [each for line in draft.replies[-1].split("\n") for each in written_sentences(line)]
        if not found or _abstains(found[0].text):
            return None
        again = self._judged(found[0], assignment, draft)
        if not again.acceptance.accepted or any(plain(each.text) == plain(found[0].text) for each in draft.sentences):
            return None
        return again

    def _to_quote(self, judged: Judged, offer: Offer, draft: AnswerDraft) -> ScoredSentence | None:
        """Return the sentence that a rejected one is nearest to, if the answer does not cite it already."""
        cited = {offer.sentences[n - 1].location for each in draft.sentences for n in each.citations}
        nearest = [each for each in judged.acceptance.evidence if each in judged.named]
        return next((each for each in nearest if each.location not in cited), None)

    def _shown(
        self, text: str, evidence: Sequence[ScoredSentence], assignment: Assignment, offer: Offer, draft: AnswerDraft
    ) -> Iterator[Event]:
        known = len(offer.citations)
        given = {s.location: c for s, c in zip(assignment.sentences, assignment.citations, strict=True)}
        numbers = tuple(offer.number(each, given[each.location]) for each in evidence)
        if len(offer.citations) > known:
            yield EvidenceFound(citations=tuple(offer.citations), final=True)
        # A sentence that copies its evidence is rendered as a quotation: its speaker may be outside the sentence.
        copied = [n for n in numbers if plain(text) == plain(offer.citations[n - 1].quote)]
        antecedent = self._antecedent_context(offer.sentences[copied[0] - 1]) if copied else None
        sentence = Sentence(
            text=self._render_quotation(offer.citations[copied[0] - 1], None, antecedent) if copied else text,
            citations=tuple(copied[:1]) or numbers,
            style="quote" if copied else "compose",
            introduction=antecedent,
        )
        draft.sentences.append(sentence)
        yield SentenceAccepted(sentence=sentence)


def _abstains(text: str) -> bool:
    return text.strip(" .*\"'`\n").upper() == ABSTENTION


def _withheld(text: str, reason: str, draft: AnswerDraft) -> SentenceWithheld:
    draft.withheld.append(Withheld(text=text, reason=reason))
    return SentenceWithheld(withheld=draft.withheld[-1])
