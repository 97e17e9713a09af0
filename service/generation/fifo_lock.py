"""Whose turn it is: a lock that serves its callers in the order they came."""

from collections import deque
from threading import Event, Lock


class Turn:
    """Unlike `threading.Lock`, first come is first served, and any thread may release it."""

    def __init__(self) -> None:
        self._guard = Lock()
        self._taken = False
        self._waiting: deque[Event] = deque()

    def acquire(self, seconds: float) -> bool:
        """Wait for the turn; False when it did not come in time."""
        with self._guard:
            if not self._taken:
                self._taken = True
                return True
            ticket = Event()
            self._waiting.append(ticket)
        return ticket.wait(seconds) or not self._withdraw(ticket)

    def release(self) -> None:
        """Hand the turn to whoever has waited longest."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._taken = False

    def _withdraw(self, ticket: Event) -> bool:
        with self._guard:
            if ticket.is_set():  # the turn came between the end of the wait and this line
                return False
            self._waiting.remove(ticket)
            return True
