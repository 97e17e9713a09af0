"""JSON lines: one article a line, as exported by another system."""

from collections.abc import Iterator

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError

from index.errors import InputError
from index.reading.dating import full_date
from index.reading.layout import whole
from index.reading.text import read_text
from index.types import UNKNOWN, Article, Fact, Source, Unbroken, stated

LINE = 1_000
"""Characters of a title or a name: what is longer is a text in the wrong field."""
LINKED = ("https://", "http://")
"""What an address may begin with: a page may make a link of it, and `javascript:` is an address too."""
IDENTIFIER = r"^[^\s\x00-\x1f\x7f-\x9f](?:[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f])?$"


class ArticleRecord(BaseModel):
    """One article as another system hands it over; fields we do not know are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: Unbroken = Field(min_length=1, max_length=200, pattern=IDENTIFIER)
    """Names the article for good; the same id with another text becomes a new version."""
    text: Unbroken = Field(min_length=1)
    title: Unbroken | None = Field(default=None, max_length=LINE)
    outlet: Unbroken | None = Field(default=None, max_length=LINE, validation_alias=AliasChoices("outlet", "source"))
    published: Unbroken | None = Field(default=None, max_length=LINE)
    author: Unbroken | None = Field(default=None, max_length=LINE)
    url: Unbroken | None = Field(default=None, max_length=2 * LINE)
    plain: bool = False
    """True for a text as a newsroom saves it, whose headline, dateline and furniture are still in it."""


def to_article(record: ArticleRecord) -> Article:
    """The record as an article; a plain text is read for what the record leaves out."""
    if not record.text.strip():
        raise InputError(f"article {record.id!r} is empty; give it some text or leave it out")
    if record.plain:
        return read_text(record.id, record.text)
    source = Source(
        title=_fact(record.title, "title"),
        outlet=_fact(record.outlet, "outlet"),
        author=_fact(record.author, "author"),
        published=_published(record.published),
        url=record.url if record.url and record.url.lower().startswith(LINKED) else None,
    )
    return Article(id=record.id, text=record.text, source=source, body=whole(record.text))


def read_lines(content: str, name: str) -> Iterator[Article | InputError]:
    """The articles of a JSON-lines file, and in place of each bad line the error that names it."""
    for number, line in enumerate(content.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            yield to_article(ArticleRecord.model_validate_json(line))
        except ValidationError as error:
            yield InputError(f"{name}:{number}: {first_problem(error)}")
        except InputError as error:
            yield InputError(f"{name}:{number}: {error}")


def first_problem(error: ValidationError) -> str:
    """A validation error as one line: the field and what is wrong with it."""
    problem = error.errors(include_url=False, include_input=False)[0]
    field = ".".join(str(part) for part in problem["loc"])
    return f"{field + ': ' if field else ''}{problem['msg']}"


def _fact(value: str | None, field: str) -> Fact:
    """One line: a line break in a name could pose as the beginning of another footnote."""
    line = " ".join((value or "").split())
    return stated(line, f"field {field!r} of the record") if line else UNKNOWN


def _published(value: str | None) -> Fact:
    day = full_date(value[:10]) or full_date(value) if value else None
    if day:
        return stated(day, "field 'published' of the record")
    return Fact(source=f"field 'published' is {value!r}, not a date") if value else UNKNOWN
