"""Request queue of the engine: bounded, one request at a time, round-robin between clients."""

import math
from collections import deque
from collections.abc import Iterator
from threading import Condition, get_ident
from time import monotonic
from types import TracebackType

from index.errors import DeadlineExceeded, EngineBusy
from service.runtime.request_context import RequestContext

CANCEL_POLL_SECONDS = 0.1
"""Interval at which a waiting request checks whether it was cancelled."""
INITIAL_SERVICE_SECONDS = 2.0
"""Assumed time per request until one has been measured."""
SERVICE_TIME_WEIGHT = 0.2
"""Weight of the latest measurement in the moving average of the time per request."""


class RequestQueue:
    """Queue that runs one request at a time and serves waiting clients in rotation, one request each."""

    def __init__(self, capacity: int = 16) -> None:
        """`capacity`: how many requests may wait; further ones are refused."""
        self.capacity = capacity
        self._changed = Condition()
        self._working: Ticket | None = None
        self._waiting: dict[str, deque[Ticket]] = {}
        """Tickets by client; clients are in the order in which they are served next."""
        self._service_seconds = INITIAL_SERVICE_SECONDS

    @property
    def waiting(self) -> int:
        """Number of waiting requests."""
        with self._changed:
            return self._length()

    @property
    def working(self) -> bool:
        """Whether the engine works on a request."""
        return self._working is not None

    def serves_caller(self, request: RequestContext) -> bool:
        """Whether the running request is one that this thread entered for the same client, so that it need not wait."""
        with self._changed:
            running = self._working
            return running is not None and (running.thread, running.request.client) == (get_ident(), request.client)

    def check(self) -> None:
        """Raise EngineBusy if the queue is full, so that a request is refused before any work for it."""
        with self._changed:
            self._require_room()

    def enter(self, request: RequestContext) -> "Ticket":
        """Queue a request after its client's earlier ones, return its ticket; raises EngineBusy if it is full."""
        ticket = Ticket(self, request)
        with self._changed:
            if self._working is None:
                self._start(ticket)
            else:
                self._require_room()
                self._waiting.setdefault(request.client, deque()).append(ticket)
                self._changed.notify_all()
        return ticket

    def _require_room(self) -> None:
        if self._working is not None and self._length() >= self.capacity:
            seconds = math.ceil(self._service_seconds * (self._length() + 1))
            raise EngineBusy(
                f"the queue of the language model is full ({self._length()} requests wait); "
                f"try again in {seconds} s, or use the style quote, which needs no model",
                retry_after=seconds,
            )

    def _length(self) -> int:
        return sum(map(len, self._waiting.values()))

    def _start(self, ticket: "Ticket") -> None:
        self._working = ticket
        ticket.started = monotonic()

    def position(self, ticket: "Ticket") -> int:
        """Return how many requests, including the running one, must end before this one starts; 0 if it has."""
        with self._changed:
            return self._position(ticket)

    def _position(self, ticket: "Ticket") -> int:
        if self._working is ticket:
            return 0
        own = ticket.request.client
        depth, before, ahead = self._waiting[own].index(ticket), 1, 0
        for client, tickets in self._waiting.items():
            if client == own:
                before = 0
            else:
                ahead += min(len(tickets), depth + before)
        return 1 + depth + ahead

    def wait(self, ticket: "Ticket", known: int, seconds: float) -> None:
        """Block until the position differs from `known`, or until `seconds` are over."""
        with self._changed:
            self._changed.wait_for(lambda: self._position(ticket) != known, seconds)

    def leave(self, ticket: "Ticket") -> None:
        """Return a running or waiting ticket; does nothing for a ticket that was already returned."""
        with self._changed:
            if self._working is ticket:
                self._service_seconds += SERVICE_TIME_WEIGHT * (monotonic() - ticket.started - self._service_seconds)
                self._working = None
                self._start_next()
            elif ticket in (tickets := self._waiting.get(ticket.request.client, deque())):
                tickets.remove(ticket)
                if not tickets:
                    del self._waiting[ticket.request.client]
            self._changed.notify_all()

    def _start_next(self) -> None:
        if not self._waiting:
            return
        client = next(iter(self._waiting))
        tickets = self._waiting.pop(client)
        self._start(tickets.popleft())
        if tickets:
            self._waiting[client] = tickets  # behind all other clients


class Ticket:
    """Ticket: one request's place in the queue, released at the end of the `with` block."""

    def __init__(self, queue: RequestQueue, request: RequestContext) -> None:
        self.request = request
        self.started = 0.0
        self.thread = get_ident()
        self._queue = queue

    def positions(self, timeout: float) -> Iterator[int]:
        """Yield each new position until the request may start; `timeout` in seconds.

        Raises:
            DeadlineExceeded: the request could not start in time.
            RequestCancelled: its client has disconnected.
        """
        end, known = monotonic() + timeout, 0
        while position := self._queue.position(self):
            if position != known:
                known = position
                yield position
            self.request.raise_if_cancelled()
            if monotonic() >= end:
                raise DeadlineExceeded(
                    f"the language model was busy with other requests for {timeout:g} s; "
                    "try again, or use the style quote"
                )
            self._queue.wait(self, known, min(CANCEL_POLL_SECONDS, end - monotonic()))

    def __enter__(self) -> "Ticket":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._queue.leave(self)
