"""CLI options shared by several commands, and the workspace that the commands use."""

from collections.abc import Callable
from functools import update_wrapper
from typing import Any

import click

from index.errors import HomeInUse
from index.store.named_collections import DEFAULT
from service.api import first_key
from service.runtime.home_lock import read_owner
from service.runtime.settings import Settings
from service.workspace import open_workspace
from service.workspace_client import WorkspaceClient


def filters(command: Callable[..., None]) -> Callable[..., None]:
    """Add the filter options: which articles may be used."""
    for name, text in (
        ("--outlet", "Only this outlet."),
        ("--until", "Nothing published after this day."),
        ("--since", "Nothing published before this day."),
        ("--as-of", "The day on which you stand (YYYY-MM-DD): nothing later is used.  [default: today]"),
    ):
        command = click.option(name, help=text)(command)
    return command


def as_json(command: Callable[..., None]) -> Callable[..., None]:
    """Add the option to print the JSON record instead of text."""
    return click.option("--json", "json_", is_flag=True, help="Print the record as JSON.")(command)


def with_workspace(command: Callable[..., None]) -> Callable[..., None]:
    """Pass the command a workspace, opened here or reached through the server that has this home folder open."""

    @click.pass_obj
    def opened(settings: Settings, *args: Any, **kwargs: Any) -> None:
        workspace = own_or_served(settings)
        try:
            command(workspace, *args, **kwargs)
        finally:
            workspace.close()

    return update_wrapper(opened, command)


def own_or_served(settings: Settings, *, changes: bool = False) -> WorkspaceClient:
    """Open the home folder, or connect to the server that has it open; `changes`: also to change it.

    Raises:
        HomeInUse: the process that has it open is not a server.
    """
    try:
        return open_workspace(settings, reads=not changes)
    except HomeInUse:
        who = read_owner(settings.home)
        if who is None or who.url is None:
            raise
        from service.client import RemoteWorkspace  # noqa: PLC0415 - brings httpx

        name = settings.collection
        key = first_key(settings.keys.get_secret_value(), settings.key_file, name or DEFAULT)
        return RemoteWorkspace(who.url, key=key, collection=name)
