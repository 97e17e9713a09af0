"""Ingest: batches, one transaction per article, versions, and consistency of store and dense index."""

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
from service.runtime.home_lock import Home
from service.runtime.settings import Settings
from service.workspace import Workspace

MANY = [story(number) for number in range(11)]


@pytest.fixture
def embedder() -> TimedEmbedder:
    return TimedEmbedder(HashEmbedder())


@pytest.fixture
def workspace(tmp_path: Path, embedder: TimedEmbedder) -> Iterator[Workspace]:
    light = engines_of("light")
    engines = Engines(embedder, light.reader, light.generator, composes=False)
    opened = Workspace(Settings(home=tmp_path / "home"), engines, Home(tmp_path / "home"))
    yield opened
    opened.close()


def test_articles_are_in_both_stores_and_reported_in_order(workspace: Workspace) -> None:
    progress: list[str] = []
    report = workspace.ingest(MANY, progress.append)
    assert progress == [f"new: {article.id}" for article in MANY]
    assert report.new == tuple(article.id for article in MANY)
    faults = find_inconsistencies(
        workspace, {article.id: article for article in MANY}, [article.id for article in MANY]
    )
    assert (faults.lost, faults.doubled) == ((), ())


def test_a_refused_input_stops_nothing_and_is_reported_in_order(workspace: Workspace) -> None:
    progress: list[str] = []
    empty = read_text("empty", "Words of one.").model_copy(update={"body": ()})
    workspace.ingest([MANY[0], InputError("'x' is no article"), empty, MANY[1]], progress.append)
    assert [line.split(":")[0] for line in progress] == ["new", "refused", "refused", "new"]


def test_two_versions_in_a_row_are_two_versions(workspace: Workspace) -> None:
    report = workspace.ingest([story(1), story(1, edition=2), story(1, edition=2)])
    assert (report.new, report.changed, report.unchanged) == (("story-1",), ("story-1",), ("story-1",))
    assert find_inconsistencies(workspace, {"story-1": story(1, edition=2)}).lost == ()


def test_an_unchanged_article_is_neither_tokenised_nor_embedded(workspace: Workspace, embedder: TimedEmbedder) -> None:
    workspace.ingest(MANY)
    before = embedder.calls
    assert len(workspace.ingest(MANY).unchanged) == len(MANY)
    assert embedder.calls == before


def test_articles_before_an_error_are_in_both_stores(workspace: Workspace) -> None:
    def broken() -> Iterator[InputError]:
        yield from MANY[:9]  # type: ignore[misc]
        raise RuntimeError("the reader broke")

    progress: list[str] = []
    with pytest.raises(RuntimeError, match="broke"):
        workspace.ingest(broken(), progress.append)
    kept = {article.id: article for article in MANY[: len(progress)]}
    assert len(progress) == 8
    faults = find_inconsistencies(workspace, kept)
    assert (faults.lost, faults.doubled) == ((), ())
