""""""

from pydantic import Field

from index.types import Feedback, Record, Talk
from service.answering.types import Answer


class KeptTurn(Record):
    """One question of a conversation with its answer."""

    question: str
    asked: str = Field(description="As it was understood; the same when it stood by itself.")
    created_at: str
    receipt: str = Field(description="The id of the answer's receipt.")
    answer: Answer | None = Field(description="As it was given; null when it is no longer kept.")
    feedback: Feedback | None = Field(description="What the reader thought of it; null for nothing.")


class KeptConversation(Talk):
    """A conversation, oldest question first."""

    history: tuple[KeptTurn, ...]


class Conversations(Record):
    """One page of the conversations that are kept."""

    conversations: tuple[Talk, ...]
    total: int


class FeedbackList(Record):
    """Everything that readers said of answers."""

    feedback: tuple[Feedback, ...]
