"""Named outlets: each outlet named in a query gets passage slots; others lose only those slots."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from index.reading import read_paths
from index.search.named_outlets import named_outlets, reserve_places
from index.types import Filters
from service.runtime.home_lock import Home
from service.runtime.settings import Settings
from service.workspace import Workspace
from tests.conftest import light_engines

OUTLETS = ("The Harbour Post - Sports", "Tide", "Norwick Gazette | All the news", "daily ledger")


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("What did The Harbour Post report on the strike?", {"The Harbour Post - Sports"}),
        ("Does 'Tide' agree with the Norwick Gazette?", {"Tide", "Norwick Gazette | All the news"}),
        ("Tide tables: who prints them?", set()),
        ("What did the tide bring in?", set()),
        ("Which Tidewater port closed?", set()),
        ("What did the daily ledger say?", set()),
    ],
)
def test_an_outlet_is_named_in_its_own_capitals(question: str, named: set[str]) -> None:
    assert named_outlets(question, OUTLETS) == named


def test_each_named_outlet_gets_its_share_and_the_rest_keep_their_order() -> None:
    ranked = [(name, 1.0 - i / 10) for i, name in enumerate(("a1", "a2", "a3", "b1", "c1", "a4", "b2", "b3"))]
    outlet_of = {name: {"a": "A", "b": "B", "c": None}[name[0]] for name, _ in ranked}
    found = [name for name, _ in reserve_places(ranked, outlet_of, frozenset({"A", "B"}), 6)]
    assert found == ["a1", "a2", "b1", "b2", "a3", "c1", "a4", "b3"]
    assert dict(reserve_places(ranked, outlet_of, frozenset({"A", "B"}), 6)) == dict(ranked)


def test_a_chunk_that_was_removed_meanwhile_is_no_error() -> None:
    assert reserve_places([("gone", 1.0), ("a1", 0.5)], {"a1": "A"}, frozenset({"A"}), 2) == [
        ("a1", 0.5),
        ("gone", 1.0),
    ]


@pytest.fixture
def crowded(settings: Settings, tmp_path: Path) -> Iterator[Workspace]:
    """Twelve articles of one outlet about a strike, and one of another outlet that says little about it."""
    articles = [
        {
            "id": f"p{n}",
            "outlet": "The Harbour Post",
            "text": f"The dock strike in Norwick went into day {n} of the strike.",
        }
        for n in range(12)
    ]
    articles.append({"id": "g", "outlet": "Norwick Gazette", "text": "Ferries were late because of what dockers did."})
    corpus = tmp_path / "corpus.jsonl"
    corpus.write_text("\n".join(json.dumps(article) for article in articles))
    with closing(Workspace(settings, light_engines(), Home(settings.home))) as workspace:
        workspace.ingest(read_paths([corpus]))
        yield workspace


def test_what_is_asked_of_two_outlets_is_looked_for_in_both(crowded: Workspace) -> None:
    question = "Do The Harbour Post and the Norwick Gazette agree on the dock strike in Norwick?"
    found = crowded.search(question, 6, Filters()).results
    assert {hit.outlet for hit in found[:3]} == {"The Harbour Post", "Norwick Gazette"}
    unnamed = crowded.search("What is said of the dock strike in Norwick?", 6, Filters()).results
    assert {hit.outlet for hit in unnamed} == {"The Harbour Post"}


def test_outlets_follow_the_collection(crowded: Workspace) -> None:
    assert crowded.store.articles.outlets() == {"The Harbour Post", "Norwick Gazette"}
    crowded.remove("g")
    assert crowded.store.articles.outlets() == {"The Harbour Post"}
