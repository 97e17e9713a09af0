"""Records of conversations: those that are kept, and the previous turns that a follow-up is rewritten from."""

from pydantic import Field

from index.types import ConversationSummary, Feedback, Record
from service.answering.types import Answer


class KeptTurn(Record):
    """One question of a kept conversation with its answer."""

    question: str
    asked: str = Field(description="The question after rewriting; the same when it needed none.")
    created_at: str
    receipt: str = Field(description="The id of the answer's receipt.")
    answer: Answer | None = Field(description="As it was given; null when it is no longer kept.")
    feedback: Feedback | None = Field(description="The reader's feedback on it; null when there is none.")


class KeptConversation(ConversationSummary):
    """A kept conversation with all its turns, oldest first."""

    history: tuple[KeptTurn, ...]


class ConversationList(Record):
    """One page of the kept conversations."""

    conversations: tuple[ConversationSummary, ...]
    total: int


class FeedbackList(Record):
    """All feedback on answers."""

    feedback: tuple[Feedback, ...]


class PreviousTurn(Record):
    """A turn before the question: what it asked after rewriting, its short answer, and the quotations cited."""

    question: str
    quotes: tuple[str, ...] = ()
    short: str = ""
