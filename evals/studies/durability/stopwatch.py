"""Timers: a stopwatch for code blocks, and an embedder wrapper that times its calls."""

import time
from collections.abc import Sequence
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from index.embedding import Embedder, PartVectors
from index.types import Span


class Stopwatch:
    """Stopwatch: sums the seconds spent inside its `with` blocks."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.processor_seconds = 0.0
        """CPU seconds of this process over all threads; unaffected by the CPU use of other processes."""
        self._began = (0.0, 0.0)

    def __enter__(self) -> None:
        self._began = (time.perf_counter(), time.process_time())

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.seconds += time.perf_counter() - self._began[0]
        self.processor_seconds += time.process_time() - self._began[1]


class TimedEmbedder:
    """TimedEmbedder: wraps an embedder, counts its calls and times those that embed."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self.name, self.digest = embedder.name, embedder.digest
        self.dimension, self.max_tokens = embedder.dimension, embedder.max_tokens
        self.chunks, self.words = Stopwatch(), Stopwatch()
        self.calls = 0
        self.words_embedded = 0
        self._texts: list[str] = []

    def take_texts(self) -> list[str]:
        """Return the chunk texts embedded since the last call, and reset."""
        texts, self._texts = self._texts, []
        return texts

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed and time as single words, the only texts that an ingest embeds with this method."""
        self.calls += 1
        self.words_embedded += len(texts)
        with self.words:
            return self._embedder.embed(texts)

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """Embed without timing, because an ingest asks no question."""
        return self._embedder.embed_query(text)

    def embed_parts(self, texts: Sequence[str], parts: Sequence[Sequence[Span]]) -> PartVectors:
        """Embed and time the chunks of an article with their sentences."""
        self.calls += 1
        self._texts += texts
        with self.chunks:
            return self._embedder.embed_parts(texts, parts)

    def count_tokens(self, text: str) -> int:
        """Count tokens; counts as a call, because an unchanged article should need none."""
        self.calls += 1
        return self._embedder.count_tokens(text)

    def token_ends(self, text: str) -> list[int]:
        """Return token ends; also counts as a call."""
        self.calls += 1
        return self._embedder.token_ends(text)
