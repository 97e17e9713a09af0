"""Job lease: renewed by a heartbeat thread while a job runs, and given up when that has failed for too long."""

import os
import secrets
import socket
import time
from collections.abc import Callable
from threading import Event, Thread

from index.errors import HomeError

BEATS_PER_LEASE = 5


def new_holder() -> str:
    """Return a name for this process in leases: machine, process number, and a random part."""
    return f"{socket.gethostname()}/{os.getpid()}/{secrets.token_hex(4)}"


class JobLease:
    """Job lease: valid while the heartbeats come through; it ends here before another process may take it over."""

    def __init__(self, renew: Callable[[], bool], seconds: float, taken: float) -> None:
        """Begin the heartbeat of a lease that was just taken.

        Args:
            taken: monotonic time before it was taken: in the ledger it may have begun right then.
            renew: renews the lease in the ledger; False when it is another's by now.
        """
        self._renew, self._seconds = renew, seconds
        self._until = taken + seconds
        self._ended = Event()
        self._thread = Thread(target=self._beat, name="job-lease", daemon=True)
        self._thread.start()

    @property
    def valid(self) -> bool:
        """Whether no other process can have taken the job over; once it is not, it never is again."""
        if time.monotonic() >= self._until:
            self._ended.set()
        return not self._ended.is_set()

    def _beat(self) -> None:
        while not self._ended.wait(self._seconds / BEATS_PER_LEASE):
            sent = time.monotonic()
            try:
                renewed = self._renew()
            except HomeError:  # the database is away: the lease runs on until its end
                continue
            if not renewed:
                self._ended.set()
            self._until = sent + self._seconds

    def close(self) -> None:
        """End the heartbeat; the lease in the ledger is left as it is."""
        self._ended.set()
        self._thread.join()
