"""Watch lease: lets one process at a time watch the same folders, on one machine or over one database."""

import hashlib
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from filelock import FileLock, Timeout

from index.errors import HomeError, InputError
from index.store.jobs import Jobs
from service.ingestion.job_lease import JobLease, new_holder


class WatchLease(Protocol):
    """Watch lease: the right to watch, which the next process gets when this one ends in any way."""

    def acquire(self) -> bool:
        """Take the lease, or keep it; False while another process has it."""
        ...

    def close(self) -> None:
        """Give it back."""
        ...


class FileWatchLease:
    """Watch lease in a home folder: a file lock, which the system releases when the process ends."""

    def __init__(self, home: Path, folders: Sequence[str], collection: str) -> None:
        self._lock = FileLock(home / f"{watch_id(folders)}-{collection}.lock", thread_local=False)

    def acquire(self) -> bool:
        """Take the lock, or keep it; False while another process has it."""
        if self._lock.is_locked:
            return True
        try:
            Path(self._lock.lock_file).parent.mkdir(parents=True, exist_ok=True)
            self._lock.acquire(timeout=0)
        except Timeout:
            return False
        except OSError as error:
            raise HomeError(
                f"{self._lock.lock_file!r} cannot be written: {error.strerror or error}; choose another --home"
            ) from error
        return True

    def close(self) -> None:
        """Release the lock."""
        self._lock.release()


class JobWatchLease:
    """Watch lease in a database: a job of the kind `watch`, which `DELETE /v1/jobs/{id}` ends for all processes."""

    def __init__(self, jobs: Jobs, folders: Sequence[str], seconds: float) -> None:
        self._jobs, self._seconds = jobs, seconds
        self._id, self._holder = watch_id(folders), new_holder()
        self._payload = "\n".join(_resolved(folders))
        self._lease: JobLease | None = None
        jobs.submit_watch(self._id, self._payload)

    def acquire(self) -> bool:
        """Take the lease, or keep it; False while another process has it or the database is away.

        Raises:
            InputError: the watch was cancelled.
        """
        if self._lease is not None and self._lease.valid:
            return True
        try:
            return self._take()
        except HomeError:
            return False

    def _take(self) -> bool:
        self._end()
        if self._jobs.is_cancelled(self._id):
            raise InputError(f"the watch {self._id!r} was cancelled; start it again to go on watching")
        self._jobs.submit_watch(self._id, self._payload)
        before = time.monotonic()
        if self._jobs.take_watch(self._id, self._holder, self._seconds) is None:
            return False
        self._lease = JobLease(lambda: self._jobs.renew(self._id, self._holder, self._seconds), self._seconds, before)
        return True

    def _end(self) -> None:
        lease, self._lease = self._lease, None
        if lease is not None:
            lease.close()

    def close(self) -> None:
        """Give the lease back, so that another process need not wait for its end."""
        self._end()
        with suppress(HomeError):  # the database is away: the lease ends by itself
            self._jobs.finish(self._id, self._holder, "done")


def watch_id(folders: Sequence[str]) -> str:
    """Return the id of the watch of these folders: the same in every process, in whatever order they are named."""
    return f"watch-{hashlib.sha256(repr(_resolved(folders)).encode()).hexdigest()[:16]}"


def _resolved(folders: Sequence[str]) -> list[str]:
    return sorted({str(Path(folder).resolve()) for folder in folders})
