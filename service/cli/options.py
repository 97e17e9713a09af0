"""CLI options shared by several commands, and the workspace that the commands use."""

from collections.abc import Callable
from functools import update_wrapper
from pathlib import Path
from typing import Any, TypeVar

import click

from index.errors import HomeInUse, InputError
from service.api.home_server import home_server
from service.rendering.escaping import printable
from service.rendering.export import SUFFIXES, BriefFormat, Exported
from service.runtime.settings import Settings
from service.workspace import open_workspace
from service.workspace_client import WorkspaceClient

Form = TypeVar("Form", bound=BriefFormat)
BRIEFS: tuple[BriefFormat, ...] = ("md", "docx", "html", "csl", "json")
"""Formats in which a brief is written."""


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


def as_document(*forms: BriefFormat) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Add the options to write the result as a document of one of these formats."""
    chosen = click.option("--format", "form", type=click.Choice(forms), help="Write a document of this kind.")
    out = click.option("--out", type=click.Path(path_type=Path), help="The document's file; its ending names the kind.")
    return lambda command: chosen(out(command))


def document_format(form: Form | None, out: Path | None, *forms: Form) -> Form | None:
    """Return the format that was chosen, or that the ending of the file `out` names; None for text on the terminal.

    Raises:
        UsageError: the file's ending names no format of `forms`, or a Word document was to go to the terminal.
    """
    if form is None and out is not None:
        form = next((each for each in forms if out.name.lower().endswith(f".{SUFFIXES[each]}")), None)
        if form is None:
            endings = ", ".join(f".{SUFFIXES[each]}" for each in forms)
            raise click.UsageError(f"{str(out)!r} ends in none of {endings}; or name its --format: {', '.join(forms)}")
    if form == "docx" and out is None:
        raise click.UsageError("a Word document is a file: name it with --out FILE.docx")
    return form


def write_document(exported: Exported, out: Path | None) -> None:
    """Write an exported document to its file, or to stdout.

    Raises:
        InputError: the file cannot be written.
    """
    if out is None:
        text = exported.content.decode()
        click.echo(text if exported.suffix == "html" else printable(text), nl=not text.endswith("\n"))
        return
    try:
        out.write_bytes(exported.content)
    except OSError as error:
        raise InputError(f"{str(out)!r} cannot be written: {error.strerror}; name another file") from error


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
    except HomeInUse as in_use:
        return home_server(settings, in_use).workspace(settings.collection)
