"""Job runner: a thread of a server that takes queued ingests, and goes on with those of processes that ended."""

import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, suppress
from functools import partial
from threading import Event, Thread
from typing import get_args

from index.errors import FootnoteError, HomeError, IndexMismatch, InputError
from index.store.jobs import MAX_ATTEMPTS, Jobs
from index.types import Article, Job, Outcome
from service.ingestion.job_lease import JobLease, new_holder
from service.ingestion.types import IngestReport

POLL_SECONDS = 1.0
"""Interval between two looks for a queued job."""
RETRY_SECONDS = 1.0
"""Pause after the first attempt that breaks off; the last of MAX_ATTEMPTS begins about 9 minutes later."""
Ingest = Callable[[Iterable[Article | InputError], Callable[[str], None]], IngestReport]
_log = logging.getLogger("footnote.jobs")


class JobRunner:
    """Job runner: every server over one ledger has one, and the lease decides which of them runs a job."""

    def __init__(
        self,
        jobs: Jobs,
        ingest: Ingest,
        seconds: float,
        *,
        exists: Callable[[], bool] = lambda: True,
        pause: float = RETRY_SECONDS,
    ) -> None:
        """Store what a run needs; `start` begins to look for jobs.

        Args:
            seconds: length of a lease.
            exists: whether the collection is there; when another process has removed it, the runner ends.
            pause: seconds between the first two attempts at a job; doubled between the next ones.
        """
        self._jobs, self._ingest, self._seconds, self._exists = jobs, ingest, seconds, exists
        self._pause = pause
        self._holder = new_holder()
        self._stopped = Event()
        self._thread = Thread(target=self._loop, name="job-runner", daemon=True)

    def start(self) -> None:
        """Look for jobs in a thread, until `close`."""
        self._thread.start()

    def close(self) -> None:
        """Stop after the articles in progress; the rest of the job is left to the next process."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def _loop(self) -> None:
        while not self._stopped.wait(POLL_SECONDS):
            try:
                while not self._stopped.is_set():
                    if not self._exists():
                        return
                    if not self.run_next():
                        break
            except (HomeError, IndexMismatch) as error:  # as when the database is away, or a newer server has its index
                _log.warning("no job can be taken", extra={"reason": str(error)})

    def run_next(self) -> bool:
        """Run the oldest job that no process runs; returns whether there was one that could be run to its end.

        Raises:
            HomeError: the ledger or the dense index failed; the job is tried again.
            IndexMismatch: a newer server has reindexed the ledger; the job is left to such a one.
        """
        before = time.monotonic()
        job = self._jobs.take(self._holder, self._seconds)
        if job is None:
            return False
        if job.attempts > MAX_ATTEMPTS:
            reason = job.error or "the process ended each time"
            self._jobs.finish(job.id, self._holder, "failed", f"{MAX_ATTEMPTS} attempts got no further: {reason}")
            return True
        renew = partial(self._jobs.renew, job.id, self._holder, self._seconds)
        with closing(JobLease(renew, self._seconds, before)) as lease:
            try:
                self._run(job, lease)
            except (HomeError, IndexMismatch) as error:
                with suppress(HomeError):
                    self._jobs.release(job.id, self._holder, str(error), self._pause)
                raise
            except FootnoteError as error:
                self._jobs.finish(job.id, self._holder, "failed", str(error))
            except Exception as error:  # noqa: BLE001 - a fault of ours: it is logged, and the job is tried again
                _log.exception("a job broke off")
                self._jobs.release(job.id, self._holder, f"{type(error).__name__}: {error}", self._pause)
        return True

    def _run(self, job: Job, lease: JobLease) -> None:
        """Ingest the articles without an outcome; each outcome is kept after the article."""
        begun: deque[int] = deque()
        complete = False

        def waiting() -> Iterator[Article]:
            nonlocal complete
            for number, article in self._jobs.articles(job.id):
                if self._stopped.is_set() or not lease.valid:
                    return
                begun.append(number)
                yield article
            complete = lease.valid  # a cancelled job has no articles left

        def note(line: str) -> None:
            said, _, detail = line.partition(": ")
            self._jobs.note(job.id, self._holder, begun.popleft(), _outcome(said), detail)

        self._ingest(waiting(), note)
        if complete:
            self._jobs.finish(job.id, self._holder, "done")
        else:
            self._jobs.release(job.id, self._holder)


def _outcome(said: str) -> Outcome:
    return next(outcome for outcome in get_args(Outcome) if outcome == said)
