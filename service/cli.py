"""The command `footnote`: text to stdout, progress to stderr, 1 and one line for an error a person can mend."""

import sys
from collections.abc import Callable
from contextlib import closing
from functools import update_wrapper
from pathlib import Path
from typing import Any, TextIO

import click
from pydantic import ValidationError

from index.errors import FootnoteError, HomeHeld, InputError
from index.reading import first_problem
from index.types import Filters, Record
from service import marking, showing
from service.api import first_key, serve
from service.briefing.topics import Entry, Format, read_topics, rendered, run_topics
from service.desk import AnyDesk, open_desk
from service.generation.server import ServedModel, check_address, is_server
from service.home import choose_model, holder
from service.intake.fetching import Fetcher
from service.intake.taking import take_in, watch_folders
from service.mcp import serve_tools
from service.models import DEFAULTS, ModelStore, default_models_dir
from service.remote import RemoteDesk
from service.renewing import renew_home
from service.replaying import read_reference
from service.settings import Settings
from service.types import Question

PAGE = 10_000


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
    """Hand the command a desk: our own, or the one of the process that serves this home folder."""

    @click.pass_obj
    def opened(settings: Settings, *args: Any, **kwargs: Any) -> None:
        desk = own_or_served(settings)
        try:
            command(desk, *args, **kwargs)
        finally:
            desk.close()

    return update_wrapper(opened, command)


def own_or_served(settings: Settings) -> AnyDesk:
    """Open the home folder, or reach the server that holds it.

    Raises:
        HomeHeld: a process holds it that serves nothing.
    """
    try:
        return open_desk(settings)
    except HomeHeld:
        who = holder(settings.home)
        if who is None or who.url is None:
            raise
        return RemoteDesk(who.url, key=first_key(settings.keys.get_secret_value(), settings.key_file))


def show(record: Record, text: Callable[[], str], json_: bool) -> None:
    """Print the record, or its text."""
    click.echo(showing.as_json(record, indent=2) if json_ else text())


def complain(reason: str) -> None:
    """One line on stderr, whatever an article or a file's name put into it."""
    click.echo(f"footnote: {showing.plain(' '.join(reason.split()))}", err=True)


@footnote.command()
@click.argument("sources", nargs=-1, required=True, metavar="PATH|URL...")
@click.option("--watch", is_flag=True, help="Go on taking in what changes below the named folders, until Ctrl-C.")
@click.option("--allow-private", is_flag=True, help="Fetch from this machine and its own networks too.")
@as_json
@click.pass_obj
def ingest(settings: Settings, sources: tuple[str, ...], watch: bool, allow_private: bool, json_: bool) -> None:
    """Add articles: files, folders of them, pages and feeds of the web.

    Text, Markdown, HTML, PDF, JSON lines, JSON, CSV, RSS and Atom, mail. A file that cannot be read gives its
    reason and stops nothing. Only an address that you name, and the pages of a feed that you name, are fetched.
    """
    if watch:
        keep_watching(settings, sources)
        return
    with closing(Fetcher(allow_private=allow_private)) as fetcher, closing(own_or_served(settings)) as desk:
        report = take_in(desk, sources, fetcher)
    for refused in report.refused:
        complain(refused.reason)
    show(report, lambda: showing.ingested(report), json_)
    if report.refused and not (report.new or report.changed or report.unchanged):
        sys.exit(1)


def keep_watching(settings: Settings, folders: tuple[str, ...]) -> None:
    """Take in what changes until Ctrl-C, which is how it is meant to end."""

    def tell(line: str) -> None:
        click.echo(showing.plain(" ".join(line.split())), err=True)

    try:
        with closing(Fetcher()) as fetcher:
            watch_folders(folders, lambda: own_or_served(settings), fetcher, tell)
    except KeyboardInterrupt:
        click.echo("stopped", err=True)


