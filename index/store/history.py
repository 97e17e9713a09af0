"""History: stores receipts of answers and briefs, conversations, and feedback."""

import itertools
import re

from index.errors import InputError, NotFound
from index.store.ledger import Ledger, Row, containing
from index.types import BriefSummary, ConversationSummary, Feedback, Turn, utc_now
from index.words import stem, words

CONVERSATIONS = (
    "SELECT t.conversation, coalesce(n.title, (SELECT question FROM turn f WHERE f.conversation = t.conversation"
    " ORDER BY number LIMIT 1)), count(*),"
    # By number, not by time, because a clock may be set back.
    " (SELECT created_at FROM turn f WHERE f.conversation = t.conversation ORDER BY number LIMIT 1),"
    " (SELECT created_at FROM turn f WHERE f.conversation = t.conversation ORDER BY number DESC LIMIT 1)"
    " FROM turn t LEFT JOIN talk n ON n.id = t.conversation"
)

BEGINNING_OF_ID = re.compile(r"[0-9a-f]{8,31}")
BRIEFS = "SELECT receipt, topic, coalesce(title, topic), created_at FROM brief"


class History:
    """History: receipts, briefs, conversations and feedback. None is searched, so no write changes the revision."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def keep_answer(
        self, receipt_id: str, record: str, conversation: str | None = None, turn: Turn | None = None
    ) -> None:
        """Store the JSON of an answer under its receipt and, in a conversation, its turn, in one transaction.

        Idempotent: storing the same answer again changes nothing.

        Raises:
            InputError: a different answer is stored under that receipt.
        """
        with self._ledger.transaction(searched=False):
            insert = "INSERT INTO receipt VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
            if self._ledger.execute(insert, (receipt_id, utc_now(), record)).rowcount:
                if conversation is not None and turn is not None:
                    self._ledger.execute(
                        "INSERT INTO turn (conversation, question, asked, receipt, created_at) VALUES (?, ?, ?, ?, ?)",
                        (conversation, turn.question, turn.asked, turn.receipt, turn.created_at),
                    )
            elif self.receipt(receipt_id) != record:
                raise InputError(f"another answer is kept under receipt {receipt_id!r}; what is kept is not replaced")

    def receipt(self, receipt_id: str) -> str:
        """Return the stored JSON of an answer or brief.

        Args:
            receipt_id: the id, or its beginning as the page shows it, if only one has it.

        Raises:
            NotFound: there is no such receipt, or there are several.
        """
        rows = self._ledger.rows("SELECT record FROM receipt WHERE id = ?", receipt_id)
        if not rows and BEGINNING_OF_ID.fullmatch(receipt_id):
            rows = self._ledger.rows("SELECT record FROM receipt WHERE id LIKE ? LIMIT 2", f"{receipt_id}%")
        if not rows:
            raise NotFound(
                f"no receipt {receipt_id!r} in this home folder; each answer and brief ends with its own, "
                "and another folder is named with --home"
            )
        if len(rows) > 1:
            raise NotFound(f"no receipt is named by {receipt_id!r} alone; give more of its id")
        return str(rows[0][0])

    def turns(self, conversation: str, limit: int) -> list[Turn]:
        """Return the last `limit` turns of a conversation, oldest first; empty for an unknown conversation."""
        rows = self._ledger.rows(
            "SELECT question, asked, receipt, created_at FROM turn WHERE conversation = ? ORDER BY number DESC LIMIT ?",
            conversation,
            limit,
        )
        return [Turn(question=q, asked=a, receipt=r, created_at=at) for q, a, r, at in reversed(rows)]

    def keep_brief(self, receipt_id: str, topic: str, title: str, record: str) -> None:
        """Store the JSON of a brief under its receipt and a title, as the newest brief on its topic."""
        with self._ledger.transaction(searched=False):
            now = utc_now()
            self._ledger.execute("INSERT INTO receipt VALUES (?, ?, ?)", (receipt_id, now, record))
            self._ledger.execute(
                "INSERT INTO brief (receipt, topic, folded, created_at, title) VALUES (?, ?, ?, ?, ?)",
                (receipt_id, topic, _normalised(topic), now, title),
            )

    def briefs(self, topic: str | None, limit: int, offset: int = 0) -> list[BriefSummary]:
        """Return a page of the briefs on a topic (compared by normalised words), or on all topics; newest first."""
        only, values = _on_topic(topic)
        rows = self._ledger.rows(f"{BRIEFS} {only} ORDER BY number DESC LIMIT ? OFFSET ?", *values, limit, offset)
        return [_brief_summary(row) for row in rows]

    def brief(self, receipt_id: str) -> BriefSummary:
        """Return the summary of one brief.

        Raises:
            NotFound: no brief is stored under that receipt.
        """
        rows = self._ledger.rows(f"{BRIEFS} WHERE receipt = ?", receipt_id)
        if not rows:
            raise _no_brief(receipt_id)
        return _brief_summary(rows[0])

    def rename_brief(self, receipt_id: str, title: str) -> None:
        """Set the title of a brief; raises NotFound."""
        with self._ledger.transaction(searched=False):
            if not self._ledger.execute("UPDATE brief SET title = ? WHERE receipt = ?", (title, receipt_id)).rowcount:
                raise _no_brief(receipt_id)

    def delete_brief(self, receipt_id: str) -> None:
        """Delete a brief with its receipt and the feedback on it; raises NotFound."""
        with self._ledger.transaction(searched=False):
            if not self._ledger.execute("DELETE FROM brief WHERE receipt = ?", (receipt_id,)).rowcount:
                raise _no_brief(receipt_id)
            self._ledger.execute("DELETE FROM receipt WHERE id = ?", (receipt_id,))
            self._ledger.execute("DELETE FROM feedback WHERE receipt_id = ?", (receipt_id,))
        self._ledger.checkpoint()

    def count_briefs(self, topic: str | None) -> int:
        """Return the number of briefs on a topic, or on all topics."""
        only, values = _on_topic(topic)
        return int(self._ledger.rows(f"SELECT count(*) FROM brief {only}", *values)[0][0])

    def is_brief(self, receipt_id: str) -> bool:
        """Whether the receipt belongs to a brief."""
        return bool(self._ledger.rows("SELECT 1 FROM brief WHERE receipt = ?", receipt_id))

    def conversations(self, limit: int, offset: int = 0, query: str = "") -> list[ConversationSummary]:
        """Return a page of the conversations, most recently used first.

        Args:
            query: words that each, in whatever form, must be part of the title or of a question.
        """
        found, values = self._with_words(query)
        rows = self._ledger.rows(
            f"{CONVERSATIONS} WHERE {found} GROUP BY t.conversation, n.title"
            " ORDER BY max(t.number) DESC LIMIT ? OFFSET ?",
            *values,
            limit,
            offset,
        )
        return [_summary(row) for row in rows]

    def _with_words(self, query: str) -> tuple[str, list[str]]:
        """Return the condition that a conversation has all words of a query, with its values."""
        title, question = self._ledger.like("coalesce(n.title, '')"), self._ledger.like("q.question")
        one = f"({title} OR EXISTS (SELECT 1 FROM turn q WHERE q.conversation = t.conversation AND {question}))"
        patterns = [containing(_common_form(word)) for word in query.split()]
        return " AND ".join([one] * len(patterns)) or "1 = 1", [each for each in patterns for _ in (title, question)]

    def conversation(self, conversation_id: str) -> ConversationSummary:
        """Return the summary of one conversation.

        Raises:
            NotFound: it has no turns, so it does not exist.
        """
        rows = self._ledger.rows(
            f"{CONVERSATIONS} WHERE t.conversation = ? GROUP BY t.conversation, n.title", conversation_id
        )
        if not rows:
            raise NotFound(f"no conversation {conversation_id!r}; GET /v1/conversations names them all")
        return _summary(rows[0])

    def count_conversations(self, query: str = "") -> int:
        """Return the number of conversations, all or those with the words of a query."""
        found, values = self._with_words(query)
        sql = "SELECT count(DISTINCT t.conversation) FROM turn t LEFT JOIN talk n ON n.id = t.conversation"
        return int(self._ledger.rows(f"{sql} WHERE {found}", *values)[0][0])

    def rename_conversation(self, conversation_id: str, title: str) -> None:
        """Set the title of a conversation; raises NotFound."""
        self.conversation(conversation_id)
        with self._ledger.transaction(searched=False):
            self._ledger.execute(
                "INSERT INTO talk VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET title = excluded.title",
                (conversation_id, title),
            )

    def delete_conversation(self, conversation_id: str) -> None:
        """Delete a conversation with its answers, their receipts and feedback; raises NotFound."""
        self.conversation(conversation_id)
        with self._ledger.transaction(searched=False):
            # First, because another process may add a turn between two statements: what went is what is returned.
            gone = self._ledger.execute("DELETE FROM turn WHERE conversation = ? RETURNING receipt", (conversation_id,))
            receipts = gone.fetchall()
            self._ledger.executemany("DELETE FROM receipt WHERE id = ?", receipts)
            self._ledger.executemany("DELETE FROM feedback WHERE receipt_id = ?", receipts)
            self._ledger.execute("DELETE FROM talk WHERE id = ?", (conversation_id,))
        self._ledger.checkpoint()

    def keep_feedback(self, feedback: Feedback) -> None:
        """Store a reader's feedback on an answer, replacing earlier feedback; raises NotFound."""
        self.receipt(feedback.receipt_id)
        with self._ledger.transaction(searched=False, serial=True):
            self._ledger.execute("DELETE FROM feedback WHERE receipt_id = ?", (feedback.receipt_id,))
            self._ledger.execute(
                "INSERT INTO feedback VALUES (?, ?, ?, ?)",
                (feedback.receipt_id, feedback.verdict, feedback.note, feedback.created),
            )

    def delete_feedback(self, receipt_id: str) -> None:
        """Delete the feedback on an answer; raises NotFound when there is none."""
        with self._ledger.transaction(searched=False):
            if not self._ledger.execute("DELETE FROM feedback WHERE receipt_id = ?", (receipt_id,)).rowcount:
                raise NotFound(f"no feedback on receipt {receipt_id!r}")

    def feedback(self, receipt_id: str | None = None) -> list[Feedback]:
        """Return the feedback on all answers or on one, oldest first."""
        only = "" if receipt_id is None else "WHERE receipt_id = ?"
        values = () if receipt_id is None else (receipt_id,)
        rows = self._ledger.rows(
            f"SELECT receipt_id, verdict, note, created FROM feedback {only} ORDER BY rowid", *values
        )
        return [Feedback(receipt_id=r, verdict=v, note=n, created=c) for r, v, n, c in rows]


def _summary(row: Row) -> ConversationSummary:
    conversation_id, title, turns, created_at, updated_at = row
    return ConversationSummary(
        id=conversation_id, title=title, turns=turns, created_at=created_at, updated_at=updated_at
    )


def _brief_summary(row: Row) -> BriefSummary:
    receipt, topic, title, created_at = row
    return BriefSummary(receipt=receipt, topic=topic, title=title, created_at=created_at)


def _no_brief(receipt_id: str) -> NotFound:
    return NotFound(f"no brief {receipt_id!r} in this home folder; `footnote briefs list` names them")


def _common_form(word: str) -> str:
    """Return the beginning of a word that its other forms share: "retir" of "retirement", "rall" of "rallies"."""
    letters = zip(word.lower(), stem(word.lower()).removesuffix("i"), strict=False)
    return "".join(one for one, _ in itertools.takewhile(lambda both: both[0] == both[1], letters)) or word


def _on_topic(topic: str | None) -> tuple[str, tuple[str, ...]]:
    """Return the condition on the briefs of a topic, or of all, with its values."""
    return ("", ()) if topic is None else ("WHERE folded = ?", (_normalised(topic),))


def _normalised(topic: str) -> str:
    return " ".join(words(topic))
