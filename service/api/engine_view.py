"""Engine view: reports the language model in use, the models to choose from, and memory; switches or downloads one."""

import importlib.metadata
import resource
import sys
from collections.abc import Generator

from pydantic import Field

from index.errors import FootnoteError, InputError
from index.types import Record
from service.engines import check_server, judge_beside, load_generator, may_compose, writer_name
from service.generation.types import Engine, is_server
from service.models import (
    GENERATOR,
    DownloadProgress,
    ListedModel,
    ModelStore,
    default_models_dir,
    download_progress,
)
from service.runtime.home_lock import choose_model, chosen_model
from service.workspace import Workspace


class EngineView(Record):
    """Language model of this service and the models it could use."""

    running: Engine | None = Field(description="The model that writes now; null when it cannot be used.")
    detail: str = Field(description="Why it cannot be used; empty when it can.")
    chosen: str = Field(
        description="The model that writes after the next start: of FOOTNOTE_MODEL, else chosen for the home folder."
    )
    judge: str = Field(description="Fingerprint of the model that judges claims; empty when none does.")
    composes: bool = Field(description="Whether the style `auto` lets it write.")
    threads: int
    memory: int = Field(description="Bytes that this process has used at most, without the model's own process.")
    revision: str = Field(description="Digest of the collection.")
    version: str
    models: tuple[ListedModel, ...] = Field(description="The models that Footnote knows.")


def engine_view(workspace: Workspace) -> EngineView:
    """Return the current state of the engine."""
    running, detail = _running(workspace)
    return EngineView(
        running=running,
        detail=detail,
        chosen=writer_name(workspace.settings),
        judge=workspace.engines.entailment.fingerprint if workspace.engines.entailment else "",
        composes=workspace.composes,
        threads=workspace.settings.threads,
        memory=_peak_memory(),
        revision=workspace.store.revision(),
        version=importlib.metadata.version("footnote"),
        models=_store(workspace).listing(),
    )


def use_model(workspace: Workspace, name: str) -> EngineView:
    """Let a language model write from now on, here and after every start.

    Raises:
        InputError: there is no model of that name, or it is not a generator.
        ModelMissing: it was not downloaded.
        ModelError: a server is named and does not answer.
        EngineBusy: too many wait for the model in use.
    """
    store, settings = _store(workspace), workspace.settings
    if is_server(name) and chosen_model(settings.home) != name:
        # Questions and evidence are sent there: only who can write the home folder may decide that.
        raise InputError(f"a server is chosen on the command line: run `footnote models use {name}`")
    generator = load_generator(name, store, settings, workspace.engines.compute_claim)
    try:
        if is_server(name):
            check_server(name, settings)
        engines = workspace.engines
        judge = judge_beside(name, generator, engines.queue, store, settings, engines.scheduler)
        composes = may_compose(name, store, settings)
        workspace.switch_engine(generator, composes=composes, capable=name != GENERATOR, judge=judge)
    except BaseException:
        generator.close()
        raise
    choose_model(settings.home, name)
    return engine_view(workspace)


def download_model(workspace: Workspace, name: str) -> Generator[DownloadProgress, None, None]:
    """Yield the progress of a model's download; see `download_progress` for the errors."""
    return download_progress(_store(workspace), name)


def _store(workspace: Workspace) -> ModelStore:
    return ModelStore(workspace.settings.models or default_models_dir())


def _running(workspace: Workspace) -> tuple[Engine | None, str]:
    try:
        return workspace.engine, ""
    except FootnoteError as error:
        return None, str(error)


def _peak_memory() -> int:
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used if sys.platform == "darwin" else used * 1024  # macOS counts bytes, Linux kilobytes
