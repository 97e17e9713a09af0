"""Service commands of the CLI: serve, doctor."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import click

from service.cli.root import complain, footnote
from service.engines import load_engines
from service.ingestion.reindexing import reindex
from service.rendering import terminal
from service.runtime.home_lock import Home
from service.runtime.settings import Settings
from service.workspace import open_workspace


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
@click.pass_obj
def doctor(settings: Settings) -> None:
    """Check every part, rebuild the dense index, and reindex a ledger of another embedder or an older Footnote."""
    if old := reindex_home(settings, lambda line: click.echo(line, err=True)):
        click.echo(f"ledger: reindexed from its articles; the old one is kept as {str(old)!r}")
    workspace = open_workspace(settings)
    try:
        for fault in workspace.store.faults():
            complain(f"the ledger is damaged: {fault}; ingest again into another --home")
        click.echo(f"index: rebuilt with {workspace.rebuild()} chunks")
        click.echo(terminal.readiness(workspace.readiness()))
    finally:
        workspace.close()


def reindex_home(settings: Settings, progress: Callable[[str], None]) -> Path | None:
    """Reindex the ledger of the home folder if it is outdated, and return where the old one is kept.

    Raises:
        HomeInUse: another process has the home folder open.
        HomeError: the ledger cannot be read.
    """
    with closing(Home(Path(settings.home))) as home, closing(load_engines(settings)) as engines:
        return reindex(home.ledger, engines.embedder, progress)
