"""What a home folder keeps of its readers: conversations with their answers, and what was thought of them."""

from index.errors import InputError, NotFound
from index.store.store import DocumentStore
from index.types import Feedback, Talk, utc_now
from service.answering.replay import kept_answer
from service.answering.types import Answer
from service.conversation.types import Conversations, KeptConversation, KeptTurn

TITLE = 200
"""Characters of a title at most."""


class Archive:
    """The kept conversations and feedback of one collection."""

    def __init__(self, store: DocumentStore) -> None:
        self._store = store

    def conversations(self, limit: int, offset: int) -> Conversations:
        """Conversations, the one that was last spoken in first."""
        found = self._store.talks(limit, offset)
        return Conversations(conversations=tuple(found), total=self._store.talk_count())

    def conversation(self, talk_id: str) -> KeptConversation:
        """One conversation with every question and its whole answer; raises NotFound."""
        talk = self._store.talk(talk_id)
        turns = (
            KeptTurn(
                question=turn.question,
                asked=turn.asked,
                created_at=turn.created_at,
                receipt=turn.receipt,
                answer=self._answer(turn.receipt),
                feedback=next(iter(self._store.feedback(turn.receipt)), None),
            )
            for turn in self._store.turns(talk_id, talk.turns)
        )
        return KeptConversation(**talk.model_dump(), history=tuple(turns))

    def rename(self, talk_id: str, title: str) -> Talk:
        """Give a conversation another title; raises NotFound, or InputError for an empty or long one."""
        title = " ".join(title.split())
        if not title or len(title) > TITLE:
            raise InputError(f"a title has 1 to {TITLE} characters; this one has {len(title):,}")
        self._store.name_talk(talk_id, title)
        return self._store.talk(talk_id)

    def forget(self, talk_id: str) -> Talk:
        """Forget a conversation, its answers and their receipts; raises NotFound."""
        talk = self._store.talk(talk_id)
        self._store.forget_talk(talk_id)
        return talk

    def answer(self, receipt: str) -> Answer:
        """The answer of a receipt; raises NotFound."""
        return kept_answer(self._store, receipt)

    def judge(self, receipt: str, verdict: str, note: str) -> Feedback:
        """Remember what a reader thinks of an answer; raises NotFound."""
        feedback = Feedback.model_validate(
            {"receipt_id": receipt, "verdict": verdict, "note": note.strip(), "created": utc_now()}
        )
        self._store.keep_feedback(feedback)
        return feedback

    def unjudge(self, receipt: str) -> None:
        """Take that back; raises NotFound."""
        self._store.forget_feedback(receipt)

    def feedback(self) -> tuple[Feedback, ...]:
        """All of it, oldest first."""
        return tuple(self._store.feedback())

    def _answer(self, receipt: str) -> Answer | None:
        try:
            return kept_answer(self._store, receipt)
        except NotFound:
            return None
