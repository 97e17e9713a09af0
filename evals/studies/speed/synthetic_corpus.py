"""Synthetic corpus: collections of any size with random vectors, to time what grows with a collection."""

import itertools
import random
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from index.embedding import PartVectors
from index.store.sqlite_ledger import SqliteLedger
from index.store.store import DocumentStore
from index.types import Article, Chunk, Source, Span, stated

CHUNKS_PER_ARTICLE = 10
SENTENCES_PER_CHUNK = 4
WORDS_PER_SENTENCE = 22
VOCABULARY_SIZE = 30_000
COMMON_RANKS = (25, 500)
"""Frequency ranks of common question words; without the top ranks, which stand for function words."""
RARE_RANKS = (500, 8000)
LAST_DAY = date(2026, 1, 31)
DAYS = 700
"""Number of days over which the articles' dates are spread."""
DAYS_BETWEEN_ARTICLES = 233
ARTICLES_PER_TRANSACTION = 200
INSERT_ORIGIN = "INSERT INTO origin (article_id, sketch, rank, first) VALUES (?, ?, ?, ?)"
"""Insert the origin row of an article that is not a copy of another."""


class SyntheticText:
    """SyntheticText: generates articles whose word frequencies follow Zipf's law (the n-th word is 1/n as frequent)."""

    def __init__(self, dimension: int, seed: int = 1) -> None:
        self._numbers = np.random.default_rng(seed)
        self._dimension = dimension
        syllables = "ba ke li mo nu pra ste vor dan gel hin jor qua rel sim tur wex zan".split()
        names = ("".join(parts) for size in (2, 3, 4) for parts in itertools.product(syllables, repeat=size))
        found = list(itertools.islice(names, VOCABULARY_SIZE))
        random.Random(seed).shuffle(found)
        self._words = np.array(found)
        odds = 1.0 / np.arange(1, len(found) + 1)
        self._odds = np.cumsum(odds / odds.sum())

    def words(self, number: int) -> list[str]:
        """Sample `number` words by their frequency."""
        places = np.minimum(np.searchsorted(self._odds, self._numbers.random(number)), len(self._words) - 1)
        return [str(word) for word in self._words[places]]

    def question(self) -> str:
        """Return a question of three words, each in a third to a hundredth of the chunks, and three rarer ones."""
        common, rare = self._some(3, *COMMON_RANKS), self._some(3, *RARE_RANKS)
        return f"What did {' '.join(common)} say about the {' '.join(rare)}?"

    def _some(self, number: int, first: int, last: int) -> list[str]:
        return [str(word) for word in self._numbers.choice(self._words[first:last], number)]

    def vectors(self, number: int) -> NDArray[np.float32]:
        """Return random unit vectors of shape (number, dimension)."""
        rows = self._numbers.standard_normal((number, self._dimension)).astype(np.float32)
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        return rows

    def articles(self, chunks: int) -> Iterator[tuple[Article, list[Chunk], PartVectors]]:
        """Yield articles with `chunks` chunks in total, chunked and with vectors."""
        for number in range(-(-chunks // CHUNKS_PER_ARTICLE)):
            yield self._article(number, min(CHUNKS_PER_ARTICLE, chunks - number * CHUNKS_PER_ARTICLE))

    def _article(self, number: int, size: int) -> tuple[Article, list[Chunk], PartVectors]:
        words = iter(self.words(size * SENTENCES_PER_CHUNK * WORDS_PER_SENTENCE))
        sentences = [
            " ".join(itertools.islice(words, WORDS_PER_SENTENCE)).capitalize() + "."
            for _ in range(size * SENTENCES_PER_CHUNK)
        ]
        starts = [0, *itertools.accumulate(len(sentence) + 1 for sentence in sentences)]
        spans = [Span(start=start, end=start + len(text)) for start, text in zip(starts, sentences, strict=False)]
        text = " ".join(sentences)
        day = (LAST_DAY - timedelta(days=(DAYS_BETWEEN_ARTICLES * number) % DAYS)).isoformat()
        source = Source(outlet=stated(f"Outlet {number % 12}", "made"), published=stated(day, "made"))
        article = Article(id=f"made-{number:06}", text=text, source=source, body=(Span(start=0, end=len(text)),))
        groups = [spans[i * SENTENCES_PER_CHUNK : (i + 1) * SENTENCES_PER_CHUNK] for i in range(size)]
        chunks = [
            Chunk(id=f"{article.id}@1#{i}", span=Span(start=g[0].start, end=g[-1].end), sentences=tuple(g))
            for i, g in enumerate(groups)
        ]
        rows = self.vectors(size)
        # No timed code reads the sentence vectors, but they count towards the size on disk.
        return (
            article,
            chunks,
            PartVectors(rows, [np.repeat(row[np.newaxis], SENTENCES_PER_CHUNK, axis=0) for row in rows]),
        )


class BulkStore(DocumentStore):
    """BulkStore: document store that inserts articles in large transactions, without near-duplicate detection."""

    def fill(self, articles: Iterable[tuple[Article, list[Chunk], PartVectors]]) -> None:
        """Store the articles without syncing to disk, because synthetic data lost in a crash can be regenerated."""
        if isinstance(self._ledger, SqliteLedger):
            self._ledger.skip_syncing()
        waiting = iter(articles)
        while some := list(itertools.islice(waiting, ARTICLES_PER_TRANSACTION)):
            with self._ledger.transaction():
                for article, chunks, vectors in some:
                    self.articles.insert(article, 1)
                    self._index(article, 1, chunks, vectors, "")
                    self._ledger.execute(INSERT_ORIGIN, (article.id, b"", LAST_DAY.isoformat(), article.id))


def fill_store(store: BulkStore, chunks: int, dimension: int) -> SyntheticText:
    """Fill a store with `chunks` chunks; return their generator, which also makes questions."""
    made = SyntheticText(dimension)
    store.fill(made.articles(chunks))
    return made
