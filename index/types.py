"""Records of the index: article, source fact, span, chunk, passage, evidence, origin, conversation turn, feedback."""

from datetime import UTC, date, datetime
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema, model_validator

from index.errors import InputError
from index.kind_names import FileKind

Basis = Literal["stated", "inferred", "unknown", "given", "corrected"]
"""How a fact is known; `given` at ingest and `corrected` later are the reader's own words, not the article's."""
IdBasis = Literal["record", "address", "path", "content"]
"""What an article's id was made from: the id in its record, its address, its file's name, or its own content."""


class Record(BaseModel):
    """Base of all records: frozen and strict, so a record that validates once stays valid."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", use_attribute_docstrings=True)


class Fact(Record):
    """Source fact: metadata of an article, with its basis (stated, inferred or unknown)."""

    value: str | None = None
    basis: Basis = "unknown"
    source: str = ""
    """Where the value was read, or what it was inferred from; may be empty when unknown."""


UNKNOWN = Fact()


def stated(value: str, source: str) -> Fact:
    """Return a fact that the article or its record states explicitly."""
    return Fact(value=value, basis="stated", source=source)


def inferred(value: str, source: str) -> Fact:
    """Return a fact that was inferred from something in the article."""
    return Fact(value=value, basis="inferred", source=source)


class Span(Record):
    """Half-open interval of character offsets in an article's text, in Unicode code points."""

    start: int = Field(ge=0)
    end: int = Field(ge=0)

    def of(self, text: str) -> str:
        """Return the text that the span covers."""
        return text[self.start : self.end]


class Source(Record):
    """Source metadata of an article: title, outlet, author, place, publication date and address."""

    title: Fact = UNKNOWN
    outlet: Fact = UNKNOWN
    author: Fact = UNKNOWN
    place: Fact = UNKNOWN
    published: Fact = UNKNOWN
    """ISO 8601 at the known precision: `2025-10-16`, `2025-10` or `2025`."""
    url: str | None = None

    @property
    def published_day(self) -> int | None:
        """Proleptic Gregorian ordinal of the day of publication; None where it is not known to the day."""
        try:
            return date.fromisoformat((self.published.value or "")[:10]).toordinal()
        except ValueError:
            return None


class Article(Record):
    """Article: its text as read, its source metadata and the spans of its body paragraphs."""

    id: str
    text: str
    """Exactly as read: all spans are offsets into it."""
    source: Source = Source()
    body: tuple[Span, ...]
    """Paragraphs of prose, without headlines, datelines and boilerplate."""
    location: str | None = None
    """File, upload or address it was read from, by which its next version is recognised; not kept in a version."""
    id_basis: IdBasis = "record"


class StoredArticle(Record):
    """Stored version of an article, with version number, digest and ingestion time."""

    article: Article
    version: int = Field(ge=1)
    digest: str
    """SHA-256 of the text's UTF-8 bytes."""
    ingested_at: str


class Chunk(Record):
    """Chunk: consecutive whole sentences of one article, small enough for the embedder."""

    id: str
    """`article@version#ordinal`; equal texts with equal chunking have equal ids."""
    span: Span
    sentences: tuple[Span, ...]


def _calendar_day(value: str) -> str:
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        raise ValueError(f"{value!r} is not a day; write it as 2025-10-16") from None


Day = Annotated[str, AfterValidator(_calendar_day), WithJsonSchema({"type": "string", "format": "date"})]
"""An ISO 8601 calendar date."""


def _valid_utf8(value: str) -> str:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ValueError(f"character {error.start} is half a character (a lone surrogate); write it as UTF-8") from None
    return value


Utf8Text = Annotated[str, AfterValidator(_valid_utf8)]
"""Text without lone surrogates: JSON and command lines can contain them, UTF-8 cannot encode them."""


class Filters(Record):
    """Filters on the articles that may be used.

    An undated article is left out by `since`, and by the other days unless it was ingested by then.
    """

    as_of: Day | None = None
    """As-of date: articles published later are not used."""
    since: Day | None = None
    until: Day | None = None
    outlet: Utf8Text | None = None
    article_ids: tuple[str, ...] | None = None
    undated: bool = False
    """Whether undated articles pass all date filters, for evaluations that only pretend to stand on another day."""

    @model_validator(mode="after")
    def _since_before_until(self) -> Self:
        if self.since and self.until and self.since > self.until:
            raise InputError(f"since {self.since} is later than until {self.until}; swap them or leave one out")
        return self


