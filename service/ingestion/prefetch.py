"""Prefetching: the next articles are read in a thread while the last ones are embedded."""

import queue
import threading
from collections.abc import Generator, Iterator
from typing import TypeVar

T = TypeVar("T")
QUEUE_SIZE = 32
"""Articles read in advance: a few keep the embedder busy, and memory stays flat."""
STOP_POLL_SECONDS = 0.1
"""Between two checks whether the consumer has stopped."""


class _End:
    """End marker in the queue, with the error that ended the reading, if any."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


def prefetch(items: Iterator[T], size: int = QUEUE_SIZE) -> Generator[T, None, None]:
    """The same items in the same order, read by another thread at most `size` items in advance.

    An error is raised where it would have been raised. There is one thread because parsing needs the interpreter's
    lock and embedding does not: a second reader would only wait for the first.
    """
    waiting: queue.Queue[T | _End] = queue.Queue(size)
    stopped = threading.Event()
    reader = threading.Thread(target=_fill, args=(items, waiting, stopped), name="prefetch", daemon=True)
    reader.start()
    try:
        while True:
            item = waiting.get()
            if isinstance(item, _End):
                if item.error is not None:
                    raise item.error
                return
            yield item
    finally:
        stopped.set()
        reader.join()


def _fill(items: Iterator[T], waiting: "queue.Queue[T | _End]", stopped: threading.Event) -> None:
    error: BaseException | None = None
    try:
        for item in items:
            if not _put(item, waiting, stopped):
                return
    except Exception as raised:  # noqa: BLE001 - raised again where the items are used
        error = raised
    finally:
        _put(_End(error), waiting, stopped)


def _put(item: T | _End, waiting: "queue.Queue[T | _End]", stopped: threading.Event) -> bool:
    while not stopped.is_set():
        try:
            waiting.put(item, timeout=STOP_POLL_SECONDS)
        except queue.Full:
            continue
        return True
    return False
