"""Home folder of the MCP server: opened for a call and closed when idle, or reached through the server that has it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from threading import Lock, Timer, current_thread
from typing import Protocol

from index.errors import HomeInUse, InputError
from index.store.named_collections import DEFAULT
from service.api.home_server import HomeServer, home_server
from service.client import RemoteWorkspace
from service.engines import Engines, load_engines
from service.runtime.home_lock import open_home
from service.runtime.settings import Settings
from service.workspace_client import WorkspaceClient
from service.workspaces import Workspaces

IDLE_SECONDS = 10.0
"""Seconds that the home folder stays open after a call: assistants call in bursts, and opening takes a second."""


class OpenWorkspace(Protocol):
    """Function that opens the workspace of a collection for one call."""

    def __call__(self, collection: str | None = None, /) -> AbstractContextManager[WorkspaceClient]: ...


class IdleClosingHome:
    """Home folder that is opened for a call and closed when idle, so that the command and a server can open it too."""

    def __init__(
        self, settings: Settings, load: Callable[[Settings], Engines] = load_engines, idle_seconds: float = IDLE_SECONDS
    ) -> None:
        self._settings, self._load, self._idle_seconds = settings, load, idle_seconds
        self._engines: Engines | None = None
        self._open: Workspaces | ServedWorkspaces | None = None
        self._one_call = Lock()
        self._closing: Timer | None = None

    @contextmanager
    def workspace(self, collection: str | None = None) -> Iterator[WorkspaceClient]:
        """Yield the workspace of a collection, here or in the server that has this home open.

        Raises:
            HomeInUse: the process that has it open is not a server.
            NotFound: there is no such collection.
            InputError: the settings choose another one, and the tools may use only that.
        """
        only = self._settings.collection
        if only is not None and collection not in (None, only):
            raise InputError(f"only the collection {only!r} may be used here")
        with self._one_call:
            if self._closing is not None:
                self._closing.cancel()
            try:
                self._open = self._open or self._own_or_served()
                yield self._open.open(collection or only or DEFAULT)
            finally:
                self._closing = Timer(self._idle_seconds, self._close_when_idle)
                self._closing.daemon = True
                self._closing.start()

    def _own_or_served(self) -> "Workspaces | ServedWorkspaces":
        try:
            home = open_home(self._settings)
        except HomeInUse as in_use:
            return ServedWorkspaces(home_server(self._settings, in_use))
        try:
            self._engines = self._engines or self._load(self._settings)
            return Workspaces(self._settings, self._engines, home)
        except BaseException:
            home.close()
            raise

    def _close_when_idle(self) -> None:
        with self._one_call:
            if self._open is not None and self._closing is current_thread():
                self._close_workspace()

    def _close_workspace(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None

    def close(self) -> None:
        """Close the home folder and stop the engine, if it was started."""
        with self._one_call:
            self._close_workspace()
            if self._engines is not None:
                self._engines.close()


class ServedWorkspaces:
    """Workspaces that another process serves."""

    def __init__(self, server: HomeServer) -> None:
        self._server = server
        self._opened: dict[str, RemoteWorkspace] = {}

    def open(self, name: str) -> RemoteWorkspace:
        """Return the client of a collection."""
        if name not in self._opened:
            self._opened[name] = self._server.workspace(name)
        return self._opened[name]

    def close(self) -> None:
        """Close the connections; the server keeps running."""
        for each in self._opened.values():
            each.close()
