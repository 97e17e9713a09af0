"""Collections of made-up text of any size, with made-up vectors: to time what grows with a collection."""

import itertools
import random
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from index.embedding import PartVectors
from index.store.store import DocumentStore
from index.types import Article, Chunk, Source, Span, stated

CHUNKS = 10
"""A made-up article has so many."""
SENTENCES, WORDS = 4, 22
"""Of a chunk, and of a sentence."""
VOCABULARY = 30_000
COMMON, RARE = (25, 500), (500, 8000)
"""Ranks of the words in a question; the most frequent ones are those of grammar, for which nobody searches."""
LAST_DAY = date(2026, 1, 31)
DAYS, STRIDE = 700, 233
"""Articles are of so many days, and one is so many days from the next."""

TOGETHER = 200
"""Articles in one transaction."""
ALONE = "INSERT INTO origin (article_id, sketch, rank, first) VALUES (?, ?, ?, ?)"
"""An article that nothing else was copied from."""


class Stock:
    """Makes articles in which words are as rare as in real text: the n-th most frequent stands 1/n as often (Zipf)."""

    def __init__(self, dimension: int, seed: int = 1) -> None:
        self._numbers = np.random.default_rng(seed)
        self._dimension = dimension
        syllables = "ba ke li mo nu pra ste vor dan gel hin jor qua rel sim tur wex zan".split()
        names = ("".join(parts) for size in (2, 3, 4) for parts in itertools.product(syllables, repeat=size))
        found = list(itertools.islice(names, VOCABULARY))
        random.Random(seed).shuffle(found)
        self._words = np.array(found)
        odds = 1.0 / np.arange(1, len(found) + 1)
        self._odds = np.cumsum(odds / odds.sum())

    def words(self, number: int) -> list[str]:
        """So many words, as they would fall in a text."""
        places = np.minimum(np.searchsorted(self._odds, self._numbers.random(number)), len(self._words) - 1)
        return [str(word) for word in self._words[places]]

    def question(self) -> str:
        """A question of words that some chunks in three to some in a hundred hold, and of rarer ones."""
        common, rare = self._some(3, *COMMON), self._some(3, *RARE)
        return f"What did {' '.join(common)} say about the {' '.join(rare)}?"

    def _some(self, number: int, first: int, last: int) -> list[str]:
        return [str(word) for word in self._numbers.choice(self._words[first:last], number)]

    def vectors(self, number: int) -> NDArray[np.float32]:
        """So many unit vectors, shape (number, dimension)."""
        rows = self._numbers.standard_normal((number, self._dimension)).astype(np.float32)
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        return rows

    def articles(self, chunks: int) -> Iterator[tuple[Article, list[Chunk], PartVectors]]:
        """Articles with so many chunks in all, cut and embedded."""
        for number in range(-(-chunks // CHUNKS)):
            yield self._article(number, min(CHUNKS, chunks - number * CHUNKS))

    def _article(self, number: int, size: int) -> tuple[Article, list[Chunk], PartVectors]:
        said = iter(self.words(size * SENTENCES * WORDS))
        sentences = [" ".join(itertools.islice(said, WORDS)).capitalize() + "." for _ in range(size * SENTENCES)]
        starts = [0, *itertools.accumulate(len(sentence) + 1 for sentence in sentences)]
        spans = [Span(start=start, end=start + len(text)) for start, text in zip(starts, sentences, strict=False)]
        text = " ".join(sentences)
        day = (LAST_DAY - timedelta(days=(STRIDE * number) % DAYS)).isoformat()
        source = Source(outlet=stated(f"Outlet {number % 12}", "made"), published=stated(day, "made"))
        article = Article(id=f"made-{number:06}", text=text, source=source, body=(Span(start=0, end=len(text)),))
        groups = [spans[i * SENTENCES : (i + 1) * SENTENCES] for i in range(size)]
        chunks = [
            Chunk(id=f"{article.id}@1#{i}", span=Span(start=g[0].start, end=g[-1].end), sentences=tuple(g))
            for i, g in enumerate(groups)
        ]
        rows = self.vectors(size)
        # Nothing that is timed reads the vectors of sentences, but they take their room on disk.
        return article, chunks, PartVectors(rows, [np.repeat(row[np.newaxis], SENTENCES, axis=0) for row in rows])


class Warehouse(DocumentStore):
    """A ledger that is filled by the hundred articles; made-up ones have no copies to look for."""

    def fill(self, articles: Iterable[tuple[Article, list[Chunk], PartVectors]]) -> None:
        """Store them as they are, and trust that the machine stays up: what is lost here is made again."""
        self._ledger.skip_syncing()
        waiting = iter(articles)
        while some := list(itertools.islice(waiting, TOGETHER)):
            with self._ledger.transaction():
                for article, chunks, vectors in some:
                    self.articles.insert(article, 1)
                    self._index(article, 1, chunks, vectors, "")
                    self._ledger.execute(ALONE, (article.id, b"", LAST_DAY.isoformat(), article.id))


def stock(store: Warehouse, chunks: int, dimension: int) -> Stock:
    """Fill a ledger with so many chunks; returns what made them, for questions."""
    made = Stock(dimension)
    store.fill(made.articles(chunks))
    return made
