"""Composition: the language model writes one sentence from numbered evidence; the gate accepts or withholds it."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing

from index.errors import PromptTooLong
from index.search.scored_sentence import ScoredSentence
from index.types import Span
from prompts import Prompt
from service.answering.answer_draft import AnswerDraft
from service.answering.types import (
    Antecedent,
    Citation,
    Event,
    Queued,
    Sentence,
    SentenceAccepted,
    SentenceWithheld,
    Withheld,
)
from service.generation.request_queue import RequestQueue
from service.generation.types import Limits, Message, TextGenerator
from service.grounding import check, support_of
from service.language.clauses import has_main_verb
from service.language.quotations import plain
from service.runtime.request_context import current_request
from service.runtime.settings import Settings

LATER_DRAFT_TEMPERATURE = 0.7
"""Temperature of every draft after the first: the first is decoded greedily, later ones must differ from it."""
MAX_TOKENS = 96
"""Token limit of one draft."""
CITATION_MARK = re.compile(r"\s*\[\d*\]?")
SENTENCE_END = re.compile(r"[.!?…][\"'”’)\]]*$")


class SentenceComposer:
    """Sentence composer: lets the language model write drafts until the gate accepts one."""

    def __init__(
        self,
        generator: TextGenerator,
        queue: RequestQueue,
        settings: Settings,
        prompt: Prompt,
        antecedent_context: Callable[[ScoredSentence], Antecedent | None],
        render_quotation: Callable[[Citation, Span | None, Antecedent | None], str],
    ) -> None:
        self._generator = generator
        self._queue = queue
        self._settings = settings
        self._prompt = prompt
        self._antecedent_context = antecedent_context
        self._render_quotation = render_quotation

    def compose(
        self, question: str, evidence: Sequence[ScoredSentence], citations: Sequence[Citation], draft: AnswerDraft
    ) -> Iterator[Event]:
        """Yield queue positions, then each draft as withheld or accepted; the settings limit the number of drafts.

        No draft is yielded before the engine is released: a slow reader would block all other requests.
        """
        offered = citations[: len(evidence)]
        events: list[Event] = []
        with self._queue.enter(current_request()) as ticket:
            with draft.trace.stage("queue"):
                for position in ticket.positions(self._settings.patience):
                    yield Queued(position=position)
            try:
                for attempt in range(self._settings.drafts):
                    events.append(self._composed(question, evidence, offered, draft, attempt))
                    if draft.sentences:
                        break
            except PromptTooLong as error:
                draft.withheld.append(Withheld(text="(nothing was written)", reason=str(error)))
                events.append(SentenceWithheld(withheld=draft.withheld[-1]))
        yield from events

    def _composed(
        self,
        question: str,
        evidence: Sequence[ScoredSentence],
        offered: Sequence[Citation],
        draft: AnswerDraft,
        attempt: int,
    ) -> Event:
        """Let the engine choose one evidence sentence by number and write a sentence from it."""
        draft.prompts.append(self._prompt)
        listed = "\n".join(f"[{c.number}] {_evidence_line(c)}" for c in offered)
        turns = self._prompt.render(evidence=listed, question=question)
        messages = [Message(role=role, content=content) for role, content in turns]
        options = [str(citation.number) for citation in offered]
        with draft.trace.stage("choose") as details:
            named = self._generator.choose(messages, options, prefill="[").option
            details["evidence"] = int(named)
        prefill = f"[{named}]"
        limits = Limits(
            max_tokens=MAX_TOKENS,
            seed=self._settings.seed + attempt,
            stop=("\n",),
            temperature=0.0 if attempt == 0 else LATER_DRAFT_TEMPERATURE,
        )
        with draft.trace.stage("write") as details:
            written = self._written(messages, limits, prefill)
            details["characters"] = len(written)
        draft.replies.append(prefill + written)
        chosen = int(named) - 1
        return self._gated(CITATION_MARK.sub("", written).strip(), evidence[chosen], offered[chosen], draft)

    def _written(self, messages: Sequence[Message], limits: Limits, prefill: str) -> str:
        """Return what the engine writes; if the request is cancelled, the engine is free within a token."""
        request, pieces = current_request(), list[str]()
        with closing(self._generator.stream(messages, limits, prefill=prefill)) as stream:
            for piece in stream:
                pieces.append(piece)
                request.raise_if_cancelled()
        return "".join(pieces)

    def _gated(self, claim: str, evidence: ScoredSentence, citation: Citation, draft: AnswerDraft) -> Event:
        with draft.trace.stage("gate") as details:
            if SENTENCE_END.search(claim) and has_main_verb(claim):
                finding = check(claim, [support_of(evidence)])
                accepted, reason = finding.accepted, finding.detail
            else:
                accepted, reason = False, "it is not a whole sentence"
            details["verdict"] = "accepted" if accepted else "withheld"
        if not accepted:
            draft.withheld.append(Withheld(text=claim, reason=reason))
            return SentenceWithheld(withheld=draft.withheld[-1])
        # A draft that copies its evidence is rendered as a quotation, because its speaker may be outside the sentence.
        copied = plain(claim) == plain(citation.quote)
        antecedent = self._antecedent_context(evidence)
        sentence = Sentence(
            text=self._render_quotation(citation, None, antecedent) if copied else claim,
            citations=(citation.number,),
            style="quote" if copied else "compose",
            introduction=antecedent,
        )
        draft.sentences.append(sentence)
        return SentenceAccepted(sentence=sentence)


def _evidence_line(citation: Citation) -> str:
    speaker = f" ({citation.attribution})" if citation.attribution else ""
    return " ".join(f"{citation.quote}{speaker}".split())
