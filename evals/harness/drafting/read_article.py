"""Read article: an article with what drafting needs to know of all of it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from evals.harness.drafting.article_names import ArticleNames
from index.search.scored_sentence import ScoredSentence
from index.types import Article
from index.words import stems

MIN_REPEATS = 3


@dataclass(frozen=True)
class ReadArticle:
    """ReadArticle: an article with its statements and names."""

    article: Article
    statements: Sequence[ScoredSentence]
    names: ArticleNames
    repeated: frozenset[str]
    """Stems of at least `MIN_REPEATS` statements: what the article is about."""


def repeated_stems(statements: Sequence[ScoredSentence]) -> frozenset[str]:
    """Return the stems that several statements have."""
    counts = Counter(stem for each in statements for stem in stems(each.quote))
    return frozenset(stem for stem, count in counts.items() if count >= MIN_REPEATS)
