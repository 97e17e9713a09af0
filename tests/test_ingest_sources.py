"""Ingest sources: prefetching, files, folders and URLs, and watched folders."""

import itertools
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, nullcontext
from pathlib import Path
from typing import Any, cast

import pytest
from fastapi.testclient import TestClient

from index.errors import HomeInUse, InputError
from index.types import Article
from service.api.app import create_app
from service.cli.ingest_progress import ingest_sources, ingest_watched
from service.client import RemoteWorkspace
from service.ingestion.fetcher import Fetcher
from service.ingestion.folder_watch import watch_folders
from service.ingestion.prefetch import prefetch
from service.ingestion.sources import iter_articles
from service.runtime.settings import Settings
from service.workspace import Workspace
from service.workspace_client import WorkspaceClient
from tests.conftest import SEEDS
from tests.test_file_readers import PAGE, STORY


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "articles"
    made.mkdir()
    return made


def test_prefetch_keeps_the_order_and_is_bounded() -> None:
    read: list[int] = []

    def items() -> Iterator[int]:
        for i in range(50):
            read.append(i)
            yield i

    with closing(prefetch(items(), 4)) as found:
        assert next(found) == 0
        time.sleep(0.3)
        assert len(read) <= 7
        assert list(found) == list(range(1, 50))


def test_prefetch_raises_an_error_in_its_place_and_leaves_no_thread() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise InputError("no more")

    found = prefetch(items())
    assert next(found) == 1
    with pytest.raises(InputError, match="no more"):
        next(found)
    with closing(prefetch(iter(itertools.count()))) as endless:
        next(endless)
    assert [thread for thread in threading.enumerate() if thread.name == "prefetch"] == []


def test_sources_are_ingested_with_a_reason_for_each_refused_one(workspace: Workspace, folder: Path) -> None:
    (folder / "page.html").write_text(PAGE)
    (folder / "rows.csv").write_text(f'id,title,text\nrow1,Ferries,"{STORY}"\n')
    (folder / "broken.pdf").write_bytes(b"%PDF-1.4 and no more")
    with closing(Fetcher()) as fetcher:
        report = ingest_sources(workspace, [str(folder), str(SEEDS), "ftp://x.example/a"], fetcher)
        again = ingest_sources(workspace, [str(folder)], fetcher)
    assert (report.new, len(report.unchanged)) == (("page", "row1"), 5)
    assert ["PDF" in report.refused[0].reason, "http://" in report.refused[1].reason] == [True, True]
    assert (again.new, again.changed, again.unchanged) == ((), (), ("page", "row1"))
    stored = workspace.article("page")
    assert stored.title == "Ferries stop"
    assert STORY in stored.text


def test_an_article_sent_to_a_server_keeps_the_basis_of_its_metadata(workspace: Workspace, folder: Path) -> None:
    page = PAGE.replace("<head>", '<head><link rel="canonical" href="https://coast.example/2024/03/12/ferries">')
    (folder / "page.html").write_text(page)
    with closing(Fetcher()) as fetcher, TestClient(create_app(workspace)) as client:
        remote = RemoteWorkspace("http://testserver", cast(Any, client))
        (article,) = (found for found in iter_articles([str(folder)], fetcher) if isinstance(found, Article))
        remote.ingest(iter([article]))
        kept = article.model_copy(update={"location": None, "id_basis": "record"})
    assert workspace.store.articles.get("page", None).article == kept
    assert workspace.store.articles.locations("page") == {article.location}
    assert workspace.article("page").basis["outlet"].startswith("inferred")


def test_a_watched_file_is_reported_when_it_has_stopped_changing(folder: Path) -> None:
    seen = watch_folders([folder])
    assert next(seen) == [folder]
    (folder / "note.txt").write_text(STORY)
    (folder / ".note.swp").write_text(STORY)
    (folder / "photo.jpg").write_text(STORY)
    found = list(itertools.chain.from_iterable(itertools.islice(seen, 8)))
    assert found == [folder / "note.txt"]
    seen.close()


def test_watching_goes_on_while_another_process_owns_the_home(workspace: Workspace, folder: Path) -> None:
    (folder / "note.txt").write_text(STORY)
    lines: list[str] = []
    opened = 0

    def enter() -> AbstractContextManager[WorkspaceClient]:
        nonlocal opened
        opened += 1
        if opened == 1:
            raise HomeInUse("in use by another process")
        if opened == 3:
            raise KeyboardInterrupt
        (folder / "late.txt").write_text(STORY[::-1])
        return nullcontext(workspace)

    with closing(Fetcher()) as fetcher, pytest.raises(KeyboardInterrupt):
        ingest_watched([str(folder)], enter, fetcher, lines.append)
    assert lines[0].startswith(("1 new", "2 new"))


def test_only_folders_can_be_watched(settings: Settings) -> None:
    with closing(Fetcher()) as fetcher:
        for source in ("https://x.example/feed", str(SEEDS / "nothing")):
            with pytest.raises(InputError, match="folder"):
                ingest_watched([source], lambda: pytest.fail("opened"), fetcher, print)
