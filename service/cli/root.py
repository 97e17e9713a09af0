"""The command itself: its settings, its verbs, and every expected error as one line."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import click
from pydantic import ValidationError

from index.errors import FootnoteError, InputError, first_problem
from index.types import Record
from service.rendering.escaping import as_json, plain
from service.runtime.settings import Settings


class Later(NamedTuple):
    """A verb that was not imported yet."""

    module: str
    """Adds the verb to the command when it is imported."""
    help: str
    """The first sentence of what the verb says of itself."""


class Verbs(click.Group):
    """Imports a verb when it is called, and shows every expected error as one line on stderr and exits with 1.

    What all verbs import together takes seconds; what one of them needs is a part of it, and the list of them nothing.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.later: dict[str, Later] = {}

    def come_later(self, module: str, **verbs: str) -> None:
        """Name the verbs that `module` adds when it is imported, each with the first sentence of its help."""
        self.later |= {name: Later(module, said) for name, said in verbs.items()}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every verb, imported or not."""
        return sorted({*self.commands, *self.later})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The verb, imported now where it was not."""
        if cmd_name in self.later:
            import_module(self.later[cmd_name].module)
        return super().get_command(ctx, cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of verbs, from what is known of each without importing it."""
        longest = max(map(len, self.later))
        room = formatter.width - 6 - longest
        with formatter.section("Commands"):
            known = (click.Command(name, help=said) for name, (_, said) in sorted(self.later.items()))
            formatter.write_dl([(str(verb.name), verb.get_short_help_str(room)) for verb in known])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the verb."""
        try:
            return super().invoke(ctx)
        except FootnoteError as error:
            complain(str(error))
        except ValidationError as error:
            complain(first_problem(error))
        raise click.exceptions.Exit(1)


@click.group(cls=Verbs)
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
    click.echo(as_json(record, indent=2) if json_ else text())


def complain(reason: str) -> None:
    """One line on stderr, whatever an article or a file's name put into it."""
    click.echo(f"footnote: {plain(' '.join(reason.split()))}", err=True)
