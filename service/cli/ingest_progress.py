"""Ingest progress: ingests sources with a progress bar, once or at every change in watched folders."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from index.errors import HomeError, HomeInUse, InputError
from index.reading import find_files
from service.ingestion.fetcher import Fetcher
from service.ingestion.folder_watch import watch_folders
from service.ingestion.prefetch import prefetch
from service.ingestion.sources import PathById, is_address, iter_articles, with_facts
from service.ingestion.types import IngestReport
from service.ingestion.watch_lease import WatchLease
from service.rendering import terminal
from service.rendering.escaping import printable
from service.workspace_client import WorkspaceClient

MAX_NAME_CHARACTERS = 48


def ingest_sources(
    workspace: WorkspaceClient,
    sources: Sequence[str],
    fetcher: Fetcher,
    path_by_id: PathById | None = None,
    given: Mapping[str, str] | None = None,
) -> IngestReport:
    """Ingest every source; the next articles are read while the last are embedded.

    Args:
        given: facts by name for the articles that do not state them.
    """
    with (
        _progress_bar(sources) as bar,
        closing(
            prefetch(with_facts(iter_articles(sources, fetcher, path_by_id, bar.advance), given or {}))
        ) as articles,
    ):
        return workspace.ingest(articles, bar.show)


def ingest_watched(
    folders: Sequence[str],
    open_workspace: Callable[[], AbstractContextManager[WorkspaceClient]],
    fetcher: Fetcher,
    report_line: Callable[[str], None],
    given: Mapping[str, str] | None = None,
    lease: WatchLease | None = None,
) -> None:
    """Ingest the folders, then whatever changes in them, until interrupted; files deleted there stay in the collection.

    The collection is entered for each batch, so that questions can be asked in between; while another process has it
    open, or its database or server is away, the batch waits.

    Args:
        lease: of several processes only the one that has it ingests; the next one begins with the folders themselves.

    Raises:
        InputError: one of them is not a folder.
    """
    if address := next((source for source in folders if is_address(source)), None):
        raise InputError(f"{address!r} cannot be watched; only folders can")
    path_by_id: PathById = {}
    waiting: list[str] = []
    watching = lease is None
    fault = ""
    for batch in watch_folders([Path(folder) for folder in folders]):
        if lease is not None:
            before, watching = watching, lease.acquire()
            if watching and not before:
                waiting = [*folders]  # whatever changed while another process had the lease
        waiting += [str(path) for path in batch if str(path) not in waiting]
        if not waiting or not watching:
            continue
        try:
            with open_workspace() as workspace:
                report = ingest_sources(workspace, waiting, fetcher, path_by_id, given)
        except HomeInUse:
            continue
        except HomeError as error:
            if str(error) != fault:
                report_line(fault := str(error))
            continue
        except InputError as error:  # an empty folder, or a file that is gone again
            report = IngestReport()
            report_line(str(error))
        waiting, fault = [], ""
        for refused in report.refused:
            report_line(refused.reason)
        if report.new or report.changed or report.refused:
            report_line(terminal.ingested(report))


class _ProgressBar(NamedTuple):
    advance: Callable[[], None]
    """Called after each source that was read."""
    show: Callable[[str], None]
    """Called after each ingested article, to show its line beside the bar."""


@contextmanager
def _progress_bar(sources: Sequence[str]) -> Iterator[_ProgressBar]:
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _ProgressBar(lambda: None, lambda line: None)
        return
    total = sum(1 if is_address(source) else len(list(find_files([Path(source)]))) for source in sources)
    columns = (
        SpinnerColumn(),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("reading", total=total)

        def show(line: str) -> None:
            # As Text without markup: rich would read its own markup in an article's id.
            shown = Text(printable(line)[:MAX_NAME_CHARACTERS]).markup
            progress.update(task, description=shown)

        yield _ProgressBar(lambda: progress.advance(task), show)
