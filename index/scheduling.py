"""Inference scheduler: gives retrieval priority over reranking and embedding, without starving them."""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from threading import Condition, local

from index.fifo_lock import FifoLock

MAX_WAIT_PER_WORK_SECOND = 2.0
"""Seconds that forward passes may wait for retrieval per second that they computed, so that they never starve."""
MAX_WAIT_SECONDS = 1.0
"""Longest wait of one forward pass, reached after the model has computed or been idle for long enough."""


class InferenceScheduler:
    """Inference scheduler: schedules the models of one process; thread-safe.

    Forward passes run one at a time, because each uses every thread that it may use. Retrieval (query embedding, search
    and cheap signals) runs one question at a time. A forward pass outside retrieval waits until none is pending, but at
    most MAX_WAIT_PER_WORK_SECOND times as long as passes compute, so answers finish however many questions arrive.
    """

    def __init__(
        self, compute_claim: AbstractContextManager[None] | None = None, *, max_wait_seconds: float = MAX_WAIT_SECONDS
    ) -> None:
        """Create a scheduler; `compute_claim`, which claims the cores, is entered while anything is computed."""
        self._claim, self._max_wait_seconds = compute_claim or nullcontext(), max_wait_seconds
        self._retrieval, self._reranking, self._others, self._pass = FifoLock(), FifoLock(), FifoLock(), FifoLock()
        self._changed = Condition()
        self._retrieving = 0
        """Number of retrievals that run or wait."""
        self._thread = local()
        self._credit, self._left = max_wait_seconds, time.monotonic()

    @contextmanager
    def retrieval(self) -> Iterator[None]:
        """Run the retrieval of one question inside the block; questions are served in the order of arrival."""
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
        """Rerank one question inside the block, one question at a time: interleaving would delay them all."""
        with self._reranking:
            yield

    @contextmanager
    def forward_pass(self) -> Iterator[None]:
        """Run one forward pass in the block: at once during retrieval, else when none is pending or the wait ends."""
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
