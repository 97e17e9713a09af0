"""Model commands of the CLI: list, pull, use, prove."""

from contextlib import closing
from pathlib import Path
from typing import Literal

import click

from index.errors import FootnoteError, HomeInUse, InputError
from service.api.home_server import home_server
from service.cli.root import footnote
from service.engines import Engines, check_server, load_engines, load_generator, may_compose, writer_name
from service.generation.types import is_server
from service.judging.chosen_judge import is_writer, load_judge_model
from service.models import DEFAULTS, ModelStore, default_models_dir
from service.proving.kept_decisions import Decision, keep_decision, model_key, read_decision
from service.proving.prove import prove_judge, prove_writing
from service.rendering import terminal
from service.runtime.home_lock import Home, choose_model, chosen_model
from service.runtime.settings import Settings

EMBEDDED = "embedded"
"""Name of the judge that is installed with Footnote."""

CLAIMS_SENT = (
    "each claim that is checked, so the sentences of a draft, is sent there with the evidence it is compared with"
)
"""What leaves the machine where a server judges."""


@footnote.group()
def models() -> None:
    """List, download, prove or choose models."""


@models.command("list")
@click.pass_obj
def list_models(settings: Settings) -> None:
    """List the models that Footnote knows, with licence, size and memory."""
    click.echo(terminal.models(_store(settings).listing()))


@models.command()
@click.argument("names", nargs=-1)
@click.pass_obj
def pull(settings: Settings, names: tuple[str, ...]) -> None:
    """Download and verify models; without a name, the two that Footnote needs."""
    for name in names or DEFAULTS:
        _store(settings).pull(name, lambda line: click.echo(line, err=True))
        click.echo(f"{name}: ready")


@models.command()
@click.argument("name")
@click.option(
    "--role",
    type=click.Choice(["writer", "judge"]),
    default="writer",
    show_default=True,
    help="What it does: write the answers, or judge claims.",
)
@click.pass_obj
def use(settings: Settings, name: str, role: Literal["writer", "judge"]) -> None:
    """Let this model write the answers of this home folder, or judge claims.

    NAME is one of `footnote models list`, or http://HOST:PORT/v1#MODEL for a model behind an OpenAI-compatible server
    (llama-server, vLLM, Ollama). Questions and evidence are then sent to that server; where it judges, also each claim
    that is checked, so the sentences of a draft. Its key: FOOTNOTE_ENGINE_KEY. A running server writes with it from
    then on; servers over FOOTNOTE_STORE do after a restart. FOOTNOTE_MODEL, where it is set, overrules the choice.

    A judge may also be the folder of an ONNX cross-encoder, or `embedded`; it takes over only if
    `footnote models prove NAME` found that it accepts more.
    """
    if role == "judge":
        _use_judge(settings, name)
    else:
        _use_writer(settings, name)


@models.command()
@click.argument("name", required=False)
@click.option("--sets", type=click.IntRange(1, 60), help="Only the first so many evidence sets; decides nothing.")
@click.option("--write/--no-write", default=True, help="Whether it is asked to write.")
@click.option("--judge/--no-judge", default=True, help="Whether it is asked to judge.")
@click.pass_obj
def prove(settings: Settings, name: str | None, sets: int | None, write: bool, judge: bool) -> None:
    """Put a model through a fixed set on this machine, and decide whether it may write or judge.

    NAME as in `footnote models use`; without it, the model that was chosen. It writes answers to the questions of 60
    evidence sets; every sentence that is accepted (+) or withheld (-) is shown. If the answers hold at least as much as
    quotations and the gate accepts most sentences, the style `auto` lets this model write from then on. It also judges
    116 claims; if it accepts more than the embedded judge at 2 % false ones, it may judge.
    """
    name = name or writer_name(settings)
    store = _store(settings)
    key = model_key(name, store)
    with closing(load_engines(settings, embedded=True)) as engines:
        decision = _decide(name, store, settings, engines, write, judge, sets)
    if sets is None:
        keep_decision(store.folder, key, decision)
    else:
        click.echo(f"only {sets} of the evidence sets: nothing is decided", err=True)
    click.echo(terminal.decision(decision))


