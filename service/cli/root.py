"""CLI command group: reads the settings, imports verbs lazily, and prints each expected error as one line."""

from collections.abc import Callable, Iterable
from importlib import import_module
from importlib.metadata import EntryPoint, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any, NamedTuple

import click
from pydantic import ValidationError

from index.errors import EmptyCollection, FootnoteError, InputError, first_problem
from index.types import Record
from service.rendering.escaping import printable, printable_json
from service.runtime.settings import Settings

ENTRY_POINTS = "footnote.verbs"
"""Entry point group through which another package adds verbs; each entry point is a function that takes the group."""


def installed_entry_points() -> Iterable[EntryPoint]:
    """Return the entry points of the installed distribution; none when Footnote runs from an uninstalled checkout."""
    try:
        # Only this distribution: searching all installed ones takes a tenth of the time of `--help`.
        return distribution("footnote").entry_points.select(group=ENTRY_POINTS)
    except PackageNotFoundError:
        return ()


class LazyVerb(NamedTuple):
    """LazyVerb: a command that is imported only when it is called."""

    module: str
    """Module that adds the verb to the group when imported."""
    help: str
    """First sentence of the verb's help."""


class VerbGroup(click.Group):
    """Command group that imports a verb when it is called, and prints every expected error as one line on stderr.

    Importing all verbs takes seconds; calling one imports only what it needs, and listing them imports none.
    """

    def __init__(
        self, *args: Any, entry_points: Callable[[], Iterable[EntryPoint]] = installed_entry_points, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.lazy: dict[str, LazyVerb] = {}
        self._entry_points: Callable[[], Iterable[EntryPoint]] | None = entry_points

    def add_lazy(self, module: str, **verbs: str) -> None:
        """Register the verbs that `module` adds when imported, each with the first sentence of its help."""
        self.lazy |= {name: LazyVerb(module, said) for name, said in verbs.items()}

    def _load_entry_points(self) -> None:
        """Let every entry point register its verbs, once; needed only for the list of verbs or an unknown verb.

        One that cannot is named in a line on stderr, and the others go on.
        """
        find, self._entry_points = self._entry_points, None
        for entry_point in find() if find else ():
            try:
                entry_point.load()(self)
            except Exception as error:  # noqa: BLE001 - another package's code may raise anything
                cause = f"{type(error).__name__}: {error}"
                complain(f"the verbs of {entry_point.name!r} ({entry_point.value}) cannot be loaded: {cause}")

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all verbs, imported or not."""
        self._load_entry_points()
        return sorted({*self.commands, *self.lazy})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the verb, importing it if needed."""
        if cmd_name not in self.lazy:
            self._load_entry_points()
        if cmd_name in self.lazy:
            import_module(self.lazy[cmd_name].module)
        return super().get_command(ctx, cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of verbs from their registered help, without importing them."""
        self._load_entry_points()
        longest = max(map(len, self.lazy))
        room = formatter.width - 6 - longest
        with formatter.section("Commands"):
            known = (click.Command(name, help=said) for name, (_, said) in sorted(self.lazy.items()))
            formatter.write_dl([(str(verb.name), verb.get_short_help_str(room)) for verb in known])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the verb; on an expected error, print it and exit with 1."""
        try:
            return super().invoke(ctx)
        except EmptyCollection as error:
            where = "FOOTNOTE_STORE" if ctx.obj.store.get_secret_value() else repr(str(ctx.obj.home))
            complain(f"{error}; this looked in {where}, another folder is named with --home before the verb")
        except FootnoteError as error:
            complain(str(error))
        except ValidationError as error:
            complain(first_problem(error))
        raise click.exceptions.Exit(1)


@click.group(cls=VerbGroup)
@click.version_option(package_name="footnote")
@click.option("--home", type=click.Path(path_type=Path), help="Folder of the collections.  [default: .footnote]")
@click.option("--collection", metavar="NAME", help="Which collection; see `footnote collections`.")
@click.pass_context
def footnote(ctx: click.Context, home: Path | None, collection: str | None) -> None:
    """Ask a private collection of news articles. Every sentence carries the exact words behind it."""
    ctx.obj = read_settings(home=home, collection=collection)


def read_settings(**given: Any) -> Settings:
    """Read the settings of this run from the environment and, where given, the command line."""
    try:
        return Settings(**{name: value for name, value in given.items() if value})
    except ValidationError as error:
        problem = error.errors()[0]
        name = str(problem["loc"][0]).upper()
        raise InputError(f"setting FOOTNOTE_{name} is wrong ({problem['input']!r}): {problem['msg']}") from error


def show(record: Record, text: Callable[[], str], json_: bool) -> None:
    """Print the record as JSON, or as text."""
    click.echo(printable_json(record, indent=2) if json_ else text())


def complain(reason: str) -> None:
    """Print one line on stderr, made safe against control characters in articles and file names."""
    click.echo(f"footnote: {printable(' '.join(reason.split()))}", err=True)
