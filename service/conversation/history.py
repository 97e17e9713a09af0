"""Talks: what was asked and answered so far, so that a follow-up can be understood."""

import uuid

from index.errors import NotFound
from index.store.store import DocumentStore
from index.types import Turn
from service.answering.replay import kept_answer
from service.answering.types import NEW_TALK, Answer, Question
from service.conversation.query_rewriting import Said, follow

REMEMBERED = 6
"""Turns that a follow-up may refer to: what was said before them is no longer in anybody's mind."""


class ConversationHistory:
    """The talks that a ledger keeps."""

    def __init__(self, store: DocumentStore) -> None:
        self._store = store

    def understood(self, question: Question) -> Question:
        """The question with what it asks in its talk; outside of one it is left as it is."""
        if question.conversation is None:
            return question
        if question.conversation == NEW_TALK:
            return question.model_copy(update={"conversation": uuid.uuid4().hex})
        turns = self._store.turns(question.conversation, REMEMBERED)
        if turns and turns[-1].question == question.text:  # put again, as in another style: it means what it meant
            asked = turns[-1].asked
        else:
            asked = follow(question.text, [self._said(turn) for turn in turns])
        return question if asked == question.text else question.model_copy(update={"asked": asked})

    def keep(self, answer: Answer) -> None:
        """Keep an answer under its receipt and, if it has a talk, as the last turn of that: both, or neither."""
        turn = Turn(
            question=answer.question,
            asked=answer.asked or answer.question,
            receipt=answer.receipt.id,
            created_at=answer.receipt.created_at,
        )
        self._store.keep_answer(answer.receipt.id, answer.model_dump_json(), answer.conversation, turn)

    def _said(self, turn: Turn) -> Said:
        try:
            cited = kept_answer(self._store, turn.receipt).citations
        except NotFound:
            cited = ()
        return Said(asked=turn.asked, quotes=tuple(citation.quote for citation in cited))


def as_put(question: Question, answer: Answer) -> Answer:
    """The answer under the question that the reader put, with the one that was answered beside it."""
    receipt = answer.receipt.model_copy(update={"asked": question.asked})
    told = {"question": question.text, "conversation": question.conversation, "asked": question.asked}
    return answer.model_copy(update={**told, "receipt": receipt})
