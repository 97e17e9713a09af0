"""Article records: convert a JSON line, a table row or an API request to an article."""

from typing import Annotated

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from index.errors import InputError
from index.reading.layout import Layout, paragraphs
from index.reading.plain_text import parse_layout, read_text
from index.reading.source_facts import (
    MAX_NAME_CHARACTERS,
    one_line,
    stated_day,
    stated_name,
    stated_outlet,
    web_address,
)
from index.types import UNKNOWN, Article, Fact, IdBasis, Source, Span, Utf8Text

IDENTIFIER = r"^[^\s\x00-\x1f\x7f-\x9f](?:[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f])?$"


MAX_LOCATION_CHARACTERS = 10_000
Offset = Annotated[int, Field(ge=0, le=2**53)]


class ParsedArticle(BaseModel):
    """Parse result of a file that the command line parsed before it sent the article to the server."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    source: Source
    body: list[tuple[Offset, Offset]]
    """Start and end offset of each paragraph of prose, in order."""
    location: Utf8Text | None = Field(default=None, max_length=MAX_LOCATION_CHARACTERS)
    """Where it was read from, by which its next version is recognised."""
    id_basis: IdBasis = "record"
    """What the id was made from."""


class ArticleRecord(BaseModel):
    """Article record from another system; unknown fields are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True, use_attribute_docstrings=True)

    id: Utf8Text = Field(min_length=1, max_length=200, pattern=IDENTIFIER)
    """Permanent id of the article; a different text under the same id becomes a new version."""
    text: Utf8Text = Field(min_length=1)
    title: Utf8Text | None = Field(default=None, max_length=MAX_NAME_CHARACTERS)
    outlet: Utf8Text | None = Field(
        default=None, max_length=MAX_NAME_CHARACTERS, validation_alias=AliasChoices("outlet", "source")
    )
    published: Utf8Text | None = Field(default=None, max_length=MAX_NAME_CHARACTERS)
    author: Utf8Text | None = Field(default=None, max_length=MAX_NAME_CHARACTERS)
    url: Utf8Text | None = Field(default=None, max_length=2 * MAX_NAME_CHARACTERS)
    plain: bool = False
    """Whether the text still contains headline, dateline and boilerplate, to be parsed as plain text."""
    read: ParsedArticle | None = None
    """When given, all other fields but id and text are ignored."""


def to_article(record: ArticleRecord) -> Article:
    """Convert a record to an article; for a plain text, source facts are extracted from the text.

    A dateline before the text is no part of its first sentence; what it states fills the fields that are not given.

    Raises:
        InputError: the text is empty, or the given paragraphs are not consecutive spans of it.
    """
    if not record.text.strip():
        raise InputError(f"article {record.id!r} is empty; give it some text or leave it out")
    if record.read is not None:
        return _from_parsed(record, record.read)
    if record.plain:
        return read_text(record.id, record.text)
    parsed = parse_layout(record.text, Layout(body=paragraphs(record.text)))
    outlet = stated_outlet(record.outlet, "field 'outlet' of the record")
    published = stated_day(record.published, "field 'published' of the record")
    source = Source(
        title=stated_name(record.title, "field 'title' of the record"),
        outlet=parsed.source.outlet if outlet.value is None else outlet,
        author=stated_name(record.author, "field 'author' of the record"),
        place=parsed.source.place,
        published=parsed.source.published if published == UNKNOWN else published,
        url=web_address(record.url),
    )
    return Article(id=record.id, text=record.text, source=source, body=parsed.body)


def _from_parsed(record: ArticleRecord, read: ParsedArticle) -> Article:
    ends = [0, *(end for pair in read.body for end in pair), len(record.text)]
    body = tuple(Span(start=start, end=end) for start, end in read.body)
    if ends != sorted(ends) or not body or not all(span.of(record.text).strip() for span in body):
        raise InputError(f"article {record.id!r}: its paragraphs are not consecutive spans of its text")
    names = ("title", "outlet", "author", "place", "published")
    checked = {name: _checked(getattr(read.source, name)) for name in names}
    source = Source(**checked, url=web_address(read.source.url))
    return Article(
        id=record.id, text=record.text, source=source, body=body, location=read.location, id_basis=read.id_basis
    )


def _checked(fact: Fact) -> Fact:
    value = one_line(fact.value) or None
    return Fact(
        value=value if fact.basis != "unknown" else None,
        basis=fact.basis if value else "unknown",
        source=one_line(fact.source),
    )
