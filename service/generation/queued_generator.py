"""Queued generator: a wrapper that waits in the request queue for each call, without reporting queue positions."""

from collections.abc import Generator, Sequence
from contextlib import closing

from service.generation.request_queue import RequestQueue
from service.generation.types import Engine, Limits, Message, OptionChoice, TextGenerator
from service.runtime.request_context import current_request


class QueuedGenerator:
    """TextGenerator that queues each call; code that needs one slot for several calls takes a ticket itself."""

    def __init__(self, inner: TextGenerator, queue: RequestQueue, timeout: float) -> None:
        """`timeout`: seconds that a call may wait for its queue slot."""
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
        """Queue, then return the choice; a caller that has its turn already, as the gate of an answer, does not queue.

        Raises:
            EngineBusy: the queue is full.
            DeadlineExceeded: no slot was free in time.
            RequestCancelled: the client has disconnected.
        """
        if self._queue.serves_caller(current_request()):
            return self._inner.choose(messages, options, prefill=prefill, deadline=deadline)
        with self._queue.enter(current_request()) as ticket:
            for _ in ticket.positions(self._timeout):
                pass
            return self._inner.choose(messages, options, prefill=prefill, deadline=deadline)

    def stream(self, messages: Sequence[Message], limits: Limits, *, prefill: str = "") -> Generator[str, None, None]:
        """Return the wrapped generator's text after it is complete, so that a slow reader does not block the engine.

        Raises:
            EngineBusy: the queue is full.
            DeadlineExceeded: no slot was free in time.
            RequestCancelled: the client has disconnected.
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
        """Return the wrapped generator's count without queueing."""
        return self._inner.count_tokens(messages)

    def close(self) -> None:
        """Do nothing: the owner of the wrapped generator closes it."""
