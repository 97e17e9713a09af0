"""Answers and briefs that a replica sends to be kept: compared with the ledger first, as if anybody had sent them."""

import re
from collections.abc import Iterable

from index.errors import InputError, NotFound
from index.store.store import DocumentStore
from service.answering.types import Answer, Antecedent, Citation, Receipt
from service.briefing.types import Brief
from service.conversation.conversation_archive import ConversationArchive

ID = re.compile(r"[0-9a-f]{32}")


def accept_answer(answer: Answer, store: DocumentStore) -> None:
    """Keep an answer with its receipt and its turn of a conversation.

    Raises:
        InputError: a citation does not resolve, or what made the answer is not what made this collection.
    """
    _check_receipt(answer.receipt, store)
    introductions = [each.introduction for each in answer.sentences if each.introduction is not None]
    _check_words([*answer.citations, *answer.closest, *introductions], store)
    numbers = {citation.number for citation in answer.citations}
    if named := {number for each in answer.sentences for number in each.citations} - numbers:
        raise InputError(f"the answer cites {sorted(named)}, which it does not bring; ask again")
    ConversationArchive(store).keep(answer)


def accept_brief(brief: Brief, store: DocumentStore) -> None:
    """Keep a brief under its receipt; raises InputError like `accept_answer`."""
    _check_receipt(brief.receipt, store)
    _check_words([*brief.citations, *brief.closest], store)
    store.history.keep_brief(brief.receipt.id, brief.topic, brief.model_dump_json())


def _check_receipt(receipt: Receipt, store: DocumentStore) -> None:
    if not ID.fullmatch(receipt.id):
        raise InputError(f"{receipt.id!r} is no id of a receipt: those have 32 hexadecimal digits")
    if receipt.embedder != store.fingerprint:
        raise InputError(
            f"it was found with {receipt.embedder!r}, and this collection was made with {store.fingerprint!r}"
        )


def _check_words(quoted: Iterable[Citation | Antecedent], store: DocumentStore) -> None:
    for each in quoted:
        try:
            text = store.articles.get(each.article_id, each.version).article.text
        except NotFound as error:
            raise InputError(f"article {each.article_id!r} was removed meanwhile; ask again") from error
        if text[each.start : each.end] != each.quote:
            raise InputError(
                f"article {each.article_id!r} does not have the quoted words at {each.start} to {each.end}; ask again"
            )
