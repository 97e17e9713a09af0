"""Articles into both stores, a few at a time and each by itself."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from evals.durability.crashing import engines_of
from evals.durability.made_up import story
from evals.durability.stopwatch import Watched
from evals.durability.wholeness import look_over
from index.embedding import HashEmbedder
from index.errors import InputError
from index.reading import read_text
from service.desk import Desk
from service.home import Home
from service.loading import Engines
from service.settings import Settings

MANY = [story(number) for number in range(11)]


@pytest.fixture
def embedder() -> Watched:
    return Watched(HashEmbedder())


@pytest.fixture
def desk(tmp_path: Path, embedder: Watched) -> Iterator[Desk]:
    light = engines_of("light")
    engines = Engines(embedder, light.relevance, light.generator, composes=False)
    opened = Desk(Settings(home=tmp_path / "home"), engines, Home(tmp_path / "home"))
    yield opened
    opened.close()


def test_all_are_in_both_stores_and_told_in_order(desk: Desk) -> None:
    told: list[str] = []
    report = desk.ingest(MANY, told.append)
    assert told == [f"new: {article.id}" for article in MANY]
    assert report.new == tuple(article.id for article in MANY)
    faults = look_over(desk, {article.id: article for article in MANY}, [article.id for article in MANY])
    assert (faults.lost, faults.doubled) == ((), ())


def test_one_that_cannot_be_used_stops_nothing_and_keeps_its_place(desk: Desk) -> None:
    told: list[str] = []
    empty = read_text("empty", "Words of one.").model_copy(update={"body": ()})
    desk.ingest([MANY[0], InputError("'x' is no article"), empty, MANY[1]], told.append)
    assert [line.split(":")[0] for line in told] == ["new", "refused", "refused", "new"]


def test_two_versions_of_one_article_in_a_row_are_two_versions(desk: Desk) -> None:
    report = desk.ingest([story(1), story(1, edition=2), story(1, edition=2)])
    assert (report.new, report.changed, report.unchanged) == (("story-1",), ("story-1",), ("story-1",))
    assert look_over(desk, {"story-1": story(1, edition=2)}).lost == ()


def test_what_has_not_changed_is_neither_tokenised_nor_embedded(desk: Desk, embedder: Watched) -> None:
    desk.ingest(MANY)
    before = embedder.calls
    assert len(desk.ingest(MANY).unchanged) == len(MANY)
    assert embedder.calls == before


def test_what_was_taken_before_a_reader_broke_is_in_both_stores(desk: Desk) -> None:
    def broken() -> Iterator[InputError]:
        yield from MANY[:9]  # type: ignore[misc]
        raise RuntimeError("the reader broke")

    told: list[str] = []
    with pytest.raises(RuntimeError, match="broke"):
        desk.ingest(broken(), told.append)
    kept = {article.id: article for article in MANY[: len(told)]}
    assert len(told) == 8
    faults = look_over(desk, kept)
    assert (faults.lost, faults.doubled) == ((), ())
