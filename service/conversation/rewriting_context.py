"""Context for query rewriting: the previous turns of a stored conversation, or of a chat that the client keeps."""

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
"""Maximum number of previous turns that a follow-up may refer to."""
QUOTATION = re.compile(r"“([^“”]{1,2000})”")
SHORT_LINE = re.compile(r"([^\n“”]{1,150}[^\n“”.!?]) \[\d+\]\n\n")
"""Short answer as the opening line of an answer's text."""


def rewrite_in_conversation(question: Question, store: DocumentStore) -> Question:
    """Set `asked` to the question rewritten from its stored conversation, if the rewriting changes it.

    A question that starts a conversation gets a new conversation id; one outside any conversation is unchanged.
    """
    if question.conversation is None:
        return question
    if question.conversation == NEW_CONVERSATION:
        return question.model_copy(update={"conversation": uuid.uuid4().hex})
    turns = store.history.turns(question.conversation, MAX_PREVIOUS_TURNS)
    if turns and turns[-1].question == question.text:  # repeated, as for another style: not a follow-up to itself
        asked = turns[-1].asked
    else:
        asked = rewrite(question.text, [_previous_turn(turn, store) for turn in turns])
    return question if asked == question.text else question.model_copy(update={"asked": asked})


def rewrite_last_message(messages: Sequence[Message]) -> str | None:
    """Rewrite the last message of a chat from the ones before it; None if it is self-contained."""
    question = messages[-1].content
    turns: list[PreviousTurn] = []
    for message in messages[:-1]:
        if message.role == "user":
            turns.append(PreviousTurn(question=message.content))
        elif message.role == "assistant" and turns:
            opening = SHORT_LINE.match(message.content)
            turns[-1] = PreviousTurn(
                question=turns[-1].question,
                quotes=tuple(QUOTATION.findall(message.content)),
                short=opening.group(1) if opening else "",
            )
    previous: list[PreviousTurn] = []
    for turn in turns[-MAX_PREVIOUS_TURNS:]:
        previous.append(turn.model_copy(update={"question": rewrite(turn.question, previous)}))
    asked = rewrite(question, previous)
    return None if asked == question else asked


def with_original_question(answer: Answer, question: Question) -> Answer:
    """Return the answer with the reader's original question, and the rewritten question in `asked`."""
    receipt = answer.receipt.model_copy(update={"asked": question.asked})
    original = {"question": question.text, "conversation": question.conversation, "asked": question.asked}
    return answer.model_copy(update={**original, "receipt": receipt})


def _previous_turn(turn: Turn, store: DocumentStore) -> PreviousTurn:
    try:
        answer = kept_answer(store, turn.receipt)
    except NotFound:
        return PreviousTurn(question=turn.asked)
    quotes = tuple(citation.quote for citation in answer.citations)
    return PreviousTurn(question=turn.asked, quotes=quotes, short=answer.short.text if answer.short else "")
