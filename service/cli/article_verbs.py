"""Article commands of the CLI: `ingest` and `articles`."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext

import click

from index.store.corrections import read_correction
from index.store.named_collections import DEFAULT
from service.cli.ingest_progress import ingest_sources, ingest_watched
from service.cli.options import as_json, own_or_served, with_workspace
from service.cli.root import complain, footnote, show
from service.ingestion.fetcher import Fetcher
from service.ingestion.watch_lease import FileWatchLease, JobWatchLease, WatchLease
from service.library.types import ArticleEdit
from service.rendering import diffs, terminal
from service.rendering.escaping import printable
from service.runtime.settings import Settings
from service.workspace import open_workspace
from service.workspace_client import WorkspaceClient

EnterWorkspace = Callable[[], AbstractContextManager[WorkspaceClient]]
ARTICLES_LISTED_BY_DEFAULT = 10_000


@footnote.command()
@click.argument("sources", nargs=-1, required=True, metavar="PATH|URL...")
@click.option(
    "--watch",
    is_flag=True,
    help="Go on ingesting what changes below the named folders, until Ctrl-C; one process at a time does.",
)
@click.option(
    "--allow-private", is_flag=True, help="Fetch from private addresses too: this machine and its own networks."
)
@click.option("--outlet", help="Who published the articles that do not say so themselves.")
@click.option("--published", help="When the articles that do not say so were published: 2025-10-16, 2025-10 or 2025.")
@click.option("--author", help="Who wrote the articles that do not say so themselves.")
@as_json
@click.pass_obj
def ingest(
    settings: Settings,
    /,
    sources: tuple[str, ...],
    watch: bool,
    allow_private: bool,
    json_: bool,
    **given: str | None,
) -> None:
    """Add articles: files, folders of them, web pages and feeds.

    Text, Markdown, HTML, PDF, Word, OpenDocument, RTF, JSON, CSV, RSS and Atom, mail. A file that cannot be read is
    reported, and the rest are ingested. Only an address that you name, and the pages of a feed that you name, are
    fetched.
    """
    facts = {name: known for name, value in given.items() if (known := read_correction(name, value)) is not None}
    if watch:
        ingest_until_interrupted(settings, sources, facts)
        return
    with (
        closing(Fetcher(allow_private=allow_private)) as fetcher,
        closing(own_or_served(settings, changes=True)) as workspace,
    ):
        report = ingest_sources(workspace, sources, fetcher, given=facts)
    for refused in report.refused:
        complain(refused.reason)
    show(report, lambda: terminal.ingested(report), json_)
    if report.refused and not (report.new or report.changed or report.unchanged):
        sys.exit(1)


def ingest_until_interrupted(settings: Settings, folders: tuple[str, ...], given: Mapping[str, str]) -> None:
    """Ingest changed files until Ctrl-C, the intended way to stop."""

    def report_line(line: str) -> None:
        click.echo(printable(" ".join(line.split())), err=True)

    try:
        with closing(Fetcher()) as fetcher, _watching(settings, folders) as (lease, enter):
            if not lease.acquire():
                report_line("another process watches these; this one goes on when that one ends")
            ingest_watched(folders, enter, fetcher, report_line, given, lease)
    except KeyboardInterrupt:
        click.echo("stopped", err=True)


@contextmanager
def _watching(settings: Settings, folders: tuple[str, ...]) -> Iterator[tuple[WatchLease, EnterWorkspace]]:
    """Provide the lease of a watch, and enter the collection: a database stays open, a home folder does not."""
    if settings.store.get_secret_value():
        with (
            closing(open_workspace(settings)) as workspace,
            closing(workspace.engines),
            closing(JobWatchLease(workspace.store.jobs, folders, settings.lease)) as lease,
        ):
            yield lease, lambda: nullcontext(workspace)
    else:
        with closing(FileWatchLease(settings.home, folders, settings.collection or DEFAULT)) as lock:
            yield lock, lambda: closing(own_or_served(settings, changes=True))


@footnote.group()
def articles() -> None:
    """List, show, correct or remove articles."""


@articles.command("list")
@click.option("--limit", type=click.IntRange(1), default=ARTICLES_LISTED_BY_DEFAULT)
@click.option("--offset", type=click.IntRange(0), default=0)
@as_json
@with_workspace
def list_(workspace: WorkspaceClient, limit: int, offset: int, json_: bool) -> None:
    """List the articles of the collection, and how the outlet and date of each are known."""
    found = workspace.articles(limit, offset)
    show(found, lambda: terminal.articles(found), json_)


@articles.command("show")
@click.argument("article_id")
@click.option("--version", type=click.IntRange(1), help="An earlier version.  [default: the current one]")
@click.option(
    "--diff", is_flag=True, help="Show what changed from that version (default: the one before) to the current one."
)
@as_json
@with_workspace
def show_(workspace: WorkspaceClient, article_id: str, version: int | None, diff: bool, json_: bool) -> None:
    """Show one article with its origin and what it corrects, or what was changed in it since."""
    found = workspace.article(article_id, version, difference=diff)
    show(found, lambda: diffs.difference(found) if diff else terminal.article(found), json_)


@articles.command()
@click.argument("article_id")
@click.option("--outlet", help="Who published it.")
@click.option("--published", help="When, as 2025-10-16, 2025-10 or 2025.")
@click.option("--title", help="The headline.")
@click.option("--author", help="Who wrote it.")
@click.option("--undo", is_flag=True, help="Undo all earlier corrections first.")
@as_json
@click.pass_obj
def edit(settings: Settings, /, article_id: str, undo: bool, json_: bool, **corrected: str | None) -> None:
    """Correct what is known of an article; its text and what it states itself are kept. An empty value: not known."""
    with closing(own_or_served(settings, changes=True)) as workspace:
        found = workspace.edit(article_id, ArticleEdit(undo=undo, **corrected))
    show(found, lambda: terminal.article_facts(found), json_)


@articles.command()
@click.argument("article_ids", nargs=-1, required=True)
@click.pass_obj
def remove(settings: Settings, article_ids: tuple[str, ...]) -> None:
    """Remove articles, every version of them, from the ledger and the index."""
    with closing(own_or_served(settings, changes=True)) as workspace:
        for article_id in article_ids:
            workspace.remove(article_id)
            click.echo(f"removed {printable(article_id)}")
