"""The language model waits while evidence is read: both would use all cores, and evidence never waits for the model.

The two are different processes, so what says it is one byte of a file that both have mapped.
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

PATIENCE = 2.0
"""At most so many times as long as it works the model waits: it is never stopped altogether."""
LOOK = 0.001
"""Seconds between two looks."""


class ComputeClaim:
    """Taken by whoever computes in the service; several at once take it together."""

    def __init__(self) -> None:
        number, path = tempfile.mkstemp(prefix="footnote-way-")
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
        """Take the file away."""
        self._cleaned()


class ComputeYield:
    """The model's side: asked between two steps of its work, it returns when the way is free."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            self._byte = mmap.mmap(file.fileno(), mmap.PAGESIZE, access=mmap.ACCESS_READ)
        self._credit = 0.0
        self._left = time.monotonic()

    def __call__(self, stopped: Callable[[], bool]) -> None:
        """Wait while evidence is read, if the model has worked enough for that; no longer when it is to stop."""
        now = time.monotonic()
        self._credit = min(self._credit + PATIENCE * (now - self._left), PATIENCE)
        while self._byte[0] and self._credit > 0 and not stopped():
            time.sleep(LOOK)
            waited = time.monotonic() - now
            self._credit -= waited
            now += waited
        self._left = now
