"""Service commands of the CLI: serve, doctor."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import click

from index.store.moving import move
from index.store.opening import open_store
from index.store.store import DocumentStore
from service.cli.root import complain, footnote
from service.engines import load_engines
from service.ingestion.reindexing import reindex, reindex_database
from service.rendering import terminal
from service.runtime.home_lock import Home, HomeFolder, open_home
from service.runtime.settings import Settings
from service.workspace import Workspace, open_workspace


@footnote.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True)
@click.option(
    "--key-file", type=click.Path(path_type=Path), help="A file of API keys, one a line; clients must send one of them."
)
@click.option(
    "--allow-origin",
    multiple=True,
    metavar="URL",
    help="The origin of a web page that may use the service from a browser.",
)
@click.option(
    "--allow-host", multiple=True, metavar="NAME", help="A host name under which the service may be addressed too."
)
@click.pass_obj
def serve_(
    settings: Settings,
    host: str,
    port: int,
    key_file: Path | None,
    allow_origin: tuple[str, ...],
    allow_host: tuple[str, ...],
) -> None:
    """Serve the API until interrupted.

    Any address but this machine's own needs an API key: set FOOTNOTE_KEYS, or name a --key-file. Clients send it as
    `Authorization: Bearer KEY`.

    One process owns a home folder. With FOOTNOTE_STORE=postgresql://... the articles are in PostgreSQL instead, and any
    number of processes on any machines serve them as equals.
    """
    from service.api import serve  # noqa: PLC0415 - brings FastAPI, which no other verb here needs

    if key_file:
        settings = settings.model_copy(update={"key_file": key_file})
    try:
        serve(settings, host, port, origins=allow_origin, hosts=allow_host)
    except KeyboardInterrupt:
        click.echo("stopped", err=True)


@footnote.command()
@click.option(
    "--to",
    metavar="TARGET",
    help="Copy the collection to postgresql://USER@HOST/DATABASE, or into another home folder, and compare every row.",
)
@click.pass_obj
def doctor(settings: Settings, to: str | None) -> None:
    """Check every part, rebuild the dense index, and reindex a ledger of another embedder or an older Footnote.

    With --to, the collection is copied instead: from the home folder, or from the database that FOOTNOTE_STORE names.
    A copy that was interrupted goes on when the command is given again. The original stays as it is: one of another
    embedder is refused until `footnote doctor` has reindexed it.
    """
    if to is not None:
        with closing(open_workspace(settings, reads=True)) as workspace:
            _copy(workspace.store, to, progress_line)
        return
    with closing(_reindexed(settings)) as workspace, closing(workspace.engines):
        for fault in workspace.store.faults():
            complain(f"the ledger is damaged: {fault}; ingest again into another --home")
        click.echo(f"index: rebuilt with {workspace.rebuild()} chunks")
        click.echo(terminal.readiness(workspace.readiness()))


def _reindexed(settings: Settings) -> Workspace:
    """Reindex the ledger where it is outdated, and open the collection with the same engines."""
    home = open_home(settings)
    try:
        engines = load_engines(settings)
        if address := settings.store.get_secret_value():
            if count := reindex_database(address, engines.embedder, progress_line):
                click.echo(f"ledger: {count} articles reindexed")
        elif old := reindex(home.ledger, engines.embedder, progress_line):
            click.echo(f"ledger: reindexed from its articles; the old one is kept as {str(old)!r}")
        return Workspace(settings, engines, home)
    except BaseException:
        home.close()
        raise


def progress_line(line: str) -> None:
    """Print one line of progress on stderr."""
    click.echo(line, err=True)


def _copy(source: DocumentStore, to: str, progress: Callable[[str], None]) -> None:
    """Copy a store to the database or the home folder that `to` names."""
    address = to if to.startswith(("postgresql://", "postgres://")) else ""
    folder = HomeFolder(Path()) if address else Home(Path(to))
    with closing(folder), closing(open_store(address, folder.ledger, fingerprint=source.fingerprint)) as target:
        moved = move(source, target, progress)
        click.echo(f"{moved.articles} articles and {moved.receipts} receipts are in {target.name!r}, row for row")
        click.echo(f"sha256 of both: {moved.digest}")
