"""Service commands of the CLI: serve, doctor."""

from contextlib import closing
from pathlib import Path

import click
from pydantic import SecretStr

from index.store.moving import move
from index.store.named_collections import DEFAULT
from index.store.opening import open_store
from service.cli.root import complain, footnote
from service.engines import Engines, load_engines
from service.ingestion.reindexing import reindex, reindex_database
from service.rendering import terminal
from service.runtime.home_lock import Home, HomeFolder, named_collections, open_home
from service.runtime.settings import Settings
from service.workspace import Workspace


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
    help="Copy to postgresql://USER@HOST/DATABASE, or into another home folder, and compare every row.",
)
@click.pass_obj
def doctor(settings: Settings, to: str | None) -> None:
    """Check every part, rebuild the dense index, and reindex a ledger of another embedder or an older Footnote.

    All collections are checked, or with --collection NAME one. With --to they are copied instead, each under its name:
    from the home folder, or from the database that FOOTNOTE_STORE names.
    A copy that was interrupted goes on when the command is given again. The original stays as it is: one of another
    embedder is refused until `footnote doctor` has reindexed it.
    """
    with (
        closing(open_home(settings)) as home,
        closing(load_engines(settings)) as engines,
        closing(_target(to)) as target,
        closing(named_collections(settings)) as named,
    ):
        names = [home.collection] if settings.collection else [DEFAULT, *named.names()]
        for name in names:
            if len(names) > 1:
                click.echo(f"collection {name}:")
            if to is not None:
                _copy(settings, engines, home.of(name), to, target)
            else:
                _check(settings, engines, home.of(name))


def _check(settings: Settings, engines: Engines, home: HomeFolder) -> None:
    """Reindex one collection where it is outdated, rebuild its dense index, and report on every part."""
    if address := settings.store.get_secret_value():
        if count := reindex_database(address, engines.embedder, progress_line, home.collection):
            click.echo(f"ledger: {count} articles reindexed")
    elif old := reindex(home.ledger, engines.embedder, progress_line):
        click.echo(f"ledger: reindexed from its articles; the old one is kept as {str(old)!r}")
    with closing(Workspace(settings, engines, home)) as workspace:
        for fault in workspace.store.faults():
            complain(f"the ledger is damaged: {fault}; ingest again into another --home")
        click.echo(f"index: rebuilt with {workspace.rebuild()} chunks")
        click.echo(terminal.readiness(workspace.readiness()))


def progress_line(line: str) -> None:
    """Print one line of progress on stderr."""
    click.echo(line, err=True)


def _database(to: str | None) -> str:
    """Return the address of the database that collections are copied to; empty for a home folder."""
    return to if to and to.startswith(("postgresql://", "postgres://")) else ""


def _target(to: str | None) -> HomeFolder:
    """Lock the home folder that collections are copied to, if it is one."""
    return HomeFolder(Path()) if to is None or _database(to) else Home(Path(to))


def _copy(settings: Settings, engines: Engines, home: HomeFolder, to: str, target: HomeFolder) -> None:
    """Copy one collection to the one of its name in another database or home folder, adding that if it is not there."""
    name, address = home.collection, _database(to)
    with closing(named_collections(Settings(home=target.folder, store=SecretStr(address)))) as named:
        if name != DEFAULT and named.identity(name) is None:
            named.add(name)
    with closing(Workspace(settings, engines, home, reads=True)) as workspace:
        source, path = workspace.store, target.of(name).ledger
        with closing(open_store(address, path, fingerprint=source.fingerprint, collection=name)) as copied:
            moved = move(source, copied, progress_line)
            click.echo(f"{moved.articles} articles and {moved.receipts} receipts are in {copied.name!r}, row for row")
            click.echo(f"sha256 of both: {moved.digest}")
