"""Texts as unit vectors: the real embedder, and one for tests that needs no model."""

import hashlib
import re
from bisect import bisect_right
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, ValidationError

from index.encoder import Encoder, Progress
from index.errors import ModelAltered, ModelMissing
from index.scheduling import InferenceScheduler
from index.types import Record, Span

CARD = "embedder.json"


class PartVectors(NamedTuple):
    """Vectors of texts and of the parts of each."""

    texts: NDArray[np.float32]
    """(n, dimension), unit rows."""
    parts: list[NDArray[np.float32]]
    """For each text (its parts, dimension), unit rows."""


class Embedder(Protocol):
    """The seam between the index and whatever turns a text into a vector; safe to call from several threads."""

    @property
    def name(self) -> str: ...

    @property
    def digest(self) -> str:
        """SHA-256 of the weights: two embedders with one digest give the same vectors."""

    @property
    def dimension(self) -> int: ...

    @property
    def max_tokens(self) -> int:
        """Tokens of one text that count, control tokens included; what lies beyond does not."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit-length rows, shape (n, dimension), so that a dot product is the cosine."""

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """The unit vector of a question, shape (dimension,), with the prefix the model wants before questions."""

    def embed_parts(self, texts: Sequence[str], parts: Sequence[Sequence[Span]]) -> PartVectors:
        """The rows of `embed`, and for each part of each text a unit vector that knows the text around it."""

    def count_tokens(self, text: str) -> int:
        """Tokens of the whole text, control tokens included."""

    def token_ends(self, text: str) -> list[int]:
        """The character offset just after each token: where an over-long sentence can be split."""


class Card(Record):
    """What an embedder's folder says of itself, in `embedder.json`."""

    name: str
    digest: str
    """SHA-256 of the safetensors the model was converted from."""
    dimension: int = Field(ge=1)
    max_tokens: int = Field(ge=3)
    query_prefix: str = ""


class OnnxEmbedder:
    """The converted model; mean pooling and normalisation are part of its graph."""

    def __init__(self, folder: Path, *, threads: int = 2, scheduler: InferenceScheduler | None = None) -> None:
        """Load it; raises ModelMissing or ModelAltered with the command that mends it."""
        self._card = _read_card(folder / CARD)
        self._encoder = Encoder(folder, threads=threads, scheduler=scheduler)

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
        """Unit-length rows, shape (n, dimension); `progress` is told of texts done and texts in all."""
        tokens = [self._encoder.encode(text, max_tokens=self.max_tokens) for text in texts]
        return self._encoder.run(tokens, progress=progress)

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """The unit vector of a question, shape (dimension,)."""
        row: NDArray[np.float32] = self.embed([self._card.query_prefix + text])[0]
        return row

    def embed_parts(
        self, texts: Sequence[str], parts: Sequence[Sequence[Span]], progress: Progress | None = None
    ) -> PartVectors:
        """Text vectors, and part vectors pooled from the same pass (late chunking, arXiv 2409.04701)."""
        tokens = [self._encoder.encode(text, max_tokens=self.max_tokens) for text in texts]
        rows, states = self._encoder.run_with_states(tokens, progress=progress)
        pooled = [
            _pool(found, self._encoder.ends(text), spans)
            for found, text, spans in zip(states, texts, parts, strict=True)
        ]
        return PartVectors(rows, pooled)

    def count_tokens(self, text: str) -> int:
        """Tokens of the whole text, control tokens included."""
        return self._encoder.count(text)

    def token_ends(self, text: str) -> list[int]:
        """The character offset just after each token of the whole text."""
        return self._encoder.ends(text)


class HashEmbedder:
    """A hashed bag of words for tests: texts that share words are near each other, and nothing needs fetching."""

    name = "hash"
    max_tokens = 256

    def __init__(self, dimension: int = 256) -> None:
        self.dimension = dimension
        self.digest = hashlib.sha256(f"hashed bag of words, {dimension}".encode()).hexdigest()

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit-length rows, shape (n, dimension); a text without words is the first axis."""
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in _WORD.findall(text.lower())[: self.max_tokens - 2]:
                row[self._place(word)] += 1.0
            row[0] += not row.any()
            row /= np.linalg.norm(row)
        return rows

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """The unit vector of a question, shape (dimension,)."""
        row: NDArray[np.float32] = self.embed([text])[0]
        return row

    def embed_parts(self, texts: Sequence[str], parts: Sequence[Sequence[Span]]) -> PartVectors:
        """Each part embedded by itself: a bag of words knows nothing of what stands around it."""
        own = [self.embed([part.of(text) for part in spans]) for text, spans in zip(texts, parts, strict=True)]
        return PartVectors(self.embed(texts), own)

    def count_tokens(self, text: str) -> int:
        """Words and marks, and two for the control tokens a real model adds."""
        return len(_WORD.findall(text)) + 2

    def token_ends(self, text: str) -> list[int]:
        """The character offset just after each word or mark."""
        return [match.end() for match in _WORD.finditer(text)]

    def _place(self, word: str) -> int:
        # hash() is salted anew in every process; a digest is not.
        return int.from_bytes(hashlib.blake2b(word.encode("utf-8", "replace"), digest_size=8).digest()) % self.dimension


_WORD = re.compile(r"\w+|[^\w\s]")


def _read_card(path: Path) -> Card:
    try:
        return Card.model_validate_json(path.read_bytes())
    except FileNotFoundError as error:
        raise ModelMissing(f"no embedder in {str(path.parent)!r}: run `footnote models pull`") from error
    except (OSError, ValidationError) as error:
        raise ModelAltered(f"cannot read {str(path)!r}: run `footnote models pull`") from error


def _pool(states: NDArray[np.float32], ends: Sequence[int], spans: Sequence[Span]) -> NDArray[np.float32]:
    """Unit means of the states of the tokens that end inside each span; row 0 of `states` is a control token."""
    rows = np.zeros((len(spans), states.shape[1]), dtype=np.float32)
    for row, span in zip(rows, spans, strict=True):
        first, last = bisect_right(ends, span.start) + 1, bisect_right(ends, span.end) + 1
        inside = states[first:last]
        row[:] = inside.mean(axis=0) if len(inside) else states.mean(axis=0)
        row /= max(float(np.linalg.norm(row)), 1e-9)
    return rows
