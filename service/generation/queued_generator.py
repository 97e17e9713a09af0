"""Generator wrapper that takes a queue slot per call, for callers that report no queue positions."""

from collections.abc import Generator, Sequence
from contextlib import closing

from service.generation.request_queue import RequestQueue
from service.generation.types import Engine, Limits, Message, OptionChoice, TextGenerator
from service.runtime.request_context import current_request


class QueuedGenerator:
    """The same engine behind its request queue; work of several calls in one slot takes a ticket itself."""

    def __init__(self, inner: TextGenerator, queue: RequestQueue, timeout: float) -> None:
        """`timeout`: seconds that a call may wait for its slot."""
        self._inner = inner
        self._queue = queue
        self._timeout = timeout

    @property
    def engine(self) -> Engine:
        """The wrapped generator's engine."""
        return self._inner.engine

    def choose(
        self, messages: Sequence[Message], options: Sequence[str], *, prefill: str = "", deadline: float = 60.0
    ) -> OptionChoice:
        """The wrapped generator's choice; raises EngineBusy, DeadlineExceeded or RequestCancelled while it waits."""
        with self._queue.enter(current_request()) as ticket:
            for _ in ticket.positions(self._timeout):
                pass
            return self._inner.choose(messages, options, prefill=prefill, deadline=deadline)

    def stream(self, messages: Sequence[Message], limits: Limits, *, prefill: str = "") -> Generator[str, None, None]:
        """The wrapped generator's text, complete before any of it is returned: a slow reader blocks nobody.

        Raises:
            EngineBusy: the queue is full.
            DeadlineExceeded: no slot was free in time.
            RequestCancelled: the client is gone.
        """
        request, pieces = current_request(), list[str]()
        with self._queue.enter(request) as ticket:
            for _ in ticket.positions(self._timeout):
                pass
            with closing(self._inner.stream(messages, limits, prefill=prefill)) as stream:
                for piece in stream:
                    request.raise_if_cancelled()
                    pieces.append(piece)
        return (piece for piece in pieces)

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """The wrapped generator's count, which never waits."""
        return self._inner.count_tokens(messages)

    def close(self) -> None:
        """Does nothing: whoever made the wrapped generator closes it."""
