"""Prefetching: read the next articles in a thread while earlier ones are embedded."""

import queue
import threading
from collections.abc import Generator, Iterator
from typing import TypeVar

T = TypeVar("T")
QUEUE_SIZE = 32
"""Articles read in advance: enough to keep the embedder busy, few enough to bound memory."""
STOP_POLL_SECONDS = 0.1
"""Interval between two checks whether the consumer has stopped."""


class _End:
    """End marker in the queue, with the error that ended the reading, if any."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


def prefetch(items: Iterator[T], size: int = QUEUE_SIZE) -> Generator[T, None, None]:
    """Yield the same items in the same order, read by another thread at most `size` items in advance.

    An error is raised in the caller, after the items read before it. There is one reader thread because parsing needs
    the GIL and embedding does not: a second reader would only wait for the first.
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
    except Exception as raised:  # noqa: BLE001 - raised again in the consumer
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
