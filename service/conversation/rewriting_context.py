"""Context for query rewriting: the previous turns of a kept conversation, or of a chat that the client keeps."""

import re
import uuid
from collections.abc import Sequence

from index.errors import NotFound
from index.store.store import DocumentStore
from index.types import Turn
from service.answering.replay import kept_answer
from service.answering.types import NEW_CONVERSATION, Answer, Question
from service.conversation.query_rewriting import rewrite
from service.conversation.types import PreviousTurn
from service.generation.types import Message

MAX_PREVIOUS_TURNS = 6
"""Turns that a follow-up may refer to."""
QUOTATION = re.compile(r"“([^“”]{1,2000})”")


def rewrite_in_conversation(question: Question, store: DocumentStore) -> Question:
    """The question with `asked` set to its rewriting from its kept conversation, when that changes it.

    A question of a new conversation gets the id of one; a question outside of any comes back as it is.
    """
    if question.conversation is None:
        return question
    if question.conversation == NEW_CONVERSATION:
        return question.model_copy(update={"conversation": uuid.uuid4().hex})
    turns = store.history.turns(question.conversation, MAX_PREVIOUS_TURNS)
    if turns and turns[-1].question == question.text:  # asked again, as in another style: not a follow-up to itself
        asked = turns[-1].asked
    else:
        asked = rewrite(question.text, [_previous_turn(turn, store) for turn in turns])
    return question if asked == question.text else question.model_copy(update={"asked": asked})


def rewrite_last_message(messages: Sequence[Message]) -> str | None:
    """The last message of a chat, rewritten from those before it; None when it is self-contained."""
    question = messages[-1].content
    turns: list[PreviousTurn] = []
    for message in messages[:-1]:
        if message.role == "user":
            turns.append(PreviousTurn(question=message.content))
        elif message.role == "assistant" and turns:
            quotes = tuple(QUOTATION.findall(message.content))
            turns[-1] = PreviousTurn(question=turns[-1].question, quotes=quotes)
    previous: list[PreviousTurn] = []
    for turn in turns[-MAX_PREVIOUS_TURNS:]:
        previous.append(turn.model_copy(update={"question": rewrite(turn.question, previous)}))
    asked = rewrite(question, previous)
    return None if asked == question else asked


def with_original_question(answer: Answer, question: Question) -> Answer:
    """The answer under the question as the reader put it, with the rewritten one beside it."""
    receipt = answer.receipt.model_copy(update={"asked": question.asked})
    original = {"question": question.text, "conversation": question.conversation, "asked": question.asked}
    return answer.model_copy(update={**original, "receipt": receipt})


def _previous_turn(turn: Turn, store: DocumentStore) -> PreviousTurn:
    try:
        cited = kept_answer(store, turn.receipt).citations
    except NotFound:
        cited = ()
    return PreviousTurn(question=turn.asked, quotes=tuple(citation.quote for citation in cited))
