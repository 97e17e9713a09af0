"""For whom this thread works: the name a queue is fair to, the request's id, and whether anybody still waits."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Event

from index.errors import RequestCancelled

LOCAL = "local"
"""The caller at this machine's own command."""


class RequestContext:
    """One request and who made it."""

    def __init__(self, name: str = LOCAL, request: str = "", gone: Callable[[], bool] | None = None) -> None:
        self.name = name
        self.request = request
        """Goes into logs and back to the caller."""
        self._left = Event()
        self._gone = gone or self._left.is_set

    def leave(self) -> None:
        """The connection was closed: nobody reads any more."""
        self._left.set()

    @property
    def gone(self) -> bool:
        """Whether there is nobody left to answer."""
        return self._gone()

    def stay(self) -> None:
        """Go on only if somebody waits; raises CallerGone otherwise."""
        if self.gone:
            raise RequestCancelled("the caller closed the connection; the rest was not written")


_current: ContextVar[RequestContext | None] = ContextVar("caller", default=None)


def current() -> RequestContext:
    """Whoever this thread or task works for; someone at this machine unless told."""
    return _current.get() or RequestContext()


@contextmanager
def request_scope(caller: RequestContext) -> Iterator[None]:
    """Work for this caller inside the `with`; tasks and worker threads begun in it do so too."""
    before = _current.set(caller)
    try:
        yield
    finally:
        _current.reset(before)
