"""Article statements: all statements of an article, so that a premise may join sentences of any of its passages."""

from collections.abc import Sequence

from index.search.candidate_sentences import passage_sentences, sentence_kind
from index.search.scored_sentence import ScoredSentence
from index.sentences import split_sentences
from index.types import Passage, Span


class ArticleStatements:
    """Article statements of one draft: each article is split once. It lives as long as the article cache beside it."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, int], list[ScoredSentence]] = {}

    def around(self, retrieved: ScoredSentence, pool: Sequence[ScoredSentence]) -> list[ScoredSentence]:
        """Return the statements of a retrieved sentence's article in their order; those of `pool` as they are there."""
        key = retrieved.article_id, retrieved.version
        if key not in self._found:
            self._found[key] = _statements(retrieved)
        own = {each.span: each for each in pool if (each.article_id, each.version) == key}
        return [own.get(each.span, each) for each in self._found[key]]


def _statements(retrieved: ScoredSentence) -> list[ScoredSentence]:
    article = retrieved.article
    spans = tuple(span for paragraph in article.body for span in split_sentences(article.text, paragraph))
    whole = Passage(
        chunk_id="",
        article_id=article.id,
        version=retrieved.version,
        span=Span(start=0, end=len(article.text)),
        sentences=spans,
        score=0.0,
    )
    return [each for each in passage_sentences(whole, article) if sentence_kind(each.quote) == "statement"]
