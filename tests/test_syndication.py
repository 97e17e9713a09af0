"""Syndication: near-duplicate clusters and agency credits, independent of the order of ingestion."""

import itertools
from pathlib import Path

import numpy as np
import pytest

from index.chunking import chunk
from index.embedding import PartVectors
from index.errors import NotFound
from index.near_duplicate_articles import are_near_duplicates, candidates, overlap, shingles, sketch
from index.reading import ArticleRecord, to_article
from index.store.store import DocumentStore
from index.types import Article
from tests.stores import Stores
from tests.test_document_store import EMBEDDER, add

STORY = (
    "The harbour of Norwick was closed on Monday after a storm tore two cranes from the quay. "
    "The mayor said that the damage would cost the town four million crowns. "
    "Fishing boats lay in the inner basin, where the wind had pushed them against each other. "
    "A spokesman of the port said the ferry to the islands would not sail before Friday. "
    "Engineers were to look at the foundations of the quay in the morning, he added. "
    "In the last storm of this strength, nine years ago, the lighthouse lost its lamp."
)
OTHER = (
    "A storm closed the port of Norwick for days and its mayor now wants money from the capital. "
    "Repairs to the quay would take until spring, an engineer of the ministry told the council on Wednesday. "
    "Islanders complained that shops were running out of bread because no ferry had come. "
    "Two cranes fell into the water on Monday. The insurer has sent an expert to count the damage."
)


def article(name: str, text: str = STORY, day: str = "2025-03-04", outlet: str = "", url: str = "") -> Article:
    return to_article(ArticleRecord(id=name, text=text, published=day, outlet=outlet, url=url))


def half(text: str) -> str:
    return text[: text.index("A spokesman")]


def origin_by_article(store: DocumentStore) -> dict[str, str]:
    return {found.id: found.origin.id for found in store.articles.list_current()}


def test_an_excerpt_is_contained_in_the_longer_text() -> None:
    long, cut = shingles(article("long")), shingles(article("cut", half(STORY)))
    assert overlap(long, cut).containment == 1.0
    assert are_near_duplicates(long, cut)


def test_another_report_of_the_same_event_is_no_duplicate() -> None:
    assert not are_near_duplicates(shingles(article("a")), shingles(article("b", OTHER)))


def test_a_short_text_is_a_duplicate_only_when_it_is_equal() -> None:
    one, same, near = (
        shingles(article("x", t)) for t in ("The quay is shut.", "the quay is SHUT", "The quay is open.")
    )
    assert are_near_duplicates(one, same)
    assert not are_near_duplicates(one, near)


def test_the_earliest_duplicate_is_the_origin(store: DocumentStore) -> None:
    add(store, article("late", f"Storm shuts port. {STORY}", "2025-03-06"))
    add(store, article("early", half(STORY), "2025-03-05"))
    add(store, article("own", OTHER))
    assert origin_by_article(store) == {"early": "text:early", "late": "text:early", "own": "text:own"}
    origin = store.articles.origins(["late"])["late"]
    assert (origin.first, origin.copies, origin.basis) == ("early", 2, "it has the words of 'early'")


def test_a_credit_names_the_origin_of_the_whole_cluster(store: DocumentStore) -> None:
    add(store, article("bare"))
    add(store, article("credited", f"NORWICK (Reuters) - {half(STORY)}", "2025-03-05"))
    add(store, article("other", f"{OTHER}\n\n(With inputs from Reuters)"))
    assert set(origin_by_article(store).values()) == {"wire:Reuters"}
    assert store.articles.origins(["bare"])["bare"].basis == "it has the words of 'credited', which credits Reuters"


def test_two_agencies_are_two_origins(store: DocumentStore) -> None:
    add(store, article("a", f"{STORY} (AFP)"))
    add(store, article("b", f"{OTHER} (AP)"))
    assert origin_by_article(store) == {"a": "wire:AFP", "b": "wire:AP"}


def test_a_digest_does_not_join_the_clusters_of_its_stories(store: DocumentStore) -> None:
    add(store, article("one", day="2025-03-04"))
    add(store, article("two", OTHER, "2025-03-05"))
    add(store, article("digest", f"{STORY}\n\n{OTHER}", "2025-03-09"))
    assert origin_by_article(store) == {"one": "text:one", "two": "text:two", "digest": "text:one"}


