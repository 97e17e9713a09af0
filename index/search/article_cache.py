"""Request-scoped article cache."""

from index.store.store import DocumentStore
from index.types import Article


class ArticleCache:
    """Request-scoped cache: reads each article version from the document store once for one question, draft or brief.

    It lives no longer than its request, so that a removed article stays in no memory and a correction is seen.
    """

    def __init__(self, store: DocumentStore) -> None:
        self._store = store
        self._articles: dict[tuple[str, int], Article] = {}

    def article(self, article_id: str, version: int) -> Article:
        """That version of the article; raises NotFound when there is none."""
        key = article_id, version
        if key not in self._articles:
            self._articles[key] = self._store.articles.get(article_id, version).article
        return self._articles[key]
