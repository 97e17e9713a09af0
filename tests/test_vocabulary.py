"""Which words are embedded while articles come in, and which wait for a question."""

from pathlib import Path

import pytest

from index import vocabulary
from index.catalogue import Catalogue
from index.embedding import HashEmbedder
from index.vocabulary import Vocabulary

STORM, FLOOD = "A storm closed the harbour.", "A flood closed the school."


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    return Catalogue(tmp_path / "ledger.db", stamp="s")


def embedded(catalogue: Catalogue) -> set[str]:
    return set(catalogue.word_vectors(["storm", "closed", "harbour", "flood", "school"]))


def test_a_small_collection_has_every_word(catalogue: Catalogue) -> None:
    Vocabulary(catalogue, HashEmbedder()).learn([STORM])
    assert embedded(catalogue) == {"storm", "closed", "harbour"}


def test_a_large_one_has_those_that_two_articles_say(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vocabulary, "EAGER", 0)
    words = Vocabulary(catalogue, HashEmbedder())
    words.learn([STORM])
    assert embedded(catalogue) == set()
    words.learn([FLOOD])
    assert embedded(catalogue) == {"closed"}


def test_a_word_that_waits_is_embedded_when_it_is_needed(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vocabulary, "EAGER", 0)
    words = Vocabulary(catalogue, HashEmbedder())
    words.learn([STORM])
    assert words.vectors(["storm"]).shape == (1, 256)
    assert embedded(catalogue) == {"storm"}