@footnote.command()
@click.argument("question")
@filters
@click.option("--trace", is_flag=True, help="Show how the answer came about, step by step with times.")
@click.option("--style", type=click.Choice(["auto", "compose", "quote"]), default="auto", show_default=True)
@click.option(
    "--conversation", metavar="ID", help="A talk to go on with, or to begin under this id; `new`: under one we make."
)
@as_json
@with_desk
def ask(
    desk: AnyDesk,
    question: str,
    style: str,
    conversation: str | None,
    trace: bool,
    json_: bool,
    **chosen: str | None,
) -> None:
    """Answer a question with the exact words behind every sentence.

    In a conversation, a follow-up ("And in 2018?") is understood from the talk so far, and it is said how.
    """
    put = {"text": question, "style": style, "filters": chosen, "conversation": conversation, "trace": trace}
    answer = desk.ask(Question.model_validate(put))
    show(answer, lambda: showing.answer(answer), json_)


@footnote.command()
@click.argument("topic", required=False)
@filters
@click.option("--format", "format_", type=click.Choice(["md", "html", "json", "csl"]), help="[default: md]")
@click.option("--since-last", is_flag=True, help="Open with what is new since the last brief on the topic.")
@click.option("--all", "all_", type=click.Path(path_type=Path), metavar="TOPICS.TOML", help="A brief on each topic.")
@click.option("--out", type=click.Path(path_type=Path), help="A file; with --all a folder.  [default for it: briefs]")
@with_desk
def brief(
    desk: AnyDesk,
    topic: str | None,
    format_: Format | None,
    since_last: bool,
    all_: Path | None,
    out: Path | None,
    **chosen: str | None,
) -> None:
    """A page on a TOPIC: what is known, since when, from whom, where sources differ, what is not known.

    Every line has its footnote. `csl` gives the cited articles for a reference manager. With --all, each topic of a
    file gets a page in a folder, compared with its last one; a topic that fails stops none of the others.
    """
    if (topic is None) == (all_ is None):
        raise click.UsageError("name a TOPIC, or --all TOPICS.TOML")
    given: dict[str, Any] = {name: value for name, value in {**chosen, "format": format_}.items() if value is not None}
    if all_ is not None:
        brief_all(desk, all_, out or Path("briefs"), given)
        return
    wanted = Entry.model_validate({"topic": topic, "since_last": since_last, **given})
    text = rendered(desk.brief(wanted.to_request()), wanted.format)
    if out is None:
        click.echo(text if wanted.format == "html" else showing.plain(text), nl=not text.endswith("\n"))
    else:
        out.write_text(text, encoding="utf-8")


def brief_all(desk: AnyDesk, topics: Path, out: Path, given: dict[str, Any]) -> None:
    """Every topic of the file; exits with 1 when one of them failed, after all were tried."""
    failed = False
    for outcome in run_topics(desk.brief, read_topics(topics, given), out, lambda line: click.echo(line, err=True)):
        if outcome.error is not None:
            failed = True
            complain(f"{outcome.topic}: {outcome.error}")
        else:
            click.echo(outcome.file)
    if failed:
        sys.exit(1)


@footnote.command()
@click.argument("receipt")
@as_json
@with_desk
def replay(desk: AnyDesk, receipt: str, json_: bool) -> None:
    """Ask again what a RECEIPT answered, and say what differs and why.

    RECEIPT is an id, or a file saved from `footnote ask --json`. Exits with 0 whether the answer is the same or not:
    a difference is an answer.
    """
    found = desk.replay(read_reference(receipt))
    show(found, lambda: showing.replay(found), json_)


@footnote.command()
@click.argument("file", type=click.File("r", encoding="utf-8"))
@filters
@as_json
@with_desk
def check(desk: AnyDesk, file: TextIO, json_: bool, **chosen: str | None) -> None:
    """Hold a draft (FILE, or - for standard input) against the collection, sentence by sentence.

    Each sentence is supported, contradicted (with what the article says), an altered quote (with the difference),
    or not found. Exit code 0 whatever was found.
    """
    try:
        text = file.read()
    except UnicodeDecodeError as error:
        raise InputError(f"{file.name!r} is not text in UTF-8; save it as such") from error
    report = desk.check(text, Filters.model_validate(chosen))
    show(report, lambda: showing.checked(report), json_)


