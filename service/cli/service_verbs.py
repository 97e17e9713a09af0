"""Service commands of the CLI: serve, models, doctor."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import click

from service.cli.root import complain, footnote
from service.engines import load_engines
from service.generation.types import is_server
from service.ingestion.reindexing import reindex
from service.models import DEFAULTS, ModelStore, default_models_dir
from service.rendering import terminal
from service.runtime.home_lock import Home, choose_model
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
@click.option(
    "--replica-of", metavar="URL", help="Serve a read-only replica of the home folder; its owner is served at URL."
)
@click.pass_obj
def serve_(
    settings: Settings,
    host: str,
    port: int,
    key_file: Path | None,
    allow_origin: tuple[str, ...],
    allow_host: tuple[str, ...],
    replica_of: str | None,
) -> None:
    """Serve the API until interrupted.

    Any address but this machine's own needs an API key: set FOOTNOTE_KEYS, or name a --key-file. Clients send it as
    `Authorization: Bearer KEY`.

    One process owns a home folder and writes it. With --replica-of, this process reads the same folder and answers with
    models of its own; it forwards everything that stores or changes data to the owner.
    """
    from service.api import serve  # noqa: PLC0415 - brings FastAPI, which no other verb here needs

    if key_file:
        settings = settings.model_copy(update={"key_file": key_file})
    try:
        serve(settings, host, port, origins=allow_origin, hosts=allow_host, replica_of=replica_of)
    except KeyboardInterrupt:
        click.echo("stopped", err=True)


@footnote.group()
def models() -> None:
    """List, download or choose models."""


@models.command("list")
@click.pass_obj
def list_models(settings: Settings) -> None:
    """List the models that Footnote knows, with licence, size and memory."""
    click.echo(terminal.models(ModelStore(settings.models or default_models_dir()).listing()))


@models.command()
@click.argument("names", nargs=-1)
@click.pass_obj
def pull(settings: Settings, names: tuple[str, ...]) -> None:
    """Download and verify models; without a name, the two that Footnote needs."""
    store = ModelStore(settings.models or default_models_dir())
    for name in names or DEFAULTS:
        store.pull(name, lambda line: click.echo(line, err=True))
        click.echo(f"{name}: ready")


@models.command()
@click.argument("name")
@click.pass_obj
def use(settings: Settings, name: str) -> None:
    """Let this model write the answers of this home folder.

    NAME is one of `footnote models list`, or http://HOST:PORT/v1#MODEL for a model behind an OpenAI-compatible server
    (llama-server, vLLM, Ollama). Questions and evidence are then sent to that server. Its key: FOOTNOTE_ENGINE_KEY.
    """
    if is_server(name):
        from service.generation.openai_generator import OpenAIGenerator, check_address  # noqa: PLC0415 - brings httpx

        key = settings.engine_key.get_secret_value()
        with closing(OpenAIGenerator(check_address(name), key=key, context_tokens=settings.context_tokens)) as model:
            found = model.find_model()
        choose_model(settings.home, name)
        click.echo(f"{found} at {name} writes from now on; questions and evidence are sent there")
        return
    store = ModelStore(settings.models or default_models_dir())
    store.verify(name)
    choose_model(settings.home, name)
    click.echo(f"{name} writes from now on")


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
