"""Export rows: convert rows to articles, and recognise columns by the names that common systems use."""

import re
from collections.abc import Iterable, Iterator, Mapping
from html import unescape
from typing import Any

from pydantic import ValidationError

from index.errors import InputError, UnreadableFile, first_problem
from index.reading.article_ids import address_id, keyed_id
from index.reading.bylines import read_byline
from index.reading.markup import has_markup, markup_blocks, unescaped
from index.reading.records import ArticleRecord, to_article
from index.reading.source_facts import web_address
from index.types import Article

COLUMN_ALIASES = {
    "id": "id article_id articleid guid uuid doc_id document_id _id",
    "text": "text content body article full_text fulltext content_text body_text maintext main_text article_text "
    "bodytext articlebody article_body story_text story storytext raw_text paragraphs body_html content_html html",
    "title": "title headline head heading webtitle article_title title_page",
    "outlet": "outlet source publication publisher newspaper site site_name sitename source_name medium "
    "publisher_name outlet_name media media_name source_domain domain",
    "published": "published published_at publishedat pub_date pubdate publication_date date date_published "
    "datepublished publish_date publishdate published_date published_on "
    "date_publish datetime date_time publication_datetime published_time first_published webpublicationdate pubtime",
    "author": "author authors byline writer creator by journalist",
    "url": "url link address permalink web_url weburl canonical_url article_url source_url",
}
DOMAIN = re.compile(r"(?:[a-z0-9-]+\.)+[a-z]{2,}", re.IGNORECASE)
NESTED = ("_source", "fields", "attributes", "article", "node", "document", "data")
"""Objects inside a row that hold its fields, in exports of search engines and publishing systems."""
VALUE_KEYS = ("name", "main", "rendered", "original", "plain", "title", "text", "value", "content")
"""Keys of the value in an object that stands where a text is expected."""
FIELD_BY_ALIAS = {alias: field for field, aliases in COLUMN_ALIASES.items() for alias in aliases.split()}
ID_KEY_CHARACTERS = 100
"""Number of first characters of the text in the id key of an article without id and address."""


def read_rows(rows: Iterable[tuple[str, Any]], stem: str) -> Iterator[Article | InputError]:
    """Read articles from (name, row) pairs; yields an error with the name for each bad row."""
    for name, row in rows:
        try:
            if isinstance(row, InputError):
                raise row
            if not isinstance(row, Mapping):
                raise InputError("is not an object with a text and what is known of it")
            yield _article(row, stem)
        except ValidationError as error:
            yield InputError(f"{name}: {first_problem(error)}")
        except InputError as error:
            yield InputError(f"{name}: {error}")


def _article(row: Mapping[Any, Any], stem: str) -> Article:
    fields = normalise_row(row, stem)
    article = to_article(ArticleRecord.model_validate(fields))
    own = any(field_of(column) == "id" and value not in (None, "") for column, value in row.items())
    made = "address" if article.source.url else "content"
    return article if own else article.model_copy(update={"id_basis": made})


def normalise_row(row: Mapping[Any, Any], stem: str) -> dict[str, Any]:
    """Return the row under our field names; among several aliases our own name wins, else the first with a value."""
    found: dict[str, Any] = {}
    for column, value in _flat(row).items():
        field = field_of(column)
        value = _text(value) if field == "text" else _plain(value)
        if field and value not in (None, "") and (field not in found or column == field):
            found[field] = value
        elif field == "outlet" and "outlet" not in row and _is_host(found.get(field)) and not _is_host(value):
            found[field] = value or found[field]
    if row.get("plain") is True:
        found["plain"] = True
    if "id" not in found:
        found["id"] = _made_id(found, stem)
    if _is_host(found.get("outlet")):
        found["outlet"] = f"https://{found['outlet'].strip()}"
    if isinstance(found.get("author"), str) and found["author"].strip()[:3].casefold() == "by ":
        found["author"] = read_byline(found["author"]) or found["author"].strip()[3:]
    for field in ("title", "outlet", "author", "text"):
        if isinstance(found.get(field), str):
            found[field] = unescaped(found[field])
        if isinstance(found.get(field), str) and has_markup(found[field]):
            found[field] = _without_markup(found[field], "\n\n" if field == "text" else " ") or found[field]
    return found


def _is_host(value: Any) -> bool:
    return isinstance(value, str) and DOMAIN.fullmatch(value.strip()) is not None


def _flat(row: Mapping[Any, Any]) -> dict[Any, Any]:
    """Return the row together with the fields of an object inside it, unless that object is a value itself."""
    inner = (row[key] for key in NESTED if isinstance(row.get(key), Mapping))
    nested: Mapping[Any, Any] = next(
        (each for each in inner if any(field_of(key) in ("text", "title") for key in each)), {}
    )
    return {**nested, **{key: value for key, value in row.items() if value is not nested}}


def _text(value: Any) -> Any:
    """Convert a text in an object, or a list of paragraphs, to one text."""
    if isinstance(value, list):
        parts = [part for item in value if isinstance(part := _text(item), str) and part.strip()]
        return "\n\n".join(parts)
    return _plain(value)


def _without_markup(value: str, between: str) -> str:
    """Return the words of HTML, with entities as the characters that they stand for."""
    try:
        return between.join(block.text for block in markup_blocks(value, "a field"))
    except UnreadableFile:
        return unescape(value)


def field_of(column: Any) -> str | None:
    """Return our field name for a column; None for an unknown column."""
    return FIELD_BY_ALIAS.get(str(column).strip().lower().replace(" ", "_").replace("-", "_"))


def _plain(value: Any) -> Any:
    """Convert a name in an object, names in a list, or a number to one string."""
    if isinstance(value, Mapping):
        value = next((value[key] for key in VALUE_KEYS if isinstance(value.get(key), str)), None)
    if isinstance(value, list):
        value = ", ".join(str(_plain(item)) for item in value if item is not None)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return value


def _made_id(found: Mapping[str, Any], stem: str) -> str:
    address = web_address(found["url"]) if isinstance(found.get("url"), str) else None
    if address:
        return address_id(address)
    opening = str(found.get("text", ""))[:ID_KEY_CHARACTERS]
    return keyed_id(stem, f"{found.get('title')}\0{found.get('published')}\0{opening}")
