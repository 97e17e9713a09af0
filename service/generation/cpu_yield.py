"""Cross-process CPU yield: the language model pauses while the service computes, because both would use all cores.

The two processes share a flag: one byte of a memory-mapped file.
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
"""Maximum seconds of waiting per second of work, so that the model is never stopped completely."""
POLL_SECONDS = 0.001
"""Interval between two reads of the flag."""


class ComputeClaim:
    """Reentrant CPU claim by the service: the model's process yields while any thread is inside the `with` block."""

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
        """Delete the flag file."""
        self._cleaned()


class ComputeYield:
    """The model's side of a ComputeClaim: called between two inference steps, it returns when the model may go on."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            self._byte = mmap.mmap(file.fileno(), mmap.PAGESIZE, access=mmap.ACCESS_READ)
        self._credit = 0.0
        """Seconds that the model may still wait."""
        self._left = time.monotonic()

    def __call__(self, stopped: Callable[[], bool]) -> None:
        """Wait while the claim is active, as long as earlier work allows and until `stopped` returns True."""
        now = time.monotonic()
        earned = MAX_WAIT_PER_WORK_SECOND * (now - self._left)
        self._credit = min(self._credit + earned, MAX_WAIT_PER_WORK_SECOND)
        while self._byte[0] and self._credit > 0 and not stopped():
            time.sleep(POLL_SECONDS)
            waited = time.monotonic() - now
            self._credit -= waited
            now += waited
        self._left = now
