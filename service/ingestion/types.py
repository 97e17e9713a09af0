""""""

from index.types import Record


class RefusedInput(Record):
    """An input that gave no article, with the reason."""

    reason: str


class IngestReport(Record):
    """What an ingest changed."""

    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    refused: tuple[RefusedInput, ...] = ()
