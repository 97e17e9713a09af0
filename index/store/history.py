"""What readers asked, were answered and thought of it: receipts, briefs, talks and feedback."""

from index.errors import InputError, NotFound
from index.store.ledger import Ledger, Row
from index.types import Feedback, KeptBrief, Talk, Turn, utc_now
from index.words import words

TALKS = (
    "SELECT t.conversation, coalesce(n.title, (SELECT question FROM turn f WHERE f.conversation = t.conversation"
    " ORDER BY number LIMIT 1)), count(*),"
    # By their order, not by the time that was read on them: clocks are set back.
    " (SELECT created_at FROM turn f WHERE f.conversation = t.conversation ORDER BY number LIMIT 1),"
    " (SELECT created_at FROM turn f WHERE f.conversation = t.conversation ORDER BY number DESC LIMIT 1)"
    " FROM turn t LEFT JOIN talk n ON n.id = t.conversation"
)


class History:
    """Receipts, briefs, conversations and feedback; nothing of it is searched."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def keep_answer(self, receipt_id: str, record: str, talk: str | None = None, turn: Turn | None = None) -> None:
        """Store an answer under its receipt and, with a talk, as the last turn of it: both, or neither.

        The same answer handed in again changes nothing.

        Raises:
            InputError: another record is kept under that receipt.
        """
        with self._ledger.transaction(searched=False):
            kept = self._ledger.execute("SELECT record FROM receipt WHERE id = ?", (receipt_id,)).fetchone()
            if kept is not None and kept[0] != record:
                raise InputError(f"another answer is kept under receipt {receipt_id!r}; what is kept is not replaced")
            if kept is None:
                self._ledger.execute("INSERT INTO receipt VALUES (?, ?, ?)", (receipt_id, utc_now(), record))
                if talk is not None and turn is not None:
                    self._ledger.execute(
                        "INSERT INTO turn (conversation, question, asked, receipt, created_at) VALUES (?, ?, ?, ?, ?)",
                        (talk, turn.question, turn.asked, turn.receipt, turn.created_at),
                    )

    def receipt(self, receipt_id: str) -> str:
        """The JSON kept under that id.

        Raises:
            NotFound: there is none.
        """
        rows = self._ledger.rows("SELECT record FROM receipt WHERE id = ?", receipt_id)
        if not rows:
            raise NotFound(f"no receipt {receipt_id!r} in this home folder")
        return str(rows[0][0])

    def turns(self, conversation: str, limit: int) -> list[Turn]:
        """The last so many questions of a talk, oldest first; none for a talk that was never begun."""
        rows = self._ledger.rows(
            "SELECT question, asked, receipt, created_at FROM turn WHERE conversation = ? ORDER BY number DESC LIMIT ?",
            conversation,
            limit,
        )
        return [Turn(question=q, asked=a, receipt=r, created_at=at) for q, a, r, at in reversed(rows)]

    def keep_brief(self, receipt_id: str, topic: str, record: str) -> None:
        """Store the JSON of a brief under its receipt, as the last one on its topic."""
        with self._ledger.transaction(searched=False):
            now = utc_now()
            self._ledger.execute("INSERT INTO receipt VALUES (?, ?, ?)", (receipt_id, now, record))
            self._ledger.execute(
                "INSERT INTO brief (receipt, topic, folded, created_at) VALUES (?, ?, ?, ?)",
                (receipt_id, topic, _folded(topic), now),
            )

    def briefs(self, topic: str | None, limit: int, offset: int = 0) -> list[KeptBrief]:
        """Briefs on that topic, however it is typed, or on any; newest first."""
        rows = self._ledger.rows(
            "SELECT receipt, topic, created_at FROM brief WHERE ?1 IS NULL OR folded = ?1"
            " ORDER BY number DESC LIMIT ?2 OFFSET ?3",
            None if topic is None else _folded(topic),
            limit,
            offset,
        )
        return [KeptBrief(receipt=receipt, topic=name, created_at=at) for receipt, name, at in rows]

    def count_briefs(self, topic: str | None) -> int:
        """How many briefs are kept on that topic, or on any."""
        folded = None if topic is None else _folded(topic)
        return int(self._ledger.rows("SELECT count(*) FROM brief WHERE ?1 IS NULL OR folded = ?1", folded)[0][0])

    def is_brief(self, receipt_id: str) -> bool:
        """Whether the receipt is of a brief."""
        return bool(self._ledger.rows("SELECT 1 FROM brief WHERE receipt = ?", receipt_id))

    def conversations(self, limit: int, offset: int = 0) -> list[Talk]:
        """Talks, the one that was last spoken in first."""
        rows = self._ledger.rows(
            f"{TALKS} GROUP BY t.conversation ORDER BY max(t.number) DESC LIMIT ? OFFSET ?", limit, offset
        )
        return [_talk(row) for row in rows]

    def conversation(self, talk_id: str) -> Talk:
        """One talk.

        Raises:
            NotFound: nothing was ever asked in it.
        """
        rows = self._ledger.rows(f"{TALKS} WHERE t.conversation = ? GROUP BY t.conversation", talk_id)
        if not rows:
            raise NotFound(f"no conversation {talk_id!r}; GET /v1/conversations names them all")
        return _talk(rows[0])

    def count_conversations(self) -> int:
        """How many talks there are."""
        return int(self._ledger.rows("SELECT count(DISTINCT conversation) FROM turn")[0][0])

    def rename_conversation(self, talk_id: str, title: str) -> None:
        """Give a talk another title; raises NotFound."""
        self.conversation(talk_id)
        with self._ledger.transaction(searched=False):
            self._ledger.execute("INSERT OR REPLACE INTO talk VALUES (?, ?)", (talk_id, title))

    def delete_conversation(self, talk_id: str) -> None:
        """Forget a talk with its answers, their receipts and what was thought of them; raises NotFound."""
        self.conversation(talk_id)
        held = "(SELECT receipt FROM turn WHERE conversation = ?)"
        with self._ledger.transaction(searched=False):
            self._ledger.execute(f"DELETE FROM feedback WHERE receipt_id IN {held}", (talk_id,))
            self._ledger.execute(f"DELETE FROM receipt WHERE id IN {held}", (talk_id,))
            self._ledger.execute("DELETE FROM turn WHERE conversation = ?", (talk_id,))
            self._ledger.execute("DELETE FROM talk WHERE id = ?", (talk_id,))
        self._ledger.checkpoint()

    def keep_feedback(self, feedback: Feedback) -> None:
        """What a reader thinks of an answer; raises NotFound when no such answer was kept."""
        self.receipt(feedback.receipt_id)
        with self._ledger.transaction(searched=False):
            self._ledger.execute(
                "INSERT OR REPLACE INTO feedback VALUES (?, ?, ?, ?)",
                (feedback.receipt_id, feedback.verdict, feedback.note, feedback.created),
            )

    def forget_feedback(self, receipt_id: str) -> None:
        """Take back what was thought of an answer; raises NotFound when there is nothing."""
        with self._ledger.transaction(searched=False):
            if not self._ledger.execute("DELETE FROM feedback WHERE receipt_id = ?", (receipt_id,)).rowcount:
                raise NotFound(f"no feedback on receipt {receipt_id!r}")

    def feedback(self, receipt_id: str | None = None) -> list[Feedback]:
        """All feedback, oldest first, or that on one answer."""
        only = "" if receipt_id is None else "WHERE receipt_id = ?"
        values = () if receipt_id is None else (receipt_id,)
        rows = self._ledger.rows(
            f"SELECT receipt_id, verdict, note, created FROM feedback {only} ORDER BY rowid", *values
        )
        return [Feedback(receipt_id=r, verdict=v, note=n, created=c) for r, v, n, c in rows]


def _talk(row: Row) -> Talk:
    talk_id, title, turns, created_at, updated_at = row
    return Talk(id=talk_id, title=title, turns=turns, created_at=created_at, updated_at=updated_at)


def _folded(topic: str) -> str:
    return " ".join(words(topic))