NOTICE = (
    "Most stock quote data provided by Calder. All market indices are shown in real time, but for one, which is "
    "refreshed every two minutes. Some market data is the property of the Norwick Exchange and its licensors. The "
    "branded indices are calculated, distributed and marketed by Gieske Indices and have been licensed for use."
)
SHORT = (
    "Shares of the port authority fell by two crowns on Tuesday.",
    "The ferry line will publish its yearly figures in the spring.",
)
LONG = (
    STORY,
    OTHER,
    "A choir from the valley won the contest of the northern schools with a song about a miller and his geese. "
    "Its leader had taken the train at four in the morning because the road was blocked by snow. "
    "The jury praised the youngest voices and asked for the score of the last piece, which nobody had heard before. "
    "A second prize went to the brass players of Hallen, who had lost their instruments in a fire last autumn.",
)


def test_a_notice_that_a_site_prints_in_every_article_makes_no_copies(store: DocumentStore) -> None:
    for i, text in enumerate((*SHORT, *LONG)):
        add(store, article(str(i), f"{text}\n\n{NOTICE}", f"2025-03-0{i + 1}"))
    assert origin_by_article(store) == {str(i): f"text:{i}" for i in range(5)}
    add(store, article("copy", f"{LONG[0]}\n\n{NOTICE}", "2025-03-09"))
    assert origin_by_article(store)["copy"] == "text:2"


def test_clusters_do_not_depend_on_the_order_of_ingestion(stores: Stores) -> None:
    articles = [
        article("a", day="2025-03-06"),
        article("b", half(STORY), "2025-03-05"),
        article("c", f"{OTHER}\n\n{STORY}", "2025-03-04"),
        article("d", f"OSLO (AP) — {OTHER}", "2025-03-07"),
    ]
    found = []
    for i, order in enumerate(itertools.permutations(articles)):
        store = stores.open(str(i))
        for each in order:
            add(store, each)
        found.append([(each.id, each.origin) for each in store.articles.list_current()])
        store.close()
    assert all(each == found[0] for each in found)


def test_after_removal_of_the_origin_the_next_duplicate_is_the_origin(store: DocumentStore) -> None:
    for name, day in (("a", "2025-03-04"), ("b", "2025-03-05"), ("c", "2025-03-06")):
        add(store, article(name, day=day))
    store.remove("a")
    assert origin_by_article(store) == {"b": "text:b", "c": "text:b"}


def test_a_rewritten_version_leaves_its_cluster(store: DocumentStore) -> None:
    add(store, article("a"))
    add(store, article("b", day="2025-03-05"))
    add(store, article("a", OTHER))
    assert origin_by_article(store) == {"a": "text:a", "b": "text:b"}


def test_a_rewritten_page_at_the_same_address_is_a_duplicate(store: DocumentStore) -> None:
    rewritten = f"{OTHER} The mayor said that the damage would cost the town four million crowns."
    add(store, article("a", url="https://www.paper.example/norwick/"))
    add(store, article("b", rewritten, "2025-03-05", url="http://paper.example/norwick#top"))
    assert set(origin_by_article(store).values()) == {"text:a"}


def test_the_address_of_a_site_joins_no_articles(store: DocumentStore) -> None:
    rewritten = f"{OTHER} The mayor said that the damage would cost the town four million crowns."
    add(store, article("a", url="https://paper.example/"))
    add(store, article("b", rewritten, "2025-03-05", url="https://paper.example/"))
    assert len(set(origin_by_article(store).values())) == 2


def test_an_older_ledger_is_clustered_when_it_is_opened(tmp_path: Path) -> None:
    store = DocumentStore.open(tmp_path / "ledger.db", fingerprint="s")
    add(store, article("a"))
    add(store, article("b", half(STORY), "2025-03-05"))
    wanted = origin_by_article(store)
    with store._ledger.transaction():
        for statement in (
            "DROP TABLE origin",
            "DROP TABLE copy",
            "ALTER TABLE brief DROP COLUMN title",
            "DELETE FROM meta WHERE key IN ('origins', 'migration')",
        ):
            store._ledger.execute(statement)
    store.close()
    assert origin_by_article(DocumentStore.open(tmp_path / "ledger.db", fingerprint="s")) == wanted


def test_a_failed_write_leaves_the_clusters_unchanged(store: DocumentStore) -> None:
    add(store, article("a"))
    other = article("b", day="2025-03-01")
    with pytest.raises(ValueError, match="zip"):
        store.add(other, 1, chunk(other, 1, EMBEDDER), PartVectors(np.zeros((0, 256), dtype=np.float32), []), "")
    assert store.articles.origins(["a"])["a"].copies == 1
    with pytest.raises(NotFound, match="'b'"):
        store.articles.origins(["a", "b"])


def test_long_articles_that_only_share_a_notice_are_not_compared() -> None:
    one, other, copy = (shingles(article("x", f"{text}\n\n{NOTICE}")) for text in (LONG[0] * 4, LONG[2] * 4, LONG[0]))
    assert len(one & other) > 40
    assert candidates(sketch(one), np.stack([sketch(other), sketch(copy)])) == [1]