def _decide(
    name: str, store: ModelStore, settings: Settings, engines: Engines, write: bool, judge: bool, sets: int | None
) -> Decision:
    writing = judging = None
    embedded = engines.embedded_judge
    generator = load_generator(name, store, settings, engines.compute_claim) if is_writer(name, store) else None
    try:
        if write and generator is not None and embedded is not None:
            writing = prove_writing(generator, engines.reader, embedded, settings, click.echo, sets)
        if judge and embedded is not None and sets is None:
            judged = load_judge_model(name, store, generator, settings, engines.scheduler)
            judging = prove_judge(judged, embedded, lambda line: click.echo(line, err=True))
    finally:
        if generator is not None:
            generator.close()
    return Decision(model=name, writing=writing, judging=judging)


def _use_writer(settings: Settings, name: str) -> None:
    found = check_server(name, settings) if is_server(name) else name
    if not is_server(name):
        load_generator(name, _store(settings), settings).close()
    before = chosen_model(settings.home)
    choose_model(settings.home, name)
    try:
        served = None if settings.store.get_secret_value() else _switch_served(settings, name)
    except FootnoteError:
        choose_model(settings.home, before)
        raise
    there = f" at {name}" if is_server(name) else ""
    said = [f"{found}{there} {_from_when(settings, served)}", *_until_proven(settings, name), *_sent(settings, name)]
    click.echo("; ".join(said))
    if settings.model and settings.model != name:
        click.echo(
            f"but FOOTNOTE_MODEL overrules this choice at every start: {settings.model} writes until it is unset"
        )


def _from_when(settings: Settings, served: str | None) -> str:
    """Say from when on a chosen model writes."""
    if settings.store.get_secret_value():
        return "writes from the next start on: restart the servers over FOOTNOTE_STORE that use this home folder"
    return "writes from now on" + (f", also in the server at {served}" if served else "")


def _until_proven(settings: Settings, name: str) -> list[str]:
    """Say that a model which is not proven yet writes only when asked to."""
    if may_compose(name, _store(settings), settings):
        return []
    return [f"answers stay quotations, except with --style compose, until `footnote models prove {name}` finds it able"]


def _sent(settings: Settings, name: str) -> list[str]:
    """Say what is sent to a server that writes or judges."""
    if not is_server(name):
        return []
    judges = chosen_model(settings.home, "judge") == name
    return ["questions and evidence are sent there", *([CLAIMS_SENT] if judges else [])]


def _use_judge(settings: Settings, name: str) -> None:
    if name == EMBEDDED:
        choose_model(settings.home, None, "judge")
        click.echo("the embedded judge judges from the next start on")
        return
    store = _store(settings)
    decision = read_decision(store.folder, model_key(name, store))
    if decision is None or decision.judging is None:
        raise InputError(f"{name!r} has not been measured as a judge; run `footnote models prove {name}` first")
    if not decision.judging.judges:
        raise InputError(f"{name!r} does not judge: {decision.judging.reason}")
    choose_model(settings.home, str(Path(name).resolve()) if Path(name).is_dir() else name, "judge")
    said = [f"{name} judges claims from the next start on"]
    if is_writer(name, store) and writer_name(settings) != name:
        said.append(f"but only while it also writes: `footnote models use {name}`")
    click.echo("; ".join([*said, *([CLAIMS_SENT] if is_server(name) else [])]))


def _store(settings: Settings) -> ModelStore:
    return ModelStore(settings.models or default_models_dir())


def _switch_served(settings: Settings, name: str) -> str | None:
    """Switch the server that has the home folder open, and return its address; None if none has."""
    try:
        Home(Path(settings.home)).close()
    except HomeInUse as in_use:
        server = home_server(settings, in_use)
        with closing(server.service()) as remote:
            remote.use_model(name)
        return server.url
    return None
