"""Conversation archive: store turns with their answers, and the feedback on them."""

from index.errors import NotFound
from index.store.store import DocumentStore
from index.types import ConversationSummary, Feedback, Turn, utc_now
from service.answering.replay import kept_answer
from service.answering.types import Answer
from service.conversation.types import ConversationList, KeptConversation, KeptTurn
from service.library.titles import read_title


class ConversationArchive:
    """Lists, renames and deletes the conversations of one document store; stores answers and feedback."""

    def __init__(self, store: DocumentStore) -> None:
        self._store = store

    def keep(self, answer: Answer) -> None:
        """Store an answer under its receipt and, if it has a conversation, as its last turn, in one transaction."""
        turn = Turn(
            question=answer.question,
            asked=answer.asked or answer.question,
            receipt=answer.receipt.id,
            created_at=answer.receipt.created_at,
        )
        self._store.history.keep_answer(answer.receipt.id, answer.model_dump_json(), answer.conversation, turn)

    def conversations(self, limit: int, offset: int, query: str = "") -> ConversationList:
        """Return a page of the conversations with the words of a query, most recently used first."""
        found = self._store.history.conversations(limit, offset, query)
        return ConversationList(conversations=tuple(found), total=self._store.history.count_conversations(query))

    def conversation(self, conversation_id: str) -> KeptConversation:
        """Load a conversation with every question and its full answer; raises NotFound."""
        conversation = self._store.history.conversation(conversation_id)
        turns = (
            KeptTurn(
                question=turn.question,
                asked=turn.asked,
                created_at=turn.created_at,
                receipt=turn.receipt,
                answer=self._answer(turn.receipt),
                feedback=next(iter(self._store.history.feedback(turn.receipt)), None),
            )
            for turn in self._store.history.turns(conversation_id, conversation.turns)
        )
        return KeptConversation(**conversation.model_dump(), history=tuple(turns))

    def rename(self, conversation_id: str, title: str) -> ConversationSummary:
        """Rename a conversation; raises NotFound, or InputError if the title is empty or too long."""
        self._store.history.rename_conversation(conversation_id, read_title(title))
        return self._store.history.conversation(conversation_id)

    def delete(self, conversation_id: str) -> ConversationSummary:
        """Delete a conversation, its answers and their receipts; raises NotFound."""
        conversation = self._store.history.conversation(conversation_id)
        self._store.history.delete_conversation(conversation_id)
        return conversation

    def answer(self, receipt: str) -> Answer:
        """Load the answer stored under a receipt; raises NotFound."""
        return kept_answer(self._store, receipt)

    def give_feedback(self, receipt: str, verdict: str, note: str) -> Feedback:
        """Store a reader's feedback on an answer; raises NotFound."""
        feedback = Feedback.model_validate(
            {"receipt_id": receipt, "verdict": verdict, "note": note.strip(), "created": utc_now()}
        )
        self._store.history.keep_feedback(feedback)
        return feedback

    def delete_feedback(self, receipt: str) -> None:
        """Delete the feedback on an answer; raises NotFound."""
        self._store.history.delete_feedback(receipt)

    def feedback(self) -> tuple[Feedback, ...]:
        """Return all feedback, oldest first."""
        return tuple(self._store.history.feedback())

    def _answer(self, receipt: str) -> Answer | None:
        try:
            return kept_answer(self._store, receipt)
        except NotFound:
            return None
