"""Who computes first: what a reader waits for at once goes before what takes long, and neither stops the other."""

import time
from collections import deque
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from threading import Condition, Event, Lock, local
from types import TracebackType

PATIENCE = 2.0
"""At most so many times as long as it works the model waits for first steps: it is never stopped altogether."""
LONGEST = 1.0
"""Seconds that it waits at most after it has worked, or has had nothing to do, for long."""

Way = AbstractContextManager[None]


class InOrder:
    """A lock that is had in the order in which it was asked for, so that nobody waits for ever."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: deque[Event] = deque()
        self._held = False

    def __enter__(self) -> None:
        with self._lock:
            if not self._held:
                self._held = True
                return
            mine = Event()
            self._waiting.append(mine)
        mine.wait()

    def __len__(self) -> int:
        """How many wait for it."""
        return len(self._waiting)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with self._lock:
            if self._waiting:  # handed on: whoever comes now stands behind those who wait
                self._waiting.popleft().set()
            else:
                self._held = False


class Precedence:
    """The order of those who compute in one process; safe to use from several threads.

    A model's pass uses every thread that it may, so there is one at a time. The first steps of a question (its vector,
    the search, the cheap signals) come one question after the other, and passes that belong to none of them wait until
    there are none; at most PATIENCE times as long as they work, so that answers end however many questions come.
    """

    def __init__(self, way: Way | None = None, *, longest: float = LONGEST) -> None:
        """Args:
        way: entered while anything is computed; whoever else would use the cores then may wait.
        longest: seconds that a pass waits at most.
        """
        self._way, self._longest = way or nullcontext(), longest
        self._firsts, self._readings, self._others, self._pass = InOrder(), InOrder(), InOrder(), InOrder()
        self._changed = Condition()
        self._waiting = 0
        """First steps under way, or waiting for their turn."""
        self._thread = local()
        self._credit, self._left = longest, time.monotonic()

    @contextmanager
    def first(self) -> Iterator[None]:
        """The first steps of one question, in the order in which the questions came."""
        with self._changed:
            self._waiting += 1
        try:
            with self._firsts, self._way:
                self._thread.first = True
                try:
                    yield
                finally:
                    self._thread.first = False
        finally:
            with self._changed:
                self._waiting -= 1
                self._changed.notify_all()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """One question's sentences, read to the end before the next question's: taking turns would delay them all."""
        with self._readings:
            yield

    @contextmanager
    def one_pass(self) -> Iterator[None]:
        """One pass of a model: at once in a first step, else when no first step waits, or none may be waited for."""
        if getattr(self._thread, "first", False):
            with self._pass, self._way:
                yield
            return
        with self._others:
            self._give_way()
            with self._pass, self._way:
                yield

    def _give_way(self) -> None:
        with self._changed:
            now = time.monotonic()
            self._credit = min(self._credit + PATIENCE * (now - self._left), self._longest)
            self._changed.wait_for(lambda: not self._waiting, timeout=self._credit)
            self._left = time.monotonic()
            self._credit -= self._left - now
