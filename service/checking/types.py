""""""

from typing import Literal

from pydantic import Field

from index.types import Record
from service.answering.types import Citation

CheckVerdict = Literal["supported", "contradicted", "altered_quote", "not_found"]


class CheckedSentence(Record):
    """One sentence of a draft, held against the collection."""

    text: str
    start: int = Field(description="Where it stands in the text that was handed in, in code points.")
    end: int
    verdict: CheckVerdict = Field(
        description="supported: an article says so; contradicted: one says otherwise; altered_quote: the words in "
        "quotation marks are not the article's; not_found: no article says so."
    )
    reason: str = Field(description="In a line for people; for an altered quote with the difference.")
    citations: tuple[Citation, ...] = Field(
        default=(), description="The sentences that carry it, contradict it, or come nearest."
    )


class CheckReport(Record):
    """A draft sentence by sentence. It says what the articles say, never what is so."""

    sentences: tuple[CheckedSentence, ...]
    revision: str = Field(description="Digest of the collection that was asked.")
