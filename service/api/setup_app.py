"""Before the models are there: the page says so, and a click fetches them; then the service itself takes over."""

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
from service.api.admission import AdmissionPolicy, guard
from service.api.problem_details import install, problem
from service.api.static_files import pages
from service.models import EMBEDDER, GENERATOR, ListedModel, ModelStore, default_models_dir
from service.runtime.home import chosen_model
from service.runtime.settings import Settings
from service.runtime.types import Part, Readiness

Pull = Callable[[str, Callable[[str], None]], object]
"""Fetches a model by its name and tells of its progress."""
ROUTES = ["GET", "POST", "PUT", "PATCH", "DELETE"]


class SetupView(Record):
    """What is missing and how far fetching it is."""

    missing: tuple[ListedModel, ...] = Field(description="Models that are not here yet.")
    running: bool
    progress: tuple[str, ...] = Field(description="What was done so far, a line each.")
    problem: str | None = Field(description="Why it stopped, if it did; it can be tried again.")


class Begin(BaseModel):
    """Nothing: everything that is missing is fetched."""

    model_config = ConfigDict(extra="forbid")


class Setup:
    """Fetching what is missing, once at a time."""

    def __init__(self, missing: Sequence[ListedModel], pull: Pull, done: Callable[[], None]) -> None:
        """`done` is told when nothing is missing any more."""
        self._missing, self._pull, self._done = tuple(missing), pull, done
        self._lines: tuple[str, ...] = ()
        self._problem: str | None = None
        self._running = False
        self._lock = Lock()

    def view(self) -> SetupView:
        """How far it is."""
        return SetupView(
            missing=self._missing, running=self._running, progress=self._lines[-20:], problem=self._problem
        )

    def begin(self) -> None:
        """Start fetching, unless it runs."""
        with self._lock:
            if self._running:
                return
            self._running, self._problem = True, None
        Thread(target=self._fetch, daemon=True).start()

    def _fetch(self) -> None:
        try:
            for entry in self._missing:
                self._pull(entry.name, self._tell)
                self._missing = tuple(other for other in self._missing if other != entry)
        except FootnoteError as error:
            self._problem = str(error)
        self._running = False
        if not self._missing:
            self._done()

    def _tell(self, line: str) -> None:
        self._lines = (*self._lines, line)


def setup_app(setup: Setup, doors: AdmissionPolicy | None = None) -> FastAPI:
    """The page, and the few routes that it needs until there is a service; all others say what is missing."""
    app = FastAPI(openapi_url=None)
    install(app)
    guard(app, doors or AdmissionPolicy())
    app.include_router(pages())

    @app.get("/health")
    def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/ready", status_code=503)
    def ready() -> Readiness:
        return Readiness(ready=False, parts=(Part(name="models", ok=False, detail=_said(setup)),))

    @app.get("/v1/setup")
    def look() -> SetupView:
        return setup.view()

    @app.post("/v1/setup")
    def begin(body: Begin) -> SetupView:
        setup.begin()
        return setup.view()

    @app.api_route("/{path:path}", methods=ROUTES)
    def anything(path: str) -> JSONResponse:
        return problem(503, "ModelMissing", _said(setup))

    return app


def _said(setup: Setup) -> str:
    names = ", ".join(entry.name for entry in setup.view().missing)
    return f"missing: {names}; fetch with `footnote models pull` or on the page"


def wait_for_models(
    settings: Settings, bound: socket.socket, url: str, doors: AdmissionPolicy, pull: Pull | None = None
) -> None:
    """Serve the set-up page until the models are there.

    Returns at once when they are, and when other machines could reach the page: it is for who set it up.
    """
    store = ModelStore(settings.models or default_models_dir())
    missing = _missing(store, settings)
    if not missing or not ip_address(bound.getsockname()[0]).is_loopback:
        return
    setup = Setup(missing, pull or store.pull, lambda: setattr(server, "should_exit", True))
    server = uvicorn.Server(uvicorn.Config(setup_app(setup, doors), log_level="warning", timeout_graceful_shutdown=2))
    bound.listen()
    print(f"Footnote serves a page on {url} that fetches what is missing; {_said(setup)}", flush=True)
    # A copy: the server closes what it is given, and the port must not be lost in between.
    server.run(sockets=[bound.dup()])


def _missing(store: ModelStore, settings: Settings) -> list[ListedModel]:
    wanted = (settings.model or chosen_model(settings.home) or GENERATOR, EMBEDDER)
    return [entry for entry in store.entries() if entry.name in wanted and not _is_here(store, entry.name)]


def _is_here(store: ModelStore, name: str) -> bool:
    try:
        store.path(name)
    except ModelMissing:
        return False
    return True
