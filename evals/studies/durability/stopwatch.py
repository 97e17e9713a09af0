"""Timers: of a part of the work, and of every call of an embedder."""

import time
from collections.abc import Sequence
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from index.embedding import Embedder, PartVectors
from index.types import Span


class Stopwatch:
    """Adds up the seconds spent inside each `with`."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.processor_seconds = 0.0
        """Of this process, all threads: what another process takes from the machine does not count."""
        self._began = (0.0, 0.0)

    def __enter__(self) -> None:
        self._began = (time.perf_counter(), time.process_time())

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.seconds += time.perf_counter() - self._began[0]
        self.processor_seconds += time.process_time() - self._began[1]


class TimedEmbedder:
    """An embedder that counts its calls and times those that embed."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self.name, self.digest = embedder.name, embedder.digest
        self.dimension, self.max_tokens = embedder.dimension, embedder.max_tokens
        self.chunks, self.words = Stopwatch(), Stopwatch()
        self.calls = 0
        self.words_embedded = 0
        self._texts: list[str] = []

    def take_texts(self) -> list[str]:
        """The chunks embedded since the last time."""
        texts, self._texts = self._texts, []
        return texts

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Single words: during an ingest nothing else is embedded in this way."""
        self.calls += 1
        self.words_embedded += len(texts)
        with self.words:
            return self._embedder.embed(texts)

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """Not timed: no question is asked during an ingest."""
        return self._embedder.embed_query(text)

    def embed_parts(self, texts: Sequence[str], parts: Sequence[Sequence[Span]]) -> PartVectors:
        """Chunks of an article with their sentences."""
        self.calls += 1
        self._texts += texts
        with self.chunks:
            return self._embedder.embed_parts(texts, parts)

    def count_tokens(self, text: str) -> int:
        """Counted as a call: an unchanged article needs none."""
        self.calls += 1
        return self._embedder.count_tokens(text)

    def token_ends(self, text: str) -> list[int]:
        """Counted as a call too."""
        self.calls += 1
        return self._embedder.token_ends(text)
