"""Articles into both stores, a few at a time and each by itself."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from evals.studies.durability.consistency import find_inconsistencies
from evals.studies.durability.crashes import engines_of
from evals.studies.durability.stopwatch import TimedEmbedder
from evals.studies.durability.synthetic_articles import story
from index.embedding import HashEmbedder
from index.errors import InputError
from index.reading import read_text
from service.engines import Engines
from service.runtime.home import Home
from service.runtime.settings import Settings
from service.workspace import Workspace

MANY = [story(number) for number in range(11)]


@pytest.fixture
def embedder() -> TimedEmbedder:
    return TimedEmbedder(HashEmbedder())


@pytest.fixture
def workspace(tmp_path: Path, embedder: TimedEmbedder) -> Iterator[Workspace]:
    light = engines_of("light")
    engines = Engines(embedder, light.reranker, light.generator, composes=False)
    opened = Workspace(Settings(home=tmp_path / "home"), engines, Home(tmp_path / "home"))
    yield opened
    opened.close()


def test_all_are_in_both_stores_and_told_in_order(workspace: Workspace) -> None:
    told: list[str] = []
    report = workspace.ingest(MANY, told.append)
    assert told == [f"new: {article.id}" for article in MANY]
    assert report.new == tuple(article.id for article in MANY)
    faults = find_inconsistencies(
        workspace, {article.id: article for article in MANY}, [article.id for article in MANY]
    )
    assert (faults.lost, faults.doubled) == ((), ())


def test_one_that_cannot_be_used_stops_nothing_and_keeps_its_place(workspace: Workspace) -> None:
    told: list[str] = []
    empty = read_text("empty", "Words of one.").model_copy(update={"body": ()})
    workspace.ingest([MANY[0], InputError("'x' is no article"), empty, MANY[1]], told.append)
    assert [line.split(":")[0] for line in told] == ["new", "refused", "refused", "new"]


def test_two_versions_of_one_article_in_a_row_are_two_versions(workspace: Workspace) -> None:
    report = workspace.ingest([story(1), story(1, edition=2), story(1, edition=2)])
    assert (report.new, report.changed, report.unchanged) == (("story-1",), ("story-1",), ("story-1",))
    assert find_inconsistencies(workspace, {"story-1": story(1, edition=2)}).lost == ()


def test_what_has_not_changed_is_neither_tokenised_nor_embedded(workspace: Workspace, embedder: TimedEmbedder) -> None:
    workspace.ingest(MANY)
    before = embedder.calls
    assert len(workspace.ingest(MANY).unchanged) == len(MANY)
    assert embedder.calls == before


def test_what_was_taken_before_a_reader_broke_is_in_both_stores(workspace: Workspace) -> None:
    def broken() -> Iterator[InputError]:
        yield from MANY[:9]  # type: ignore[misc]
        raise RuntimeError("the reader broke")

    told: list[str] = []
    with pytest.raises(RuntimeError, match="broke"):
        workspace.ingest(broken(), told.append)
    kept = {article.id: article for article in MANY[: len(told)]}
    assert len(told) == 8
    faults = find_inconsistencies(workspace, kept)
    assert (faults.lost, faults.doubled) == ((), ())
