"""What was answered, as the ledger keeps it: receipts, the turns of talks, and which receipts are of briefs."""

from index.errors import NotFound
from index.ledger import Ledger
from index.types import KeptBrief, Turn, utc_now
from index.words import words


class Keeping(Ledger):
    """The answers' side of the ledger."""

    def keep_receipt(self, receipt_id: str, record: str) -> None:
        """Store the JSON of one answer with all that produced it."""
        with self._transaction(searched=False) as db:
            db.execute("INSERT OR REPLACE INTO receipt VALUES (?, ?, ?)", (receipt_id, utc_now(), record))

    def receipt(self, receipt_id: str) -> str:
        """The JSON kept under that id.

        Raises:
            NotFound: there is none.
        """
        rows = self._rows("SELECT record FROM receipt WHERE id = ?", receipt_id)
        if not rows:
            raise NotFound(f"no receipt {receipt_id!r} in this home folder")
        return str(rows[0][0])

    def keep_turn(self, conversation: str, turn: Turn) -> None:
        """Put a question at the end of a talk; the first one starts it."""
        with self._transaction(searched=False) as db:
            db.execute(
                "INSERT INTO turn (conversation, question, asked, receipt, created_at) VALUES (?, ?, ?, ?, ?)",
                (conversation, turn.question, turn.asked, turn.receipt, turn.created_at),
            )

    def turns(self, conversation: str, limit: int) -> list[Turn]:
        """The last so many questions of a talk, oldest first; none for a talk that was never begun."""
        rows = self._rows(
            "SELECT question, asked, receipt, created_at FROM turn WHERE conversation = ? ORDER BY number DESC LIMIT ?",
            conversation,
            limit,
        )
        return [Turn(question=q, asked=a, receipt=r, created_at=at) for q, a, r, at in reversed(rows)]

    def keep_brief(self, receipt_id: str, topic: str, record: str) -> None:
        """Store the JSON of a brief under its receipt, as the last one on its topic."""
        with self._transaction(searched=False) as db:
            now = utc_now()
            db.execute("INSERT INTO receipt VALUES (?, ?, ?)", (receipt_id, now, record))
            db.execute(
                "INSERT INTO brief (receipt, topic, folded, created_at) VALUES (?, ?, ?, ?)",
                (receipt_id, topic, _folded(topic), now),
            )

    def briefs(self, topic: str | None, limit: int, offset: int = 0) -> list[KeptBrief]:
        """Briefs on that topic, however it is typed, or on any; newest first."""
        rows = self._rows(
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
        return int(self._rows("SELECT count(*) FROM brief WHERE ?1 IS NULL OR folded = ?1", folded)[0][0])

    def is_brief(self, receipt_id: str) -> bool:
        """Whether the receipt is of a brief."""
        return bool(self._rows("SELECT 1 FROM brief WHERE receipt = ?", receipt_id))


def _folded(topic: str) -> str:
    return " ".join(words(topic))
