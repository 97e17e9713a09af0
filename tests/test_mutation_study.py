"""Mutation study: the gate must reject sentences that a rule has changed."""

import pytest

from evals.studies.mutations import changes, mutate, sentences
from index.reading import read_paths
from index.types import Article
from tests.conftest import SEEDS

STORY = "In May, the mayor of Zorbach met the harbour master in Quillby, where a strike had closed the docks."
COUNTED = "The angry crew wants at least 40 people who may leave, because an old pilot owns what was a ship and a bar."
MAX_ACCEPTED = {
    "names swapped": 0.08, "nouns swapped": 0.06, "adjectives swapped": 0.08, "verbs swapped": 0.25,
    "modal left out": 0.2, "degree added": 0.03,
}  # fmt: skip
"""Maximum share of mutations of one kind that the gate may accept."""


def test_every_kind_of_change_is_made() -> None:
    made = {change.kind: change.claim for text in (STORY, COUNTED) for change in changes(text)}
    assert made.keys() == {
        "place added", "count added", "cause added", "source added", "word exchanged", "denial added",
        "names swapped", "nouns swapped", "adjectives swapped", "verbs swapped", "small word turned",
        "past made present", "degree added", "bound left out", "modal left out",
    }  # fmt: skip
    assert not {STORY, COUNTED} & {*made.values()}


def test_names_of_one_list_are_not_swapped() -> None:
    text = "The strike closed the docks of Zorbach and Quillby."
    assert not [change for change in changes(text) if change.kind == "names swapped"]


@pytest.fixture(scope="module")
def sentences_of_seeds() -> list[str]:
    articles = [each for each in read_paths([SEEDS]) if isinstance(each, Article)]
    return list(sentences(articles))[::4]


def test_the_gate_accepts_none_that_says_something_else(sentences_of_seeds: list[str]) -> None:
    found = mutate(sentences_of_seeds)
    assert sum(found.tried.values()) > 900
    # What is left is in evals/LOG.md: words that the parse puts in the same place, and a degree said of another word.
    for kind, limit in MAX_ACCEPTED.items():
        assert found.share(kind) <= limit, [change.claim for change in found.accepted if change.kind == kind]
    assert not [change for change in found.accepted if change.kind not in MAX_ACCEPTED]
