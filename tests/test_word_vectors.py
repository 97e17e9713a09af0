"""Word vectors: which words are embedded at ingest and at question time, and how they cover a question."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from index.embedding import HashEmbedder
from index.search import word_vectors
from index.search.word_vectors import Coverage, WordVectors
from index.store.store import DocumentStore

STORM, FLOOD = "A storm closed the harbour.", "A flood closed the school."


class Synonyms(HashEmbedder):
    """Hash embedder in which "worship" is close to "mosque"."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows = super().embed(["mosque" if text == "worship" else text for text in texts])
        rows[[text == "worship" for text in texts], :8] += 0.2
        unit: NDArray[np.float32] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return unit


def embedded(store: DocumentStore) -> set[str]:
    return set(store.chunks.word_vectors(["storm", "closed", "harbour", "flood", "school"]))


def test_a_small_collection_embeds_every_word_at_ingestion(store: DocumentStore) -> None:
    WordVectors(store, HashEmbedder()).learn([STORM])
    assert embedded(store) == {"storm", "closed", "harbour"}


def test_a_large_collection_embeds_words_that_two_articles_have(
    store: DocumentStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(word_vectors, "MAX_WORDS_EMBEDDED_AT_INGEST", 0)
    words = WordVectors(store, HashEmbedder())
    words.learn([STORM])
    assert embedded(store) == set()
    words.learn([FLOOD])
    assert embedded(store) == {"closed"}


def test_a_word_not_yet_embedded_is_embedded_when_it_is_needed(
    store: DocumentStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(word_vectors, "MAX_WORDS_EMBEDDED_AT_INGEST", 0)
    words = WordVectors(store, HashEmbedder())
    words.learn([STORM])
    assert words.vectors(["storm"]).shape == (1, 256)
    assert embedded(store) == {"storm"}


def test_a_near_word_covers_a_question_in_part(store: DocumentStore) -> None:
    said = ["attacks", "mosque", "harbour"]
    coverage = Coverage(["attack", "worship"], {"attack": 1.0, "worship": 1.0}, said, WordVectors(store, Synonyms()))
    far, half, most, none = coverage.of([["harbour"], ["attacks"], ["attacks", "mosque"], []])
    assert far < 0.2
    assert half == pytest.approx(0.5, abs=0.1)
    assert 0.6 < most < 1.0
    assert none == 0.0


def test_a_word_is_embedded_once(store: DocumentStore) -> None:
    first = WordVectors(store, HashEmbedder()).vectors(["storm", "harbour", "storm"])
    assert store.chunks.word_vectors(["storm", "never seen"]).keys() == {"storm"}
    again = WordVectors(store, Synonyms()).vectors(["storm", "harbour", "storm"])
    assert np.array_equal(first, again)
