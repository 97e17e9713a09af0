"""Read-ahead: runs a generator in a thread of its own, so that a slow reader does not keep what it occupies."""

from collections.abc import Callable, Generator, Iterator
from contextvars import copy_context
from queue import SimpleQueue
from threading import Thread
from typing import Generic, TypeVar

T = TypeVar("T")


class _End:
    pass


class _Failed:
    def __init__(self, error: BaseException) -> None:
        self.error = error


class _Producer(Generic[T]):
    def __init__(self, make: Callable[[], Iterator[T]]) -> None:
        self.items: SimpleQueue[T | _End | _Failed] = SimpleQueue()
        self.stopped = False
        self._make = make

    def run(self) -> None:
        try:
            source = self._make()
            for item in source:
                if self.stopped:
                    break
                self.items.put(item)
            if isinstance(source, Generator):
                source.close()
        except BaseException as error:  # noqa: BLE001 - raised again for the reader
            self.items.put(_Failed(error))
        else:
            self.items.put(_End())


def read_ahead(make: Callable[[], Iterator[T]]) -> Generator[T, None, None]:
    """Yield the items of `make()`, produced in a thread within the caller's context; its errors are raised here.

    Closing the generator stops the thread after its current item and waits for it.
    """
    producer = _Producer(make)
    thread = Thread(target=copy_context().run, args=(producer.run,), daemon=True)
    thread.start()
    try:
        while not isinstance(item := producer.items.get(), _End):
            if isinstance(item, _Failed):
                raise item.error
            yield item
    finally:
        producer.stopped = True
        thread.join()
