"""Ingestion records: the ingest report and refused inputs."""

from index.types import Record


class RefusedInput(Record):
    """Input that could not be ingested, with the reason."""

    reason: str


class IngestReport(Record):
    """Result of one ingest: ids of new, changed and unchanged articles, and the refused inputs."""

    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    refused: tuple[RefusedInput, ...] = ()
