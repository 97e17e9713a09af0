"""Article statements: all statements of an article, so that a premise may join sentences of any of its passages."""

from collections.abc import Sequence

from index.search.candidate_sentences import article_statements
from index.search.scored_sentence import ScoredSentence


class ArticleStatements:
    """Article statements of one draft: each article is split once. It lives as long as the article cache beside it."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, int], list[ScoredSentence]] = {}

    def around(self, retrieved: ScoredSentence, pool: Sequence[ScoredSentence]) -> list[ScoredSentence]:
        """Return the statements of a retrieved sentence's article in their order; those of `pool` as they are there."""
        key = retrieved.article_id, retrieved.version
        if key not in self._found:
            self._found[key] = article_statements(retrieved.article, retrieved.version)
        own = {each.span: each for each in pool if (each.article_id, each.version) == key}
        return [own.get(each.span, each) for each in self._found[key]]
