"""Library views: builds article lists, article versions and search hits for the API and the CLI."""

import re
from typing import Any

from index.errors import InputError, NotFound
from index.reading.corrections import find_corrections
from index.store.article_search import EVERYTHING, ArticleQuery, QueryWord
from index.store.corrections import FIELDS, read_correction
from index.store.store import DocumentStore
from index.types import Passage, Source, StoredArticle
from service.answering.citations import basis
from service.library.types import ArticleEdit, ArticleFacets, ArticleList, ArticleView, ListedArticle, SearchHit
from service.library.versions import Difference, compare_versions

WORD_OR_PHRASE = re.compile(r'"([^"]+)"|(\S+)')


def list_articles(store: DocumentStore, limit: int, offset: int, query: ArticleQuery = EVERYTHING) -> ArticleList:
    """List the current articles that match a query."""
    return ArticleList(
        articles=tuple(
            ListedArticle(**_facts(found.source), **found.model_dump(exclude={"source"}))
            for found in store.articles.list_current(limit, offset, query)
        ),
        total=store.articles.count_matching(query),
    )


def query_words(store: DocumentStore, text: str) -> tuple[QueryWord, ...]:
    """Look up the words of a query, and its phrases in quotation marks, in the lexical index."""
    found = (phrase or word for phrase, word in WORD_OR_PHRASE.findall(text))
    return tuple(QueryWord(each, store.lexical.articles_with(each)) for each in dict.fromkeys(found))


def article_facets(store: DocumentStore) -> ArticleFacets:
    """Return the outlets and kinds of file by which articles can be filtered."""
    return ArticleFacets(
        total=store.articles.count(),
        outlets=tuple(store.articles.outlet_facets()),
        kinds=tuple(store.articles.kind_facets()),
    )


def view_article(
    store: DocumentStore, article_id: str, version: int | None = None, *, difference: bool = False
) -> ArticleView:
    """Return one version of an article with its text, by default the current one.

    With `difference`, include the version diff: from that version to the current one; for the current version, from
    the one before it.

    Raises:
        NotFound: there is no such article or version, or no other version to compare it with.
    """
    stored = store.articles.get(article_id, version)
    current = store.articles.get(article_id)
    return ArticleView(
        **_facts(stored.article.source),
        stated=store.articles.stated(article_id, stored.version),
        id=article_id,
        version=stored.version,
        text=stored.article.text,
        digest=stored.digest,
        ingested_at=stored.ingested_at,
        current=current.version,
        origin=store.articles.origins([article_id])[article_id],
        corrections=find_corrections(stored.article.text),
        difference=_difference(store, stored, current) if difference else None,
    )


def read_edit(edit: ArticleEdit) -> dict[str, str | None]:
    """Return the corrected values by field.

    Raises:
        InputError: nothing is corrected or undone, or a value is no name or date.
    """
    named = {name: value for name in FIELDS if (value := getattr(edit, name)) is not None}
    if not named and not edit.undo:
        raise InputError("nothing to correct; give a title, an outlet, an author or a publication date, or undo")
    return {name: read_correction(name, value) for name, value in named.items()}


def _difference(store: DocumentStore, stored: StoredArticle, current: StoredArticle) -> Difference:
    if stored.version != current.version:
        return compare_versions(stored, current)
    if stored.version == 1:
        raise NotFound(f"article {stored.article.id!r} has one version only; there is nothing to compare it with")
    return compare_versions(store.articles.get(stored.article.id, stored.version - 1), current)


def search_hit(store: DocumentStore, passage: Passage) -> SearchHit:
    """Build a search hit from a passage and the facts about its article."""
    article = store.articles.get(passage.article_id, passage.version).article
    return SearchHit(
        article_id=passage.article_id,
        version=passage.version,
        title=article.source.title.value,
        outlet=article.source.outlet.value,
        published=article.source.published.value,
        start=passage.span.start,
        end=passage.span.end,
        text=passage.span.of(article.text),
        score=passage.score,
    )


def _facts(source: Source) -> dict[str, Any]:
    names = ("title", "outlet", "author", "place", "published")
    return {**{name: getattr(source, name).value for name in names}, "url": source.url, "basis": basis(source)}