class Passage(Record):
    """Passage: a chunk retrieved for a question, with its score."""

    chunk_id: str
    article_id: str
    version: int
    span: Span
    sentences: tuple[Span, ...]
    score: float
    """Fused retrieval score; comparable only within one search."""


class SentenceLocation(Record):
    """Location of a duplicate sentence in another article: `article.text[start:end]` of that article."""

    article_id: str
    version: int
    start: int
    end: int
    source: Source


class Turn(Record):
    """Turn of a conversation: a question as typed and as rewritten."""

    question: str
    asked: str
    receipt: str
    """Id of the receipt under which the answer is stored."""
    created_at: str


class BriefSummary(Record):
    """Entry in the list of briefs; the brief itself is stored under its receipt."""

    receipt: str
    topic: str = Field(description="As it was typed.")
    title: str = Field(description="Given by the reader, else made of the topic.")
    created_at: str = Field(description="When it was written, ISO 8601 in UTC.")


class ConversationSummary(Record):
    """Conversation without its turns: id, title, number of turns, and times of the first and last question."""

    id: str
    title: str = Field(description="Given by the reader, else its first question.")
    turns: int = Field(description="How many questions were asked in it.")
    created_at: str = Field(description="When the first question was asked, ISO 8601 in UTC.")
    updated_at: str = Field(description="When the last one was.")


class Feedback(Record):
    """Feedback: a reader's verdict and note on one answer."""

    receipt_id: str = Field(description="The id of the answer's receipt.")
    verdict: Literal["wrong", "right"] = Field(description="Whether it is a wrong answer or a right one.")
    note: str = Field(description="What is wrong about it, in the reader's words; may be empty.")
    created: str = Field(description="ISO 8601 in UTC.")


JobState = Literal["queued", "running", "done", "failed", "cancelled"]
Outcome = Literal["new", "changed", "unchanged", "refused"]
"""What became of one article of an ingest."""


class Job(Record):
    """Job: an ingest or a watch that goes on when its process ends; one process at a time has its lease."""

    id: str
    kind: Literal["ingest", "watch"] = Field(description="An ingest of articles, or the watch of a folder.")
    payload: str = Field(description="Of a watch, its folders; of an ingest, empty.")
    state: JobState = Field(description="Queued jobs wait for a process; running ones are taken over when it ends.")
    holder: str | None = Field(description="The process that has or had the lease: machine, number, and a random part.")
    lease_until: str | None = Field(description="When another process may take it over, ISO 8601 in UTC.")
    attempts: int = Field(description="How often it was taken since it last got further.")
    error: str | None = Field(description="Why it failed, or why the last attempt broke off; null when none did.")
    created_at: str
    finished_at: str | None = Field(description="When it was done, failed or cancelled; null before.")
    total: int = Field(description="How many articles it was given.")
    outcomes: dict[Outcome, int] = Field(description="How many of them are new, changed, unchanged and refused so far.")


class Origin(Record):
    """Origin of an article: near-duplicates of one text share it, and so do all articles that credit one agency."""

    id: str = Field(description="The same for articles of one origin: `wire:` an agency, or `text:` an article's id.")
    agency: str | None = Field(
        description="News agency that this article or a near-duplicate of it credits; null when none is."
    )
    first: str = Field(
        description="Id of the earliest article of its near-duplicate cluster: its own when it duplicates none."
    )
    copies: int = Field(description="How many articles the near-duplicate cluster has, this one included.")
    basis: str = Field(description="How that is known, in words.")


class ArticleSummary(Record):
    """Entry in the list of articles, without the text."""

    id: str
    version: int
    source: Source
    stated: dict[str, str | None] = {}
    """What the article itself states in place of each fact that the reader corrected."""
    origin: Origin
    characters: int
    chunks: int
    digest: str
    ingested_at: str
    opening: str
    """First words of the text, on one line."""
    kind: FileKind | None
    """Kind of file that it was read from; None where that is not known."""


def utc_now() -> str:
    """Return the current time to the second, ISO 8601 in UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def article_of(chunk_id: str) -> str:
    """Return the article id that a chunk id contains."""
    return chunk_id.rpartition("@")[0]
