"""Embedders: turn texts into unit vectors with the ONNX model, or with a hashed bag of words in tests."""

import hashlib
import re
from bisect import bisect_right
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, ValidationError

from index.encoder import OnnxEncoder, Progress
from index.errors import ModelAltered, ModelMissing
from index.scheduling import InferenceScheduler
from index.types import Record, Span

CARD_FILE = "embedder.json"


class PartVectors(NamedTuple):
    """Vectors of texts and of the parts (sentences) of each text."""

    texts: NDArray[np.float32]
    """Vectors of the texts, shape (n, dimension), unit rows."""
    parts: list[NDArray[np.float32]]
    """For each text the vectors of its parts, shape (parts, dimension), unit rows."""


class Embedder(Protocol):
    """Embedder protocol: turns texts into unit vectors; safe to call from several threads."""

    @property
    def name(self) -> str: ...

    @property
    def digest(self) -> str:
        """SHA-256 of the weights: embedders with equal digests give equal vectors."""

    @property
    def dimension(self) -> int: ...

    @property
    def max_tokens(self) -> int:
        """Truncation length in tokens, special tokens included."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return unit vectors, shape (n, dimension); their dot product is the cosine."""

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """Embed a question with the model's query prefix; returns a unit vector, shape (dimension,)."""

    def embed_parts(self, texts: Sequence[str], parts: Sequence[Sequence[Span]]) -> PartVectors:
        """Return the vectors of `embed` and a contextual unit vector of each part of each text."""

    def count_tokens(self, text: str) -> int:
        """Return the number of tokens of the whole text, special tokens included."""

    def token_ends(self, text: str) -> list[int]:
        """Return the end offset of each token in characters: where a sentence that is too long can be split."""


class EmbedderCard(Record):
    """Embedder card: the model's metadata, read from `embedder.json` in its folder."""

    name: str
    digest: str
    """SHA-256 of the safetensors the model was converted from."""
    dimension: int = Field(ge=1)
    max_tokens: int = Field(ge=3)
    query_prefix: str = ""


class OnnxEmbedder:
    """ONNX embedder: runs the converted model, whose graph includes mean pooling and normalisation."""

    def __init__(self, folder: Path, *, threads: int = 2, scheduler: InferenceScheduler | None = None) -> None:
        """Load the model; raises ModelMissing or ModelAltered, whose message names the command that repairs it."""
        self._card = _read_card(folder / CARD_FILE)
        self._encoder = OnnxEncoder(folder, threads=threads, scheduler=scheduler)

    @property
    def name(self) -> str:
        return self._card.name

    @property
    def digest(self) -> str:
        return self._card.digest

    @property
    def dimension(self) -> int:
        return self._card.dimension

    @property
    def max_tokens(self) -> int:
        return self._card.max_tokens

    def embed(self, texts: Sequence[str], progress: Progress | None = None) -> NDArray[np.float32]:
        """Return unit vectors, shape (n, dimension); `progress` is called after each batch."""
        tokens = [self._encoder.encode(text, max_tokens=self.max_tokens) for text in texts]
        return self._encoder.run(tokens, progress=progress)

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """Embed a question; returns a unit vector, shape (dimension,)."""
        row: NDArray[np.float32] = self.embed([self._card.query_prefix + text])[0]
        return row

    def embed_parts(
        self, texts: Sequence[str], parts: Sequence[Sequence[Span]], progress: Progress | None = None
    ) -> PartVectors:
        """Return text vectors, and part vectors pooled from the same forward pass (late chunking, arXiv 2409.04701)."""
        tokens = [self._encoder.encode(text, max_tokens=self.max_tokens) for text in texts]
        rows, states = self._encoder.run_with_states(tokens, progress=progress)
        pooled = [
            _pool(found, self._encoder.token_ends(text), spans)
            for found, text, spans in zip(states, texts, parts, strict=True)
        ]
        return PartVectors(rows, pooled)

    def count_tokens(self, text: str) -> int:
        """Return the number of tokens of the whole text, special tokens included."""
        return self._encoder.count_tokens(text)

    def token_ends(self, text: str) -> list[int]:
        """Return the end offset of each token of the whole text, in characters."""
        return self._encoder.token_ends(text)


class HashEmbedder:
    """Hash embedder for tests: a hashed bag of words, so texts that share words are similar and no model is needed."""

    name = "hash"
    max_tokens = 256

    def __init__(self, dimension: int = 256) -> None:
        self.dimension = dimension
        self.digest = hashlib.sha256(f"hashed bag of words, {dimension}".encode()).hexdigest()

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return unit vectors, shape (n, dimension); a text without words gets the unit vector of the first axis."""
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in _WORD.findall(text.lower())[: self.max_tokens - 2]:
                row[self._axis(word)] += 1.0
            row[0] += not row.any()
            row /= np.linalg.norm(row)
        return rows

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """Embed a question; returns a unit vector, shape (dimension,)."""
        row: NDArray[np.float32] = self.embed([text])[0]
        return row

    def embed_parts(self, texts: Sequence[str], parts: Sequence[Sequence[Span]]) -> PartVectors:
        """Return the vectors of texts and parts; part vectors have no context, because each part is embedded alone."""
        own = [self.embed([part.of(text) for part in spans]) for text, spans in zip(texts, parts, strict=True)]
        return PartVectors(self.embed(texts), own)

    def count_tokens(self, text: str) -> int:
        """Return the number of words and punctuation marks, plus two for special tokens."""
        return len(_WORD.findall(text)) + 2

    def token_ends(self, text: str) -> list[int]:
        """Return the end offset of each word or punctuation mark, in characters."""
        return [match.end() for match in _WORD.finditer(text)]

    def _axis(self, word: str) -> int:
        # Not hash(), which is salted per process.
        return int.from_bytes(hashlib.blake2b(word.encode("utf-8", "replace"), digest_size=8).digest()) % self.dimension


_WORD = re.compile(r"\w+|[^\w\s]")


def _read_card(path: Path) -> EmbedderCard:
    try:
        return EmbedderCard.model_validate_json(path.read_bytes())
    except FileNotFoundError as error:
        raise ModelMissing(f"no embedder in {str(path.parent)!r}: run `footnote models pull`") from error
    except (OSError, ValidationError) as error:
        raise ModelAltered(f"cannot read {str(path)!r}: run `footnote models pull`") from error


def _pool(states: NDArray[np.float32], ends: Sequence[int], spans: Sequence[Span]) -> NDArray[np.float32]:
    """Mean-pool the tokens of each span into a unit vector, shape (spans, width); `states[0]` is a special token."""
    rows = np.zeros((len(spans), states.shape[1]), dtype=np.float32)
    for row, span in zip(rows, spans, strict=True):
        first, last = bisect_right(ends, span.start) + 1, bisect_right(ends, span.end) + 1
        inside = states[first:last]
        row[:] = inside.mean(axis=0) if len(inside) else states.mean(axis=0)
        row /= max(float(np.linalg.norm(row)), 1e-9)
    return rows
