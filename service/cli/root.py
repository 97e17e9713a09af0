"""The command itself: its settings, and every expected error as one line."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from pydantic import ValidationError

from index.errors import FootnoteError, InputError
from index.reading import first_problem
from index.types import Record
from service import showing
from service.settings import Settings


class OneLineErrors(click.Group):
    """Shows every expected error as one line on stderr and exits with 1."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the verb."""
        try:
            return super().invoke(ctx)
        except FootnoteError as error:
            complain(str(error))
        except ValidationError as error:
            complain(first_problem(error))
        raise click.exceptions.Exit(1)


@click.group(cls=OneLineErrors)
@click.version_option(package_name="footnote")
@click.option("--home", type=click.Path(path_type=Path), help="Folder of the collection.  [default: .footnote]")
@click.pass_context
def footnote(ctx: click.Context, home: Path | None) -> None:
    """Ask a private collection of news articles. Every sentence carries the exact words behind it."""
    ctx.obj = read_settings(home)


def read_settings(home: Path | None) -> Settings:
    """The settings of this run, from the environment and the command line."""
    try:
        return Settings(home=home) if home else Settings()
    except ValidationError as error:
        raise InputError(f"setting FOOTNOTE_{first_problem(error).replace(':', ' is wrong:', 1)}") from error


def show(record: Record, text: Callable[[], str], json_: bool) -> None:
    """Print the record, or its text."""
    click.echo(showing.as_json(record, indent=2) if json_ else text())


def complain(reason: str) -> None:
    """One line on stderr, whatever an article or a file's name put into it."""
    click.echo(f"footnote: {showing.plain(' '.join(reason.split()))}", err=True)
