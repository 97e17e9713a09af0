"""`footnote serve` without models, as a process: `python -m tests.light_server HOME`."""

import sys
from pathlib import Path

import click

from index.errors import FootnoteError
from service.api import serve
from service.engines import Engines
from service.runtime.settings import Settings
from tests.conftest import light_engines


def light(settings: Settings) -> Engines:
    """Engines without models: a hash embedder and a scripted generator."""
    return light_engines()


@click.command()
@click.argument("home", type=click.Path(path_type=Path))
@click.option("--port", type=int, default=0)
@click.option("--exact", is_flag=True)
def main(home: Path, port: int, exact: bool) -> None:
    """Serve on loopback until stopped; what a person can mend is one line, as the command says it."""
    try:
        serve(Settings(home=home, exact=exact), "127.0.0.1", port, load=light)
    except FootnoteError as error:
        click.echo(f"footnote: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
