"""Library records: article lists, article versions and search results."""

from pydantic import Field

from index.types import Origin, Record, Span
from service.library.versions import Difference


class ArticleFacts(Record):
    """Facts about an article; null where unknown."""

    title: str | None
    outlet: str | None
    author: str | None
    place: str | None
    published: str | None = Field(description="ISO 8601 date at its own precision.")
    url: str | None
    basis: dict[str, str] = Field(description="How each is known: stated, inferred (from what), unknown.")


class ListedArticle(ArticleFacts):
    """Article in a list, without its text."""

    id: str
    version: int = Field(description="The current version; 1 unless the text changed after it was first ingested.")
    characters: int
    chunks: int
    digest: str = Field(description="SHA-256 of the text's UTF-8 bytes.")
    ingested_at: str
    origin: Origin


class ArticleList(Record):
    """Page of the collection, in the order of article ids."""

    articles: tuple[ListedArticle, ...]
    total: int


class ArticleView(ArticleFacts):
    """Article version with its text, in which every citation counts characters (code points)."""

    id: str
    version: int
    text: str
    digest: str
    ingested_at: str
    current: int = Field(description="The version that is searched now; others are kept for old citations.")
    origin: Origin
    corrections: tuple[Span, ...] = Field(default=(), description="Where in `text` the article corrects itself.")
    difference: Difference | None = Field(default=None, description="Null unless it was asked for.")


class SearchHit(Record):
    """Search hit: one passage."""

    article_id: str
    version: int
    title: str | None
    outlet: str | None
    published: str | None
    start: int
    end: int
    text: str
    score: float = Field(description="Fused rank score; comparable only within one search.")


class SearchResults(Record):
    """Search results: the passages nearest to a query, best first."""

    query: str
    results: tuple[SearchHit, ...]
