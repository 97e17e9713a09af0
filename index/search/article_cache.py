"""Article cache: reads each article version once per request."""

from index.store.store import DocumentStore
from index.types import Article


class ArticleCache:
    """Article cache of one question, draft or brief: reads each article version from the document store once.

    It lives only as long as its request, so that removed articles leave memory and new versions are seen. It is for one
    revision of the collection: an article that is removed and ingested again may have other text under an old number.
    """

    def __init__(self, store: DocumentStore) -> None:
        self._store = store
        self._articles: dict[tuple[str, int], Article] = {}

    def article(self, article_id: str, version: int) -> Article:
        """Return that version of the article; raises NotFound when it does not exist."""
        key = article_id, version
        if key not in self._articles:
            self._articles[key] = self._store.articles.get(article_id, version).article
        return self._articles[key]
