"""FIFO lock: grants the lock in the order of arrival, so that no thread starves."""

from collections import deque
from threading import Event, Lock
from types import TracebackType


class FifoLock:
    """FIFO lock: unlike `threading.Lock`, it goes to waiting threads in order of arrival; any thread may release it."""

    def __init__(self) -> None:
        self._guard = Lock()
        self._locked = False
        self._tickets: deque[Event] = deque()

    @property
    def waiting(self) -> int:
        """Number of callers that are waiting for the lock."""
        return len(self._tickets)

    def acquire(self, timeout: float | None = None) -> bool:
        """Wait for the lock; returns False when it was not free within `timeout` seconds."""
        with self._guard:
            if not self._locked:
                self._locked = True
                return True
            ticket = Event()
            self._tickets.append(ticket)
        return ticket.wait(timeout) or not self._withdraw(ticket)

    def release(self) -> None:
        """Pass the lock to the caller that has waited longest, or free it when none waits."""
        with self._guard:
            if self._tickets:  # stays locked, so that a new caller cannot overtake those that wait
                self._tickets.popleft().set()
            else:
                self._locked = False

    def _withdraw(self, ticket: Event) -> bool:
        with self._guard:
            if ticket.is_set():  # the lock was passed to this caller between the timeout and this line
                return False
            self._tickets.remove(ticket)
            return True

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.release()
