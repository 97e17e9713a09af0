"""Near words, how many quotations are shown, and what the refusal weighs, without any model."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from index.embedding import HashEmbedder
from index.search.word_vectors import Coverage, Vocabulary
from index.store.store import DocumentStore
from service.answering.query import asks_several, is_composite


class Synonyms(HashEmbedder):
    """A hash embedder to which a mosque is nearly a place of worship."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows = super().embed(["mosque" if text == "worship" else text for text in texts])
        rows[[text == "worship" for text in texts], :8] += 0.2
        unit: NDArray[np.float32] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return unit


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DocumentStore]:
    opened = DocumentStore.open(tmp_path / "ledger.db", fingerprint="s")
    yield opened
    opened.close()


def test_a_near_word_covers_a_question_in_part(store: DocumentStore) -> None:
    told = ["attacks", "mosque", "harbour"]
    coverage = Coverage(["attack", "worship"], {"attack": 1.0, "worship": 1.0}, told, Vocabulary(store, Synonyms()))
    far, half, most, none = coverage.of([["harbour"], ["attacks"], ["attacks", "mosque"], []])
    assert far < 0.2
    assert half == pytest.approx(0.5, abs=0.1)
    assert 0.6 < most < 1.0
    assert none == 0.0


def test_a_word_is_embedded_once(store: DocumentStore) -> None:
    first = Vocabulary(store, HashEmbedder()).vectors(["storm", "harbour", "storm"])
    assert store.chunks.word_vectors(["storm", "never seen"]).keys() == {"storm"}
    again = Vocabulary(store, Synonyms()).vectors(["storm", "harbour", "storm"])
    assert np.array_equal(first, again)


@pytest.mark.parametrize(
    "question",
    [
        "Which ports have closed?",
        "What did the mayor promise, and did she keep it?",
        "How do the reports differ on the toll?",
        "Name the ministers who resigned.",
    ],
)
def test_a_question_for_several_things_is_known(question: str) -> None:
    assert asks_several(question)


@pytest.mark.parametrize("question", ["Who closed the port?", "When was the bridge opened?", "What is this?"])
def test_a_question_for_one_thing_is_known(question: str) -> None:
    assert not asks_several(question)


def test_a_question_that_joins_facts_is_composite() -> None:
    assert is_composite(
        "Does the Courier say that the harbour lost money after the storm, while the Herald reports a record profit "
        "from new cruise ships that summer?"
    )
    assert not is_composite("Who closed the port after the storm?")
