"""The ledger: one transaction an article, versions kept, nothing half-written."""

from pathlib import Path

import numpy as np
import pytest

from index.catalogue import Catalogue
from index.chunking import chunk
from index.embedding import HashEmbedder, PartVectors
from index.errors import HomeError, IndexMismatch, NotFound
from index.exact import ExactIndex
from index.reading import read_text
from index.types import Article, Filters

EMBEDDER = HashEmbedder()


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    return Catalogue(tmp_path / "ledger.db", stamp="s")


def add(catalogue: Catalogue, article: Article) -> int:
    version = catalogue.next_version(article)
    assert version is not None
    chunks = chunk(article, version, EMBEDDER)
    catalogue.add(
        article,
        version,
        chunks,
        EMBEDDER.embed_parts([c.span.of(article.text) for c in chunks], [() for _ in chunks]),
        "",
    )
    return version


def story(text: str = "The harbour was closed because of the storm.") -> Article:
    return read_text("harbour", text)


def test_an_article_comes_back_as_it_went_in(catalogue: Catalogue) -> None:
    add(catalogue, story())
    assert catalogue.article("harbour").article == story()


def test_the_same_text_is_no_new_version(catalogue: Catalogue) -> None:
    add(catalogue, story())
    assert catalogue.next_version(story()) is None


def test_an_old_version_stays_readable_and_is_no_longer_searched(catalogue: Catalogue) -> None:
    add(catalogue, story())
    assert add(catalogue, story("The harbour was opened again after the flood.")) == 2
    assert "storm" in catalogue.article("harbour", 1).article.text
    assert catalogue.lexical(["storm"], 5, None) == []
    assert [c for c, _ in catalogue.lexical(["flood"], 5, None)] == ["harbour@2#0"]


def test_removal_leaves_no_trace(catalogue: Catalogue) -> None:
    add(catalogue, story())
    empty = Catalogue(catalogue._path.with_name("other.db"), stamp="s").revision()
    assert catalogue.remove("harbour") == ["harbour@1#0"]
    assert catalogue.chunk_ids() == []
    assert catalogue.lexical(["storm"], 5, None) == []
    assert catalogue.revision() == empty
    with pytest.raises(NotFound, match="harbour"):
        catalogue.article("harbour")


def test_a_failed_write_changes_nothing(catalogue: Catalogue) -> None:
    add(catalogue, story())
    before = catalogue.revision()
    other = story("Another text about the same harbour and its ships.")
    with pytest.raises(ValueError, match="zip"):
        catalogue.add(other, 2, chunk(other, 2, EMBEDDER), PartVectors(np.zeros((0, 256), dtype=np.float32), []), "")
    assert catalogue.revision() == before
    assert [c for c, _ in catalogue.lexical(["storm"], 5, None)] == ["harbour@1#0"]


def test_the_revision_depends_on_the_texts_alone(tmp_path: Path) -> None:
    first, second = (Catalogue(tmp_path / name, stamp="s") for name in ("a.db", "b.db"))
    for catalogue in (first, second):
        add(catalogue, story())
    add(second, read_text("extra", "Something else happened in the town that day."))
    assert first.revision() != second.revision()
    second.remove("extra")
    assert first.revision() == second.revision()


def test_another_stamp_is_refused(catalogue: Catalogue) -> None:
    add(catalogue, story())
    with pytest.raises(IndexMismatch, match="built with 's'"):
        Catalogue(catalogue._path, stamp="other")


def test_a_file_that_is_no_ledger_is_named(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(HomeError, match="cannot be used"):
        Catalogue(path, stamp="s")


def test_vectors_come_back_in_half_precision(catalogue: Catalogue) -> None:
    add(catalogue, story())
    ids, _, vectors = catalogue.vectors(catalogue.chunk_ids())
    wanted = EMBEDDER.embed(["The harbour was closed because of the storm."])
    assert ids == ["harbour@1#0"]
    assert np.allclose(vectors, wanted, atol=1e-3)


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (Filters(), None),
        (Filters(as_of="2025-01-01"), {"old", "undated"}),
        (Filters(since="2025-01-01"), {"new", "undated"}),
        (Filters(until="2024-12-31", outlet="gazette"), set()),
        (Filters(outlet="AFP"), {"old"}),
        (Filters(article_ids=("new",)), {"new"}),
    ],
)
def test_filters_keep_what_passes_and_what_has_no_date(
    catalogue: Catalogue, filters: Filters, found: set[str] | None
) -> None:
    add(catalogue, read_text("old", "Paris, May 2, 2024 (AFP) The court ruled that the law stands and must be kept."))
    add(catalogue, read_text("new", "Paris, May 2, 2025 (ANI) The court ruled that the law stands and must be kept."))
    add(catalogue, read_text("undated", "The court ruled that the law stands and that it must be kept by all."))
    assert catalogue.allowed(filters) == found


def test_exact_search_breaks_ties_by_id(catalogue: Catalogue) -> None:
    for name in ("b", "c", "a"):
        add(catalogue, read_text(name, "The harbour was closed because of the storm."))
    found = ExactIndex(catalogue).search(EMBEDDER.embed_query("storm"), 3, None)
    assert [chunk_id for chunk_id, _ in found] == ["a@1#0", "b@1#0", "c@1#0"]
