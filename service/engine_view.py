"""Engine view: reports the language model in use, the models to choose from, and memory; switches the model."""

import importlib.metadata
import resource
import sys

from pydantic import Field

from index.errors import FootnoteError, InputError
from index.types import Record
from service.generation.types import Engine
from service.models import GENERATOR, ListedModel, ModelStore, default_models_dir
from service.runtime.home_lock import choose_model, chosen_model
from service.workspace import Workspace


class EngineView(Record):
    """Language model of this service and the models it could use."""

    running: Engine | None = Field(description="The model that writes now; null when it cannot be used.")
    detail: str = Field(description="Why it cannot be used; empty when it can.")
    chosen: str = Field(description="The model that writes after the next start.")
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
        chosen=chosen_model(workspace.settings.home) or workspace.settings.model or GENERATOR,
        composes=workspace.composes,
        threads=workspace.settings.threads,
        memory=_peak_memory(),
        revision=workspace.store.revision(),
        version=importlib.metadata.version("footnote"),
        models=_store(workspace).listing(),
    )


def use_model(workspace: Workspace, name: str) -> EngineView:
    """Choose the language model to use from the next start on.

    Raises:
        InputError: there is no model of that name, or it is not a generator.
        ModelMissing: it was not downloaded.
    """
    store = _store(workspace)
    if store.find(name).role != "generator":
        raise InputError(f"{name!r} does not write; choose a model whose role is generator")
    store.verify(name)
    choose_model(workspace.settings.home, name)
    return engine_view(workspace)


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
