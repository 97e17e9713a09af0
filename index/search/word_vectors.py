"""Words by themselves: how near one is to another, so that a question need not use the article's own words."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from index.embedding import Embedder
from index.store.store import DocumentStore
from index.words import carries_meaning, stem, words

NEAR_FROM = 0.4
"""Cosine of two single words below which they have nothing to do with each other; from there to 1 it counts in part."""

EAGER = 5_000
"""So many words are embedded at their first sight, so that a small collection never keeps a question waiting."""
UNEMBEDDED = np.zeros(0, dtype=np.float16)
"""Kept for a word that one article has said."""


HELD = 16_384
"""Words whose vectors stay in memory: those of a small collection, some 25 MB."""


class Vocabulary:
    """The vectors of single words, embedded once and kept in the ledger."""

    def __init__(self, store: DocumentStore, embedder: Embedder) -> None:
        self._store = store
        self._embedder = embedder
        self._held: tuple[str, dict[str, NDArray[np.float32]]] = ("", {})
        """For which revision of the collection, and what it is: a removal takes words out of the ledger too."""

    def learn(self, texts: Sequence[str]) -> None:
        """Embed words of these articles, so that no question has to wait for them.

        In a large collection only those that a second article says: half of all words stand in one alone, and each of
        them costs a fiftieth of a chunk. The first question that meets one embeds it.
        """
        said = Counter(word for text in texts for word in set(words(text)) if carries_meaning(word))
        met = self._store.chunks.known_words(list(said))
        small = self._store.chunks.word_count() < EAGER
        again = [word for word, times in said.items() if small or times > 1 or word in met]
        self.vectors(again)
        self._store.chunks.keep_word_vectors(dict.fromkeys(said.keys() - met - set(again), UNEMBEDDED))

    def vectors(self, words: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors of the words, shape (n, dimension); those not yet known are embedded and kept."""
        revision = self._store.revision()
        if revision != self._held[0] or len(self._held[1]) > HELD:
            self._held = (revision, {})
        held = self._held[1]
        known = {word: vector for word in words if (vector := held.get(word)) is not None}
        if missing := [word for word in words if word not in known]:
            read = self._read(missing)
            held |= read
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
    """How much of a question's meaning, word by word, a sentence holds: BERTScore's greedy matching of words (Zhang et
    al. 2020, arXiv 1904.09675) by their own vectors, each weighed by its rarity, forms of one word being the same."""

    def __init__(
        self, asked: Sequence[str], rarity: Mapping[str, float], told: Iterable[str], vocabulary: Vocabulary
    ) -> None:
        """Args:
        asked: the content words of the question.
        rarity: the weight of each of their stems.
        told: every word that any sentence holds.
        """
        columns = list(dict.fromkeys(told))
        self._column = {word: i for i, word in enumerate(columns)}
        self._weights = np.array([rarity[stem(word)] for word in asked])
        # Not `@`: its library shares so small a product among threads that spin, which takes 16 ms for half a
        # millisecond's work when the cores are busy.
        cosines = np.einsum("ad,td->at", vocabulary.vectors(asked), vocabulary.vectors(columns))
        same = np.array([stem(word) for word in asked])[:, None] == np.array([stem(word) for word in columns])[None, :]
        self._nearness = np.where(same, 1.0, np.clip((cosines - NEAR_FROM) / (1.0 - NEAR_FROM), 0.0, 1.0))

    def of(self, sentences: Sequence[Sequence[str]]) -> list[float]:
        """The share of the question, between 0 and 1, that the words of each sentence hold."""
        shares = np.zeros(len(sentences))
        filled = [i for i, words in enumerate(sentences) if words]
        total = float(self._weights.sum())
        if filled and total:
            columns = [self._column[word] for words in sentences for word in words]
            starts = np.cumsum([0, *(len(sentences[i]) for i in filled[:-1])])
            shares[filled] = self._weights @ np.maximum.reduceat(self._nearness[:, columns], starts, axis=1) / total
        return [float(share) for share in shares]
