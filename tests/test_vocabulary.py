"""Which words are embedded while articles come in, and which wait for a question."""

from pathlib import Path

import pytest

from index.embedding import HashEmbedder
from index.search import word_vectors
from index.search.word_vectors import Vocabulary
from index.store.store import DocumentStore

STORM, FLOOD = "A storm closed the harbour.", "A flood closed the school."


@pytest.fixture
def store(tmp_path: Path) -> DocumentStore:
    return DocumentStore.open(tmp_path / "ledger.db", fingerprint="s")


def embedded(store: DocumentStore) -> set[str]:
    return set(store.chunks.word_vectors(["storm", "closed", "harbour", "flood", "school"]))


def test_a_small_collection_has_every_word(store: DocumentStore) -> None:
    Vocabulary(store, HashEmbedder()).learn([STORM])
    assert embedded(store) == {"storm", "closed", "harbour"}


def test_a_large_one_has_those_that_two_articles_say(store: DocumentStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(word_vectors, "MAX_WORDS_EMBEDDED_AT_INGEST", 0)
    words = Vocabulary(store, HashEmbedder())
    words.learn([STORM])
    assert embedded(store) == set()
    words.learn([FLOOD])
    assert embedded(store) == {"closed"}


def test_a_word_that_waits_is_embedded_when_it_is_needed(store: DocumentStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(word_vectors, "MAX_WORDS_EMBEDDED_AT_INGEST", 0)
    words = Vocabulary(store, HashEmbedder())
    words.learn([STORM])
    assert words.vectors(["storm"]).shape == (1, 256)
    assert embedded(store) == {"storm"}
