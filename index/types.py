"""The records of the index: what an article, a passage and a piece of evidence are."""

from datetime import UTC, date, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema

Basis = Literal["stated", "inferred", "unknown"]


class Record(BaseModel):
    """Frozen and strict: a record that validates once stays valid."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", use_attribute_docstrings=True)


class Fact(Record):
    """One thing known of an article, with how it is known."""

    value: str | None = None
    basis: Basis = "unknown"
    source: str = ""
    """Where it was read, or what it was inferred from; empty when unknown."""


UNKNOWN = Fact()


def stated(value: str, source: str) -> Fact:
    """A fact the article, or the record it came in, says in so many words."""
    return Fact(value=value, basis="stated", source=source)


def inferred(value: str, source: str) -> Fact:
    """A fact concluded from something the article says."""
    return Fact(value=value, basis="inferred", source=source)


class Span(Record):
    """A half-open stretch of an article's text, in Unicode code points."""

    start: int = Field(ge=0)
    end: int = Field(ge=0)

    def of(self, text: str) -> str:
        """The words the span covers."""
        return text[self.start : self.end]


class Source(Record):
    """Who published an article, where and when, as far as it says."""

    title: Fact = UNKNOWN
    outlet: Fact = UNKNOWN
    author: Fact = UNKNOWN
    place: Fact = UNKNOWN
    published: Fact = UNKNOWN
    """ISO 8601 at its own precision: `2025-10-16`, `2025-10` or `2025`."""
    url: str | None = None


class Article(Record):
    """One article as it came, and which stretches of it are its own prose."""

    id: str
    text: str
    """Exactly as read: every span of this article counts from its first character."""
    source: Source = Source()
    body: tuple[Span, ...]
    """Paragraphs: prose only, without headlines, datelines and site furniture."""


class StoredArticle(Record):
    """An article version as the ledger holds it."""

    article: Article
    version: int = Field(ge=1)
    digest: str
    """SHA-256 of the text's UTF-8 bytes."""
    ingested_at: str


class Chunk(Record):
    """Consecutive whole sentences of one article, small enough for the embedder."""

    id: str
    """`article@version#ordinal`: the same for the same text and chunking."""
    span: Span
    sentences: tuple[Span, ...]


def _is_day(value: str) -> str:
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        raise ValueError(f"{value!r} is not a day; write it as 2025-10-16") from None


Day = Annotated[str, AfterValidator(_is_day), WithJsonSchema({"type": "string", "format": "date"})]
"""An ISO 8601 calendar date."""


def _is_whole(value: str) -> str:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ValueError(f"character {error.start} is half a character (a lone surrogate); write it as UTF-8") from None
    return value


Utf8Text = Annotated[str, AfterValidator(_is_whole)]
"""Text that can be stored and sent: JSON and a command line can both bring halves of characters, UTF-8 cannot."""


class Filters(Record):
    """Which articles may be used; an article without a date is never left out for its date."""

    as_of: Day | None = None
    """The day on which the reader stands: nothing published later is used."""
    since: Day | None = None
    until: Day | None = None
    outlet: Utf8Text | None = None
    article_ids: tuple[str, ...] | None = None


class Passage(Record):
    """A chunk that was found for a question."""

    chunk_id: str
    article_id: str
    version: int
    span: Span
    sentences: tuple[Span, ...]
    score: float
    """Fused rank score; comparable only within one search."""


class SentenceLocation(Record):
    """Where another article has the same sentence: `article.text[start:end]` says the same there."""

    article_id: str
    version: int
    start: int
    end: int
    source: Source


class Turn(Record):
    """One question of a talk, as it was typed and as it was understood."""

    question: str
    asked: str
    receipt: str
    """Id of the receipt under which its answer is kept."""
    created_at: str


class KeptBrief(Record):
    """Which brief was made when; its record is kept under its receipt."""

    receipt: str
    topic: str
    created_at: str


class ConversationSummary(Record):
    """A conversation that was kept, without its turns."""

    id: str
    title: str = Field(description="Given by the reader, else its first question.")
    turns: int = Field(description="How many questions were asked in it.")
    created_at: str = Field(description="When the first question was asked, ISO 8601 in UTC.")
    updated_at: str = Field(description="When the last one was.")


class Feedback(Record):
    """What a reader thinks of one answer."""

    receipt_id: str = Field(description="The id of the answer's receipt.")
    verdict: Literal["wrong", "right"] = Field(description="Whether it is a wrong answer or a right one.")
    note: str = Field(description="What is wrong about it, in the reader's words; may be empty.")
    created: str = Field(description="ISO 8601 in UTC.")


class Origin(Record):
    """What an article goes back to: copies of one text have one origin, and so has all that one agency sent out."""

    id: str = Field(description="The same for articles of one origin: `wire:` an agency, or `text:` an article's id.")
    agency: str | None = Field(description="Credited by this article or by a copy of it; null when none is.")
    first: str = Field(description="The earliest article with these words: its own id, when it copies none.")
    copies: int = Field(description="How many articles have these words, this one included.")
    basis: str = Field(description="How that is known, in words.")


class Indexed(Record):
    """A stored article in a list, without its text."""

    id: str
    version: int
    source: Source
    origin: Origin
    characters: int
    chunks: int
    digest: str
    ingested_at: str


def utc_now() -> str:
    """The present second as ISO 8601 in UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def article_of(chunk_id: str) -> str:
    """The article of a chunk, which its id begins with."""
    return chunk_id.rpartition("@")[0]
