"""Cross-process CPU yield: the language model pauses while the service computes, because both would use all cores.

The two are different processes; the flag between them is one byte of a file that both have mapped.
"""

import mmap
import os
import tempfile
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from types import TracebackType

MAX_WAIT_PER_WORK_SECOND = 2.0
"""Seconds of waiting that one second of work allows, so that the model is never stopped altogether."""
POLL_SECONDS = 0.001
"""Between two reads of the flag."""


class ComputeClaim:
    """Reentrant claim on the CPU by the service: while anybody is inside the `with`, the model's process yields."""

    def __init__(self) -> None:
        number, path = tempfile.mkstemp(prefix="footnote-claim-")
        self.path = Path(path)
        os.ftruncate(number, mmap.PAGESIZE)
        self._byte = mmap.mmap(number, mmap.PAGESIZE)
        os.close(number)
        self._cleaned = weakref.finalize(self, self.path.unlink, missing_ok=True)  # also runs at exit
        self._inside = 0
        self._lock = Lock()

    def __enter__(self) -> None:
        with self._lock:
            self._inside += 1
            self._byte[0] = 1

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with self._lock:
            self._inside -= 1
            self._byte[0] = int(self._inside > 0)

    def close(self) -> None:
        """Delete the flag's file."""
        self._cleaned()


class ComputeYield:
    """The model's side of a ComputeClaim: called between two steps of its work, it returns when it may go on."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            self._byte = mmap.mmap(file.fileno(), mmap.PAGESIZE, access=mmap.ACCESS_READ)
        self._credit = 0.0
        """Seconds that it may still wait."""
        self._left = time.monotonic()

    def __call__(self, stopped: Callable[[], bool]) -> None:
        """Wait while the claim is taken, as long as earlier work allows, and no longer once `stopped` says True."""
        now = time.monotonic()
        earned = MAX_WAIT_PER_WORK_SECOND * (now - self._left)
        self._credit = min(self._credit + earned, MAX_WAIT_PER_WORK_SECOND)
        while self._byte[0] and self._credit > 0 and not stopped():
            time.sleep(POLL_SECONDS)
            waited = time.monotonic() - now
            self._credit -= waited
            now += waited
        self._left = now
