"""One article as another system hands it over, in a line of JSON, a row or a request."""

from typing import Annotated

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from index.errors import InputError
from index.reading.facts import LINE, linked, one_line, stated_day, stated_line
from index.reading.layout import whole
from index.reading.plain_text import read_text
from index.types import Article, Fact, Source, Span, Utf8Text

IDENTIFIER = r"^[^\s\x00-\x1f\x7f-\x9f](?:[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f])?$"


Offset = Annotated[int, Field(ge=0, le=2**53)]


class AsRead(BaseModel):
    """What Footnote's own reader made of a file, as its command hands it to its server."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    source: Source
    body: list[tuple[Offset, Offset]]
    """Where each paragraph of prose begins and ends in the text, in order."""


class ArticleRecord(BaseModel):
    """One article as another system hands it over; fields we do not know are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True, use_attribute_docstrings=True)

    id: Utf8Text = Field(min_length=1, max_length=200, pattern=IDENTIFIER)
    """Names the article for good; the same id with another text becomes a new version."""
    text: Utf8Text = Field(min_length=1)
    title: Utf8Text | None = Field(default=None, max_length=LINE)
    outlet: Utf8Text | None = Field(default=None, max_length=LINE, validation_alias=AliasChoices("outlet", "source"))
    published: Utf8Text | None = Field(default=None, max_length=LINE)
    author: Utf8Text | None = Field(default=None, max_length=LINE)
    url: Utf8Text | None = Field(default=None, max_length=2 * LINE)
    plain: bool = False
    """Set for a text as a newsroom saves it, whose headline, dateline and furniture are still in it."""
    read: AsRead | None = None
    """Then the fields above it, but id and text, are not looked at."""


def to_article(record: ArticleRecord) -> Article:
    """The record as an article; a plain text is read for what the record leaves out.

    Raises:
        InputError: the text is empty, or is not the one that was read.
    """
    if not record.text.strip():
        raise InputError(f"article {record.id!r} is empty; give it some text or leave it out")
    if record.read is not None:
        return _as_read(record, record.read)
    if record.plain:
        return read_text(record.id, record.text)
    source = Source(
        title=stated_line(record.title, "field 'title' of the record"),
        outlet=stated_line(record.outlet, "field 'outlet' of the record"),
        author=stated_line(record.author, "field 'author' of the record"),
        published=stated_day(record.published, "field 'published' of the record"),
        url=linked(record.url),
    )
    return Article(id=record.id, text=record.text, source=source, body=whole(record.text))


def _as_read(record: ArticleRecord, read: AsRead) -> Article:
    ends = [0, *(end for pair in read.body for end in pair), len(record.text)]
    body = tuple(Span(start=start, end=end) for start, end in read.body)
    if ends != sorted(ends) or not body or not all(span.of(record.text).strip() for span in body):
        raise InputError(f"article {record.id!r}: its paragraphs are not stretches of its text, one after another")
    names = ("title", "outlet", "author", "place", "published")
    checked = {name: _checked(getattr(read.source, name)) for name in names}
    source = Source(**checked, url=linked(read.source.url))
    return Article(id=record.id, text=record.text, source=source, body=body)


def _checked(fact: Fact) -> Fact:
    value = one_line(fact.value) or None
    return Fact(
        value=value if fact.basis != "unknown" else None,
        basis=fact.basis if value else "unknown",
        source=one_line(fact.source),
    )
