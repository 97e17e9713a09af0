"""Collection commands of the CLI: list, add, remove."""

from contextlib import closing

import click

from index.errors import HomeInUse
from index.store.named_collections import DEFAULT, require_named
from service.api.home_server import home_server
from service.cli.root import footnote
from service.engines import load_engines
from service.runtime.home_lock import named_collections, open_home
from service.runtime.settings import Settings
from service.workspaces import Workspaces


@footnote.group(invoke_without_command=True)
@click.pass_context
def collections(ctx: click.Context) -> None:
    """List, add or remove named collections.

    Each has its own articles, answers, conversations and receipts; a question to one never sees another. `footnote
    --collection NAME VERB` uses one; without a name, a verb uses the default collection. The models are shared.
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_)


@collections.command("list")
@click.pass_obj
def list_(settings: Settings) -> None:
    """List the names of the collections, first the one that needs no name."""
    with closing(named_collections(settings)) as named:
        for name in (DEFAULT, *named.names()):
            click.echo(name)


@collections.command()
@click.argument("name")
@click.pass_obj
def add(settings: Settings, name: str) -> None:
    """Add an empty collection; NAME has lower-case letters, digits, and hyphens between them."""
    with closing(named_collections(settings)) as named:
        named.add(name)
    click.echo(f"added {name}; fill it with `footnote --collection {name} ingest PATH`")


@collections.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def remove(settings: Settings, name: str, yes: bool) -> None:
    """Remove a collection with its articles, answers and conversations; it cannot be undone."""
    with closing(named_collections(settings)) as named:
        require_named(name, named)
    if not yes:
        click.confirm(f"Remove {name} with all its articles, answers and conversations?", abort=True, err=True)
    try:
        _remove_here(settings.model_copy(update={"collection": None}), name)
    except HomeInUse as in_use:
        with closing(home_server(settings, in_use).service()) as remote:
            remote.remove_collection(name)
    click.echo(f"removed {name}")


def _remove_here(settings: Settings, name: str) -> None:
    with closing(open_home(settings)) as home, closing(named_collections(settings)) as named:
        if not settings.chroma:
            named.remove(name)
            return
        # The vectors on a Chroma server are deleted by the workspace that knows their collection there.
        with closing(load_engines(settings)) as engines, closing(Workspaces(settings, engines, home)) as workspaces:
            workspaces.remove(name)
