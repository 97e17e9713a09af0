""""""

from index.types import Record


class Refused(Record):
    """An input that gave no article, with the reason."""

    reason: str


class IngestReport(Record):
    """What an ingest changed."""

    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    refused: tuple[Refused, ...] = ()
