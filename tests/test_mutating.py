"""The gate against sentences that were changed by rule; what is accepted here would reach a reader."""

import pytest

from evals.mutating import changes, mutate, sentences
from index.reading import read_paths
from index.types import Article
from tests.conftest import SEEDS

STORY = "In May, the mayor of Zorbach met the harbour master in Quillby, where a strike had closed the docks."


def test_every_kind_of_change_is_made() -> None:
    made = {change.kind: change.claim for change in changes(STORY)}
    assert made.keys() == {
        "place added", "count added", "cause added", "source added", "word exchanged", "denial added",
        "names swapped", "nouns swapped",
    }  # fmt: skip
    assert all(claim != STORY for claim in made.values())


def test_names_of_one_list_are_not_swapped() -> None:
    told = "The strike closed the docks of Zorbach and Quillby."
    assert not [change for change in changes(told) if change.kind == "names swapped"]


@pytest.fixture(scope="module")
def told() -> list[str]:
    articles = [each for each in read_paths([SEEDS]) if isinstance(each, Article)]
    return list(sentences(articles))[::4]


def test_the_gate_accepts_none_that_says_something_else(told: list[str]) -> None:
    found = mutate(told)
    assert sum(found.tried.values()) > 700
    let_through = [change for change in found.accepted if not change.kind.endswith("swapped")]
    assert let_through == []
    swapped = sum(tried for kind, tried in found.tried.items() if kind.endswith("swapped"))
    # What is left is in evals/LOG.md: sentences whose parse puts both words in the same place.
    assert len(found.accepted) <= 0.08 * swapped
