"""Briefs that were made before: read back from their receipts, and the last one on a topic."""

from collections.abc import Iterable

from pydantic import ValidationError

from index.errors import InputError, NotFound
from index.store.store import DocumentStore
from service.briefing.types import Brief, BriefDone, BriefEvent


def read_brief(store: DocumentStore, receipt_id: str) -> Brief:
    """The brief that is kept under that receipt.

    Raises:
        NotFound: there is none.
        InputError: another version of Footnote wrote it.
    """
    if not store.history.is_brief(receipt_id):
        raise NotFound(f"no brief {receipt_id!r} in this home folder; GET /v1/briefs lists them")
    try:
        return Brief.model_validate_json(store.history.receipt(receipt_id))
    except ValidationError as error:
        raise InputError(f"brief {receipt_id!r} was written by another version of Footnote; make a new one") from error


def last_brief(store: DocumentStore, topic: str) -> Brief | None:
    """The newest brief on a topic that can still be read, however the topic is typed; None for a new topic."""
    for kept in store.history.briefs(topic, limit=1):
        return read_brief(store, kept.receipt)
    return None


def last_of(events: Iterable[BriefEvent]) -> Brief:
    """The brief that ends a stream of events."""
    for event in events:
        if isinstance(event, BriefDone):
            return event.brief
    raise InputError("the stream ended without a brief; ask again")
