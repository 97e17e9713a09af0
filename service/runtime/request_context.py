"""Request context of a thread or task: client id for fair queueing, request id for logs, cancellation."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Event

from index.errors import RequestCancelled

LOCAL_CLIENT = "local"
"""Client id of the command line on this machine."""


class RequestContext:
    """RequestContext: the client, id and cancellation state of one request."""

    def __init__(
        self, client: str = LOCAL_CLIENT, request_id: str = "", is_cancelled: Callable[[], bool] | None = None
    ) -> None:
        """`is_cancelled` replaces the request's own flag, for work that several requests share."""
        self.client = client
        self.request_id = request_id
        """Written into logs and sent back to the client."""
        self._flag = Event()
        self._is_cancelled = is_cancelled or self._flag.is_set

    def cancel(self) -> None:
        """Cancel the request: its client closed the connection."""
        self._flag.set()

    @property
    def cancelled(self) -> bool:
        """Whether nobody waits for the result any more."""
        return self._is_cancelled()

    def raise_if_cancelled(self) -> None:
        """Stop the work of a cancelled request; raises RequestCancelled."""
        if self.cancelled:
            raise RequestCancelled("the client closed the connection; the rest was not generated")


_current: ContextVar[RequestContext | None] = ContextVar("request", default=None)


def current_request() -> RequestContext:
    """Return the request that this thread or task works for; outside any `request_scope`, one of the local client."""
    return _current.get() or RequestContext()


@contextmanager
def request_scope(request: RequestContext) -> Iterator[None]:
    """Make a request the current one inside the `with`; tasks and worker threads started there inherit it."""
    before = _current.set(request)
    try:
        yield
    finally:
        _current.reset(before)
