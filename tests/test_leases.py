"""Leases: of a job, and of the watch of a folder, which one process has at a time."""

import time
from contextlib import closing
from pathlib import Path

import pytest

from index.errors import InputError, LedgerUnavailable
from service.ingestion.job_lease import JobLease
from service.ingestion.watch_lease import FileWatchLease, JobWatchLease
from tests.stores import Stores
from tests.test_equal_processes import until

LONG = 60.0


def test_a_lease_ends_when_its_heartbeats_do_not_come_through() -> None:
    def away() -> bool:
        raise LedgerUnavailable("away")

    with closing(JobLease(away, 0.4, time.monotonic())) as lease:
        assert lease.valid
        assert until(lambda: not lease.valid, 5)
    with closing(JobLease(lambda: True, 0.4, time.monotonic())) as late:
        late._until = time.monotonic()  # as after a pause of the whole process
        assert not late.valid
        time.sleep(0.2)
        assert not late.valid, "another process may have taken the job over and given it back"
    with (
        closing(JobLease(lambda: False, 0.4, time.monotonic())) as lost,
        closing(JobLease(lambda: True, 0.4, time.monotonic())) as kept,
    ):
        assert until(lambda: not lost.valid, 5)
        time.sleep(0.6)
        assert kept.valid


def test_a_lease_that_took_long_to_take_is_not_valid_for_longer_than_in_the_ledger() -> None:
    with closing(JobLease(lambda: True, LONG, time.monotonic() - LONG)) as lease:
        assert not lease.valid


def test_one_process_watches_and_another_takes_over(stores: Stores, tmp_path: Path) -> None:
    folders = [str(tmp_path)]

    def lease() -> FileWatchLease | JobWatchLease:
        return (
            JobWatchLease(stores.open().jobs, folders, LONG)
            if stores.address()
            else FileWatchLease(tmp_path, folders, "desk")
        )

    with closing(lease()) as other:
        with closing(lease()) as one:
            assert (one.acquire(), other.acquire(), one.acquire()) == (True, False, True)
        assert other.acquire()


def test_two_collections_of_a_home_watch_the_same_folder(tmp_path: Path) -> None:
    leases = [FileWatchLease(tmp_path, [str(tmp_path)], name) for name in ("default", "desk")]
    with closing(leases[0]), closing(leases[1]):
        assert [lease.acquire() for lease in leases] == [True, True]


def test_a_watch_of_an_ended_process_is_taken_over_and_a_cancelled_one_is_not(stores: Stores, tmp_path: Path) -> None:
    jobs = stores.open().jobs
    ended = JobWatchLease(jobs, [str(tmp_path)], 1.0)
    other = JobWatchLease(stores.open().jobs, [str(tmp_path)], 1.0)
    assert (ended.acquire(), other.acquire()) == (True, False)
    ended._end()  # its heartbeat stops, as with its process
    assert until(other.acquire, 5)
    (watch,) = jobs.newest(10)
    assert (watch.kind, watch.payload, watch.state) == ("watch", str(tmp_path.resolve()), "running")
    jobs.cancel(watch.id)
    with pytest.raises(InputError, match="cancelled"):
        until(lambda: not other.acquire(), 5)
    with closing(JobWatchLease(jobs, [str(tmp_path)], 1.0)) as begun_again:
        assert begun_again.acquire()