@footnote.command()
@click.argument("query")
@filters
@click.option("--limit", type=click.IntRange(1, 50), default=5, show_default=True)
@as_json
@with_desk
def search(desk: AnyDesk, query: str, limit: int, json_: bool, **chosen: str | None) -> None:
    """Show the passages that bear on a query; nothing is written and nothing is judged."""
    found = desk.search(query, limit, Filters.model_validate(chosen))
    show(found, lambda: showing.results(found), json_)


@footnote.group()
def articles() -> None:
    """List, show or remove articles."""


@articles.command("list")
@click.option("--limit", type=click.IntRange(1), default=PAGE)
@click.option("--offset", type=click.IntRange(0), default=0)
@as_json
@with_desk
def list_(desk: AnyDesk, limit: int, offset: int, json_: bool) -> None:
    """What the collection holds, and how outlet and date of each are known."""
    found = desk.articles(limit, offset)
    show(found, lambda: showing.articles(found), json_)


@articles.command("show")
@click.argument("article_id")
@click.option("--version", type=click.IntRange(1), help="An earlier version.  [default: the current one]")
@click.option("--diff", is_flag=True, help="What changed from it, or from the one before, to the current one.")
@as_json
@with_desk
def show_(desk: AnyDesk, article_id: str, version: int | None, diff: bool, json_: bool) -> None:
    """One article as it came, with its origin and what it corrects; or what was changed in it since."""
    found = desk.article(article_id, version, difference=diff)
    show(found, lambda: marking.difference(found) if diff else showing.article(found), json_)


@articles.command()
@click.argument("article_ids", nargs=-1, required=True)
@with_desk
def remove(desk: AnyDesk, article_ids: tuple[str, ...]) -> None:
    """Forget articles, every version of them, in both stores."""
    for article_id in article_ids:
        desk.remove(article_id)
        click.echo(f"removed {showing.plain(article_id)}")


@footnote.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True)
@click.option("--key-file", type=click.Path(path_type=Path), help="Keys of which callers must send one, one a line.")
@click.option("--allow-origin", multiple=True, metavar="URL", help="A web page that may use it from a browser.")
@click.option("--allow-host", multiple=True, metavar="NAME", help="A name under which it may be addressed too.")
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

    Any address but this machine's own needs a key: set FOOTNOTE_KEYS, or name a --key-file. Callers send it as
    `Authorization: Bearer KEY`.
    """
    if key_file:
        settings = settings.model_copy(update={"key_file": key_file})
    try:
        serve(settings, host, port, origins=allow_origin, hosts=allow_host)
    except KeyboardInterrupt:
        click.echo("stopped", err=True)


@footnote.command("mcp")
@click.pass_obj
def mcp_(settings: Settings) -> None:
    """Offer ask, search, brief and check to assistants, over standard input and output (Model Context Protocol)."""
    serve_tools(settings)


@footnote.group()
def models() -> None:
    """List, fetch or choose models."""


@models.command("list")
@click.pass_obj
def list_models(settings: Settings) -> None:
    """The models Footnote knows, with licence, size and memory."""
    click.echo(showing.models(ModelStore(settings.models or default_models_dir()).entries()))


@models.command()
@click.argument("names", nargs=-1)
@click.pass_obj
def pull(settings: Settings, names: tuple[str, ...]) -> None:
    """Fetch and verify models; without a name, the two that Footnote needs."""
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
        key = settings.engine_key.get_secret_value()
        with closing(ServedModel(check_address(name), key=key, context_tokens=settings.context_tokens)) as model:
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
    """Check every part, rebuild the dense index, and make a ledger of another embedder or an older Footnote anew."""
    if old := renew_home(settings, lambda line: click.echo(line, err=True)):
        click.echo(f"ledger: made anew from its articles; the old one is kept as {str(old)!r}")
    desk = open_desk(settings)
    try:
        for fault in desk.catalogue.faults():
            complain(f"the ledger is damaged: {fault}; ingest again into another --home")
        click.echo(f"index: rebuilt with {desk.rebuild()} chunks")
        click.echo(showing.readiness(desk.readiness()))
    finally:
        desk.close()
