"""What a home folder keeps of its readers: conversations with their answers, and what was thought of them."""

from index.catalogue import Catalogue
from index.errors import InputError, NotFound
from index.types import Feedback, Talk, utc_now
from service.replaying import kept_answer
from service.types import Answer, Conversations, KeptTalk, KeptTurn

TITLE = 200
"""Characters of a title at most."""


class Archive:
    """The kept conversations and feedback of one collection."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def conversations(self, limit: int, offset: int) -> Conversations:
        """Conversations, the one that was last spoken in first."""
        found = self._catalogue.talks(limit, offset)
        return Conversations(conversations=tuple(found), total=self._catalogue.talk_count())

    def conversation(self, talk_id: str) -> KeptTalk:
        """One conversation with every question and its whole answer; raises NotFound."""
        talk = self._catalogue.talk(talk_id)
        turns = (
            KeptTurn(
                question=turn.question,
                asked=turn.asked,
                created_at=turn.created_at,
                receipt=turn.receipt,
                answer=self._answer(turn.receipt),
                feedback=next(iter(self._catalogue.feedback(turn.receipt)), None),
            )
            for turn in self._catalogue.turns(talk_id, talk.turns)
        )
        return KeptTalk(**talk.model_dump(), history=tuple(turns))

    def rename(self, talk_id: str, title: str) -> Talk:
        """Give a conversation another title; raises NotFound, or InputError for an empty or long one."""
        title = " ".join(title.split())
        if not title or len(title) > TITLE:
            raise InputError(f"a title has 1 to {TITLE} characters; this one has {len(title):,}")
        self._catalogue.name_talk(talk_id, title)
        return self._catalogue.talk(talk_id)

    def forget(self, talk_id: str) -> Talk:
        """Forget a conversation, its answers and their receipts; raises NotFound."""
        talk = self._catalogue.talk(talk_id)
        self._catalogue.forget_talk(talk_id)
        return talk

    def answer(self, receipt: str) -> Answer:
        """The answer of a receipt; raises NotFound."""
        return kept_answer(self._catalogue, receipt)

    def judge(self, receipt: str, verdict: str, note: str) -> Feedback:
        """Remember what a reader thinks of an answer; raises NotFound."""
        feedback = Feedback.model_validate(
            {"receipt_id": receipt, "verdict": verdict, "note": note.strip(), "created": utc_now()}
        )
        self._catalogue.keep_feedback(feedback)
        return feedback

    def unjudge(self, receipt: str) -> None:
        """Take that back; raises NotFound."""
        self._catalogue.forget_feedback(receipt)

    def feedback(self) -> tuple[Feedback, ...]:
        """All of it, oldest first."""
        return tuple(self._catalogue.feedback())

    def _answer(self, receipt: str) -> Answer | None:
        try:
            return kept_answer(self._catalogue, receipt)
        except NotFound:
            return None
