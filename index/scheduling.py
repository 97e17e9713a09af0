"""Inference scheduler: retrieval goes before reranking and embedding, and neither starves the other."""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from threading import Condition, local

from index.fifo_lock import FifoLock

MAX_WAIT_PER_WORK_SECOND = 2.0
"""Seconds that forward passes may wait for retrieval, per second that they computed: they never stop altogether."""
MAX_WAIT_SECONDS = 1.0
"""Most that one forward pass waits, after the model has computed or been idle for long."""


class InferenceScheduler:
    """Schedules the models of one process; safe to use from several threads.

    A forward pass uses every thread that it may, so there is one at a time. Retrieval (a question's vector, the search,
    the cheap signals) is done one question after the other, and passes outside it wait until none is left; at most
    MAX_WAIT_PER_WORK_SECOND times as long as they compute, so that answers end however many questions come.
    """

    def __init__(
        self, compute_claim: AbstractContextManager[None] | None = None, *, max_wait_seconds: float = MAX_WAIT_SECONDS
    ) -> None:
        """Schedule on the cores that `compute_claim` claims: it is entered while anything is computed."""
        self._claim, self._max_wait_seconds = compute_claim or nullcontext(), max_wait_seconds
        self._retrieval, self._reranking, self._others, self._pass = FifoLock(), FifoLock(), FifoLock(), FifoLock()
        self._changed = Condition()
        self._retrieving = 0
        """Retrievals under way or waiting."""
        self._thread = local()
        self._credit, self._left = max_wait_seconds, time.monotonic()

    @contextmanager
    def retrieval(self) -> Iterator[None]:
        """Retrieval for one question, in the order in which the questions came."""
        with self._changed:
            self._retrieving += 1
        try:
            with self._retrieval, self._claim:
                self._thread.retrieves = True
                try:
                    yield
                finally:
                    self._thread.retrieves = False
        finally:
            with self._changed:
                self._retrieving -= 1
                self._changed.notify_all()

    @contextmanager
    def reranking(self) -> Iterator[None]:
        """Reranking for one question, up to its end before the next question's: interleaved, all would be late."""
        with self._reranking:
            yield

    @contextmanager
    def forward_pass(self) -> Iterator[None]:
        """One forward pass of a model: at once within a retrieval, else when none waits or the wait is used up."""
        if getattr(self._thread, "retrieves", False):
            with self._pass, self._claim:
                yield
            return
        with self._others:
            self._yield_to_retrieval()
            with self._pass, self._claim:
                yield

    def _yield_to_retrieval(self) -> None:
        with self._changed:
            now = time.monotonic()
            earned = MAX_WAIT_PER_WORK_SECOND * (now - self._left)
            self._credit = min(self._credit + earned, self._max_wait_seconds)
            self._changed.wait_for(lambda: not self._retrieving, timeout=self._credit)
            self._left = time.monotonic()
            self._credit -= self._left - now
