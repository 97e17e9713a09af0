"""Check records: the verdict on each sentence of a text."""

from typing import Literal

from pydantic import Field

from index.types import Record
from service.answering.types import Citation

CheckVerdict = Literal[
    "supported", "likely_supported", "needs_attribution", "contradicted", "altered_quote", "not_found"
]


class CheckedSentence(Record):
    """Sentence of a checked text with its verdict and the evidence for it."""

    text: str
    start: int = Field(description="First character in the text that was checked, in code points.")
    end: int
    verdict: CheckVerdict = Field(
        description="supported: an article says so; likely_supported: compare the sentences yourself; "
        "needs_attribution: an article has it only as somebody's words; contradicted: an article says otherwise, and "
        "the sentence is supported once that is put right; altered_quote: the words in quotation marks are not the "
        "article's; not_found: no article was found to say so."
    )
    reason: str = Field(description="Why, in one line; for an altered quote with the difference.")
    citations: tuple[Citation, ...] = Field(
        default=(), description="The sentences that support it, contradict it, or are most like it."
    )


class CheckReport(Record):
    """Check report: each sentence of a text with its verdict, which says only what the articles say."""

    sentences: tuple[CheckedSentence, ...]
    revision: str = Field(description="Digest of the collection that was asked.")
