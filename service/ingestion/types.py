"""Records of ingestion: its report and the inputs it refused."""

from index.types import Record


class RefusedInput(Record):
    """Input from which no article was ingested, with the reason."""

    reason: str


class IngestReport(Record):
    """Ids of new, changed and unchanged articles, and the refused inputs, of one ingest."""

    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    refused: tuple[RefusedInput, ...] = ()
