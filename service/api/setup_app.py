"""Setup application: serves the page while models are missing, and downloads them on request."""

import socket
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from threading import Lock, Thread

import uvicorn
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from index.errors import FootnoteError, ModelMissing
from index.types import Record
from service.api.admission import AdmissionPolicy, add_admission
from service.api.problem_details import add_error_handlers, problem
from service.api.static_files import page_routes
from service.models import EMBEDDER, GENERATOR, ListedModel, ModelStore, default_models_dir
from service.runtime.home_lock import chosen_model
from service.runtime.settings import Settings
from service.runtime.types import ComponentState, Readiness

Pull = Callable[[str, Callable[[str], None]], object]
"""Function that downloads a model by name and reports its progress."""
ALL_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


class SetupView(Record):
    """Which models are missing and how far their download is."""

    missing: tuple[ListedModel, ...] = Field(description="Models that are not on this machine yet.")
    running: bool
    progress: tuple[str, ...] = Field(description="Progress so far, a line each.")
    problem: str | None = Field(description="Why the download stopped, if it did; it can be tried again.")


class SetupBody(BaseModel):
    """Empty body: every missing model is downloaded."""

    model_config = ConfigDict(extra="forbid")


class Setup:
    """Setup: downloads the missing models, one at a time."""

    def __init__(self, missing: Sequence[ListedModel], pull: Pull, done: Callable[[], None]) -> None:
        """`done` is called when no model is missing any more."""
        self._missing, self._pull, self._done = tuple(missing), pull, done
        self._lines: tuple[str, ...] = ()
        self._problem: str | None = None
        self._running = False
        self._lock = Lock()

    def view(self) -> SetupView:
        """Return the state of the download."""
        return SetupView(
            missing=self._missing, running=self._running, progress=self._lines[-20:], problem=self._problem
        )

    def begin(self) -> None:
        """Start the download, unless it is already running."""
        with self._lock:
            if self._running:
                return
            self._running, self._problem = True, None
        Thread(target=self._fetch, daemon=True).start()

    def _fetch(self) -> None:
        try:
            for entry in self._missing:
                self._pull(entry.name, self._add_line)
                self._missing = tuple(other for other in self._missing if other != entry)
        except FootnoteError as error:
            self._problem = str(error)
        self._running = False
        if not self._missing:
            self._done()

    def _add_line(self, line: str) -> None:
        self._lines = (*self._lines, line)


def setup_app(setup: Setup, admission: AdmissionPolicy | None = None) -> FastAPI:
    """Build the application: page and setup routes; every other route answers 503 and names the missing models."""
    app = FastAPI(openapi_url=None)
    add_error_handlers(app)
    add_admission(app, admission or AdmissionPolicy())
    app.include_router(page_routes())

    @app.get("/health")
    def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/ready", status_code=503)
    def ready() -> Readiness:
        return Readiness(ready=False, parts=(ComponentState(name="models", ok=False, detail=_missing_line(setup)),))

    @app.get("/v1/setup")
    def view() -> SetupView:
        return setup.view()

    @app.post("/v1/setup")
    def begin(body: SetupBody) -> SetupView:
        setup.begin()
        return setup.view()

    @app.api_route("/{path:path}", methods=ALL_METHODS)
    def service_routes(path: str) -> JSONResponse:
        return problem(503, "ModelMissing", _missing_line(setup))

    return app


def _missing_line(setup: Setup) -> str:
    names = ", ".join(entry.name for entry in setup.view().missing)
    return f"missing: {names}; fetch with `footnote models pull` or on the page"


def wait_for_models(
    settings: Settings, bound: socket.socket, url: str, admission: AdmissionPolicy, pull: Pull | None = None
) -> None:
    """Serve the setup page until no model is missing.

    Returns at once when none is missing, or when other machines could reach the page, which is only for local setup.
    """
    store = ModelStore(settings.models or default_models_dir())
    missing = _missing_models(store, settings)
    if not missing or not ip_address(bound.getsockname()[0]).is_loopback:
        return
    setup = Setup(missing, pull or store.pull, lambda: setattr(server, "should_exit", True))
    server = uvicorn.Server(
        uvicorn.Config(setup_app(setup, admission), log_level="warning", timeout_graceful_shutdown=2)
    )
    bound.listen()
    print(f"Footnote serves a page on {url} that fetches what is missing; {_missing_line(setup)}", flush=True)
    # A duplicate socket: the server closes the one it gets, and the port must stay bound.
    server.run(sockets=[bound.dup()])


def _missing_models(store: ModelStore, settings: Settings) -> list[ListedModel]:
    wanted = (settings.model or chosen_model(settings.home) or GENERATOR, EMBEDDER)
    return [entry for entry in store.listing() if entry.name in wanted and not _is_downloaded(store, entry.name)]


def _is_downloaded(store: ModelStore, name: str) -> bool:
    try:
        store.path(name)
    except ModelMissing:
        return False
    return True
