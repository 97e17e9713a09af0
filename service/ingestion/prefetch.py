"""Reading ahead: the next articles are read while the last are embedded."""

import queue
import threading
from collections.abc import Generator, Iterator
from typing import TypeVar

T = TypeVar("T")
AHEAD = 32
"""Articles; a handful is enough to keep the embedder busy, and memory stays flat."""
PATIENCE = 0.1


class _Ended:
    """The last thing in the queue, with what the reading died of."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


def prefetch(items: Iterator[T], size: int = AHEAD) -> Generator[T, None, None]:
    """The same items in the same order, taken from `items` by another thread, at most `size` before they are wanted.

    An error is raised where it would have been raised. One thread: parsing holds the interpreter's lock, embedding does
    not, so a second reader would only wait for the first.
    """
    waiting: queue.Queue[T | _Ended] = queue.Queue(size)
    left = threading.Event()
    reader = threading.Thread(target=_fill, args=(items, waiting, left), name="reading ahead", daemon=True)
    reader.start()
    try:
        while True:
            item = waiting.get()
            if isinstance(item, _Ended):
                if item.error is not None:
                    raise item.error
                return
            yield item
    finally:
        left.set()
        reader.join()


def _fill(items: Iterator[T], waiting: "queue.Queue[T | _Ended]", left: threading.Event) -> None:
    error: BaseException | None = None
    try:
        for item in items:
            if not _put(item, waiting, left):
                return
    except Exception as raised:  # noqa: BLE001 - raised again where the items are used
        error = raised
    finally:
        _put(_Ended(error), waiting, left)


def _put(item: T | _Ended, waiting: "queue.Queue[T | _Ended]", left: threading.Event) -> bool:
    while not left.is_set():
        try:
            waiting.put(item, timeout=PATIENCE)
        except queue.Full:
            continue
        return True
    return False
