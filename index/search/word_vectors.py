"""Word vectors: similarity of single words, so that a question may use other words than the article."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from index.embedding import Embedder
from index.store.store import DocumentStore
from index.words import carries_meaning, stem, words

MIN_COSINE = 0.4
"""Cosine of two words below which they count as unrelated; from there to 1 similarity grows linearly."""

MAX_WORDS_EMBEDDED_AT_INGEST = 5_000
"""Vocabulary size below which all words are embedded at ingestion, so that questions never wait for it."""
NOT_EMBEDDED = np.zeros(0, dtype=np.float16)
"""Stored for a word that occurs in only one article and is not embedded yet."""
MAX_WORDS_CACHED = 16_384
"""Number of words whose vectors stay in memory: those of a small collection, about 25 MB."""


class WordVectors:
    """Word vectors of a collection: each word is embedded once and its vector stored."""

    def __init__(self, store: DocumentStore, embedder: Embedder) -> None:
        self._store = store
        self._embedder = embedder
        self._cache: tuple[str, dict[str, NDArray[np.float32]]] = ("", {})
        """Revision and vectors by word; valid for one revision, because a removal deletes words from the store."""

    def learn(self, texts: Sequence[str]) -> None:
        """Embed words of these texts at ingestion, so that no question has to wait for them.

        In a large collection only words that a second article has too: half of all words occur in one article only, and
        each costs a fiftieth of a chunk. The first question that needs such a word embeds it.
        """
        counted = Counter(word for text in texts for word in set(words(text)) if carries_meaning(word))
        met = self._store.chunks.known_words(list(counted))
        small = self._store.chunks.word_count() < MAX_WORDS_EMBEDDED_AT_INGEST
        again = [word for word, times in counted.items() if small or times > 1 or word in met]
        self.vectors(again)
        self._store.chunks.keep_word_vectors(dict.fromkeys(counted.keys() - met - set(again), NOT_EMBEDDED))

    def vectors(self, words: Sequence[str]) -> NDArray[np.float32]:
        """Return the unit vectors of the words, shape (n, dimension); missing ones are embedded and stored."""
        revision = self._store.revision()
        if revision != self._cache[0] or len(self._cache[1]) > MAX_WORDS_CACHED:
            self._cache = (revision, {})
        cache = self._cache[1]
        known = {word: vector for word in words if (vector := cache.get(word)) is not None}
        if missing := [word for word in words if word not in known]:
            read = self._read(missing)
            cache |= read
            known |= read
        rows = [known[word] for word in words]
        return np.stack(rows) if rows else np.zeros((0, self._embedder.dimension), dtype=np.float32)

    def _read(self, words: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        known = self._store.chunks.word_vectors(words)
        new = sorted(set(words) - known.keys(), key=lambda word: (len(word), word))
        if new:
            fresh = dict(zip(new, self._embedder.embed(new).astype(np.float16), strict=True))
            self._store.chunks.keep_word_vectors(fresh)
            known |= fresh
        return {word: vector.astype(np.float32) for word, vector in known.items()}


class Coverage:
    """Coverage: how far sentences cover the words of a question, between 0 and 1.

    BERTScore's greedy matching (Zhang et al. 2020, arXiv 1904.09675) on vectors of single words, each question word
    weighted by its inverse document frequency; words with the same stem match fully.
    """

    def __init__(
        self, asked: Sequence[str], idf: Mapping[str, float], sentence_words: Iterable[str], word_vectors: WordVectors
    ) -> None:
        """Compute the similarity of each question word to each sentence word.

        Args:
            asked: content words of the question.
            idf: weight of each of their stems.
            sentence_words: all words of all sentences.
        """
        columns = list(dict.fromkeys(sentence_words))
        self._column = {word: i for i, word in enumerate(columns)}
        self._weights = np.array([idf[stem(word)] for word in asked])
        # Not `@`: BLAS splits even so small a product among spinning threads, which takes 16 ms for half a millisecond
        # of work when the cores are busy.
        cosines = np.einsum("ad,td->at", word_vectors.vectors(asked), word_vectors.vectors(columns))
        same = np.array([stem(word) for word in asked])[:, None] == np.array([stem(word) for word in columns])[None, :]
        self._nearness = np.where(same, 1.0, np.clip((cosines - MIN_COSINE) / (1.0 - MIN_COSINE), 0.0, 1.0))

    def of(self, sentences: Sequence[Sequence[str]]) -> list[float]:
        """Return for each sentence the share of the question that its words cover; shape (len(sentences),)."""
        shares = np.zeros(len(sentences))
        filled = [i for i, words in enumerate(sentences) if words]
        total = float(self._weights.sum())
        if filled and total:
            columns = [self._column[word] for words in sentences for word in words]
            starts = np.cumsum([0, *(len(sentences[i]) for i in filled[:-1])])
            shares[filled] = self._weights @ np.maximum.reduceat(self._nearness[:, columns], starts, axis=1) / total
        return [float(share) for share in shares]
