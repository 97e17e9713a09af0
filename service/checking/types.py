"""Check records: the verdict on each sentence of a text."""

from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime, Field

from index.types import Record, utc_now
from service.answering.types import Citation

CheckVerdict = Literal[
    "supported", "likely_supported", "needs_attribution", "partly_supported", "contradicted", "altered_quote",
    "not_found",
]  # fmt: skip


def _now() -> datetime:
    return datetime.fromisoformat(utc_now())


class CheckedSentence(Record):
    """Sentence of a checked text with its verdict and the evidence for it."""

    text: str
    start: int = Field(description="First character in the text that was checked, in code points.")
    end: int
    verdict: CheckVerdict = Field(
        description="supported: an article says so; likely_supported: compare the sentences yourself; "
        "needs_attribution: an article has it only as somebody's words; partly_supported: one clause of it was "
        "found and another was not; contradicted: an article says otherwise, and the sentence is supported once that "
        "is put right; altered_quote: the words in quotation marks are not the article's, or it has somebody else "
        "say them; not_found: no article was found to say so."
    )
    reason: str = Field(description="Why, in one line; for an altered quote with the difference.")
    citations: tuple[Citation, ...] = Field(
        default=(), description="The sentences that support it, contradict it, or say the quoted words."
    )
    closest: tuple[Citation, ...] = Field(
        default=(), description="Where nothing was found: the closest sentence, which does not say it."
    )
    suggestion: str | None = Field(
        default=None,
        description="The sentence with the one difference put right, or with the attribution put in; "
        "it is supported then.",
    )


class CheckBegun(Record):
    """Check begun: the first event of a check."""

    sentences: int = Field(description="How many sentences the text has.")


class CheckReport(Record):
    """Check report: each sentence of a text with its verdict, which says only what the articles say."""

    sentences: tuple[CheckedSentence, ...]
    revision: str = Field(description="Digest of the collection that was asked.")
    checked_at: AwareDatetime = Field(default_factory=_now, description="When, in UTC.")


CheckEvent = CheckBegun | CheckedSentence | CheckReport
"""Event of a check while it runs; the report is the last one."""
