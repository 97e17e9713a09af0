"""Home folder of the MCP server: opened for a call and closed when idle, or reached through the server that has it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from threading import Lock, Timer, current_thread

from index.errors import HomeInUse
from service.client import RemoteWorkspace
from service.engines import Engines, load_engines
from service.runtime.home_lock import open_home, read_owner
from service.runtime.settings import Settings
from service.workspace import Workspace
from service.workspace_client import WorkspaceClient

IDLE_SECONDS = 10.0
"""Seconds that the home folder stays open after a call: assistants call in bursts, and opening takes a second."""

OpenWorkspace = Callable[[], AbstractContextManager[WorkspaceClient]]


class IdleClosingHome:
    """Home folder that is opened for a call and closed when idle, so that the command and a server can open it too."""

    def __init__(
        self, settings: Settings, load: Callable[[Settings], Engines] = load_engines, idle_seconds: float = IDLE_SECONDS
    ) -> None:
        self._settings, self._load, self._idle_seconds = settings, load, idle_seconds
        self._engines: Engines | None = None
        self._open: WorkspaceClient | None = None
        self._one_call = Lock()
        self._closing: Timer | None = None

    @contextmanager
    def workspace(self) -> Iterator[WorkspaceClient]:
        """Yield the workspace of this home, or of the server that has it open; raises HomeInUse without either."""
        with self._one_call:
            if self._closing is not None:
                self._closing.cancel()
            self._open = self._open or self._own_or_served()
            try:
                yield self._open
            finally:
                self._closing = Timer(self._idle_seconds, self._close_when_idle)
                self._closing.daemon = True
                self._closing.start()

    def _own_or_served(self) -> WorkspaceClient:
        try:
            home = open_home(self._settings)
        except HomeInUse:
            who = read_owner(self._settings.home)
            if who is None or who.url is None:
                raise
            return RemoteWorkspace(who.url)
        try:
            self._engines = self._engines or self._load(self._settings)
            return Workspace(self._settings, self._engines, home)
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
