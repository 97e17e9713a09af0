"""Library records: article lists, article versions and search results."""

from pydantic import Field

from index.kind_names import FileKind
from index.store.article_search import Facet
from index.types import Origin, Record, Span, Utf8Text
from service.library.versions import Difference


class ArticleFacts(Record):
    """Facts about an article; null where unknown."""

    title: str | None
    outlet: str | None
    author: str | None
    place: str | None
    published: str | None = Field(description="ISO 8601 date at its own precision.")
    url: str | None
    basis: dict[str, str] = Field(
        description="How each is known: stated, inferred (from what), given or corrected by the reader, unknown."
    )
    stated: dict[str, str | None] = Field(
        default={}, description="What the article itself states in place of each fact that the reader corrected."
    )


class ArticleEdit(Record):
    """Reader's corrections of an article: an empty value says that the fact is not known."""

    title: Utf8Text | None = Field(default=None, description="The headline, corrected; null leaves it.")
    outlet: Utf8Text | None = Field(default=None, description="Who published it, corrected; null leaves it.")
    author: Utf8Text | None = Field(default=None, description="Who wrote it, corrected; null leaves it.")
    published: Utf8Text | None = Field(
        default=None, description="When it was published, as 2025-10-16, 2025-10 or 2025; null leaves it."
    )
    undo: bool = Field(default=False, description="Whether all earlier corrections are undone first.")


class ListedArticle(ArticleFacts):
    """Article in a list, without its text."""

    id: str
    version: int = Field(description="The current version; 1 unless the text changed after it was first ingested.")
    characters: int
    chunks: int
    digest: str = Field(description="SHA-256 of the text's UTF-8 bytes.")
    ingested_at: str
    origin: Origin
    opening: str = Field(description="The first words of the text, on one line.")
    kind: FileKind | None = Field(description="The kind of file that it was read from; null where that is not known.")


class ArticleList(Record):
    """Page of the articles that match a query, in its order."""

    articles: tuple[ListedArticle, ...]
    total: int = Field(description="How many articles match, on all pages together.")


class ArticleFacets(Record):
    """Facets of the collection: the outlets and kinds of file that are there, with their numbers of articles."""

    total: int = Field(description="The number of articles.")
    outlets: tuple[Facet, ...] = Field(description="The known outlets, by name.")
    kinds: tuple[Facet, ...] = Field(description="The known kinds of file, by name.")


class RemovedArticles(Record):
    """Ids of the articles that were removed."""

    removed: tuple[str, ...] = Field(description="Sorted; those that were not there are left out.")


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
