"""What several verbs share: options, and the desk that they ask."""

from collections.abc import Callable
from functools import update_wrapper
from typing import Any

import click

from index.errors import HomeHeld
from service.api import first_key
from service.desk import AnyDesk, open_desk
from service.home import holder
from service.settings import Settings


def filters(command: Callable[..., None]) -> Callable[..., None]:
    """The options that say which articles may be used."""
    for name, text in (
        ("--outlet", "Only this outlet."),
        ("--until", "Nothing published after this day."),
        ("--since", "Nothing published before this day."),
        ("--as-of", "The day on which you stand (YYYY-MM-DD): nothing later is used.  [default: today]"),
    ):
        command = click.option(name, help=text)(command)
    return command


def as_json(command: Callable[..., None]) -> Callable[..., None]:
    """The option to print the record instead of text."""
    return click.option("--json", "json_", is_flag=True, help="Print the record as JSON.")(command)


def with_desk(command: Callable[..., None]) -> Callable[..., None]:
    """Hand the command a desk to ask: our own, or the one of the process that serves this home folder."""

    @click.pass_obj
    def opened(settings: Settings, *args: Any, **kwargs: Any) -> None:
        desk = own_or_served(settings)
        try:
            command(desk, *args, **kwargs)
        finally:
            desk.close()

    return update_wrapper(opened, command)


def own_or_served(settings: Settings, *, changes: bool = False) -> AnyDesk:
    """Open the home folder, or reach the server that holds it; `changes`: not only to read it.

    Raises:
        HomeHeld: a process holds it that serves nothing.
    """
    try:
        return open_desk(settings, reads=not changes)
    except HomeHeld:
        who = holder(settings.home)
        if who is None or who.url is None:
            raise
        from service.remote import RemoteDesk  # noqa: PLC0415 - brings httpx

        return RemoteDesk(who.url, key=first_key(settings.keys.get_secret_value(), settings.key_file))
