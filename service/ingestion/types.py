"""Ingestion records: the ingest report, refused inputs and jobs."""

from index.types import Job, Record


class RefusedInput(Record):
    """Input that could not be ingested, with the reason."""

    reason: str


class IngestReport(Record):
    """Result of one ingest: ids of new, changed and unchanged articles, and the refused inputs."""

    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    refused: tuple[RefusedInput, ...] = ()


class JobReport(Job):
    """A job with what became of its articles so far."""

    report: IngestReport


class JobList(Record):
    """Page of the jobs, newest first."""

    jobs: tuple[Job, ...]
    total: int
