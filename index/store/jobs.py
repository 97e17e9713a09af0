"""Job queue: ingests and watches in the ledger, each run by the one process that has its lease."""

import secrets
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Literal

from index.errors import InputError, NotFound
from index.store.ledger import Ledger, Row
from index.types import Article, Job, Outcome, utc_now

MAX_ATTEMPTS = 10
"""After so many attempts without getting further, a job has failed: it would go on ending its processes."""
MAX_FINISHED = 100
"""Finished jobs that are kept, the newest ones."""
ITEMS_PER_PAGE = 32
COLUMNS = "id, kind, payload, state, holder, lease_until, attempts, error, created_at, finished_at"
INSERT = "INSERT INTO job (id, kind, payload, state, attempts, created_at)"
UNFINISHED = "state IN ('queued', 'running')"


class Jobs:
    """Job queue: none of its rows is searched, so no write changes the revision."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._free = f"({UNFINISHED} AND coalesce(lease_until, 0) <= {ledger.clock})"
        """Condition that a process may take a job: nobody has its lease, or not any more, and no pause goes on."""

    def submit(self, found: Iterable[Article | InputError]) -> Job:
        """Queue an ingest of these articles, and forget the oldest finished jobs."""
        job_id = secrets.token_hex(8)
        items = [
            (job_id, number, None, "refused", self._ledger.as_stored(str(item)))
            if isinstance(item, InputError)
            else (job_id, number, self._ledger.as_stored(item.model_dump_json()), None, None)
            for number, item in enumerate(found)
        ]
        with self._ledger.transaction(searched=False):
            self._ledger.execute(f"{INSERT} VALUES (?, 'ingest', '', 'queued', 0, ?)", (job_id, utc_now()))
            self._ledger.executemany("INSERT INTO job_item VALUES (?, ?, ?, ?, ?)", items)
            kept = f"SELECT number FROM job WHERE NOT {UNFINISHED} ORDER BY number DESC LIMIT {MAX_FINISHED}"
            self._ledger.execute(f"DELETE FROM job WHERE NOT {UNFINISHED} AND number NOT IN ({kept})")
            self._ledger.execute("DELETE FROM job_item WHERE job NOT IN (SELECT id FROM job)")
        return self.get(job_id)

    def submit_watch(self, job_id: str, folders: str) -> None:
        """Queue the watch of these folders, unless it is queued or running already."""
        with self._ledger.transaction(searched=False):
            self._ledger.execute(
                f"{INSERT} VALUES (?, 'watch', ?, 'queued', 0, ?)"
                f" ON CONFLICT (id) DO UPDATE SET state = 'queued', finished_at = NULL WHERE NOT job.{UNFINISHED}",
                (job_id, folders, utc_now()),
            )

    def take(self, holder: str, seconds: float) -> Job | None:
        """Take the lease of the oldest ingest that no process runs; None when there is none."""
        return self._taken("kind = 'ingest'", (), holder, seconds)

    def take_watch(self, job_id: str, holder: str, seconds: float) -> Job | None:
        """Take the lease of one watch; None while another process has it."""
        return self._taken("id = ?", (job_id,), holder, seconds)

    def _taken(self, which: str, values: tuple[str, ...], holder: str, seconds: float) -> Job | None:
        chosen = (
            f"SELECT number FROM job WHERE {which} AND {self._free} ORDER BY number LIMIT 1 {self._ledger.skip_locked}"
        )
        if not self._ledger.rows(f"SELECT 1 FROM job WHERE {which} AND {self._free} LIMIT 1", *values):
            return None  # without a transaction, which an idle process would begin every second
        with self._ledger.transaction(searched=False):
            found = self._ledger.execute(
                f"UPDATE job SET state = 'running', holder = ?, lease_until = {self._ledger.clock} + ?,"
                f" attempts = attempts + 1 WHERE number = ({chosen}) RETURNING id",
                (holder, seconds, *values),
            ).fetchall()
        return self.get(found[0][0]) if found else None

    def renew(self, job_id: str, holder: str, seconds: float) -> bool:
        """Renew a lease; False when the job was cancelled or another process has taken it over."""
        sql = f"UPDATE job SET lease_until = {self._ledger.clock} + ? WHERE {_OWN}"
        with self._ledger.transaction(searched=False):
            return bool(self._ledger.execute(sql, (seconds, job_id, holder)).rowcount)

    def articles(self, job_id: str) -> Iterator[tuple[int, Article]]:
        """Yield the articles that have no outcome yet, each with its number, in order."""
        last = -1
        while rows := self._ledger.rows(
            f"SELECT number, article FROM job_item WHERE job = ? AND number > ? AND article IS NOT NULL"
            f" ORDER BY number LIMIT {ITEMS_PER_PAGE}",
            job_id,
            last,
        ):
            for last, article in rows:
                yield last, Article.model_validate_json(self._ledger.as_read(article))

    def note(self, job_id: str, holder: str, number: int, outcome: Outcome, detail: str) -> bool:
        """Keep what became of one article, and delete its text here; False when the lease is another's by now."""
        with self._ledger.transaction(searched=False):
            if not self._ledger.execute(f"UPDATE job SET attempts = 1 WHERE {_OWN}", (job_id, holder)).rowcount:
                return False
            self._ledger.execute(
                "UPDATE job_item SET article = NULL, outcome = ?, detail = ? WHERE job = ? AND number = ?",
                (outcome, self._ledger.as_stored(detail), job_id, number),
            )
        return True

    def release(self, job_id: str, holder: str, error: str | None = None, pause: float = 0.0) -> None:
        """Give a lease back, so that the next process takes the job.

        Args:
            error: why this attempt broke off.
            pause: seconds before any process takes it again; doubled with each attempt that got no further.
        """
        until = f"{self._ledger.clock} + ? * (1 << (attempts - 1))"
        with self._ledger.transaction(searched=False):
            self._ledger.execute(
                f"UPDATE job SET state = 'queued', lease_until = {until}, error = ? WHERE {_OWN}",
                (pause, error, job_id, holder),
            )

    def finish(self, job_id: str, holder: str, state: Literal["done", "failed"], error: str | None = None) -> None:
        """End a job, unless it was cancelled or taken over meanwhile; a failed one keeps its texts while it is kept."""
        with self._ledger.transaction(searched=False):
            sql = f"UPDATE job SET state = ?, lease_until = NULL, error = ?, finished_at = ? WHERE {_OWN}"
            if self._ledger.execute(sql, (state, error, utc_now(), job_id, holder)).rowcount and state == "done":
                self._delete_texts(job_id)

    def cancel(self, job_id: str) -> Job:
        """End a job before its time, or delete the texts of a failed one; the articles that it has stored remain.

        Raises:
            NotFound: there is no such job.
        """
        with self._ledger.transaction(searched=False):
            sql = (
                f"UPDATE job SET state = 'cancelled', lease_until = NULL, finished_at = ? WHERE id = ? AND {UNFINISHED}"
            )
            self._ledger.execute(sql, (utc_now(), job_id))
            self._delete_texts(job_id)
        self._ledger.checkpoint()
        return self.get(job_id)

    def _delete_texts(self, job_id: str) -> None:
        self._ledger.execute("UPDATE job_item SET article = NULL WHERE job = ?", (job_id,))

    def get(self, job_id: str) -> Job:
        """Return one job; raises NotFound."""
        rows = self._ledger.rows(f"SELECT {COLUMNS} FROM job WHERE id = ?", job_id)
        if not rows:
            raise NotFound(f"no job {job_id!r}; GET /v1/jobs names them all")
        return self._jobs(rows)[0]

    def is_cancelled(self, job_id: str) -> bool:
        """Whether a job was cancelled."""
        return bool(self._ledger.rows("SELECT 1 FROM job WHERE id = ? AND state = 'cancelled'", job_id))

    def newest(self, limit: int, offset: int = 0) -> list[Job]:
        """Return a page of the jobs, newest first."""
        sql = f"SELECT {COLUMNS} FROM job ORDER BY number DESC LIMIT ? OFFSET ?"
        return self._jobs(self._ledger.rows(sql, limit, offset))

    def count(self, *, unfinished: bool = False) -> int:
        """Return the number of jobs, or of the ingests that are queued or running."""
        only = f"WHERE kind = 'ingest' AND {UNFINISHED}" if unfinished else ""
        return int(self._ledger.rows(f"SELECT count(*) FROM job {only}")[0][0])

    def outcomes(self, job_id: str) -> Iterator[tuple[Outcome, str]]:
        """Yield what became of each article so far, with its id or the reason, in the order of the articles."""
        sql = "SELECT outcome, detail FROM job_item WHERE job = ? AND outcome IS NOT NULL ORDER BY number"
        for outcome, detail in self._ledger.rows(sql, job_id):
            yield outcome, self._ledger.as_read(detail)

    def _jobs(self, rows: list[Row]) -> list[Job]:
        """Return the jobs of these rows, each with the number of its articles by outcome."""
        counts: dict[str, dict[Outcome | None, int]] = {row[0]: {} for row in rows}
        sql = f"SELECT job, outcome, count(*) FROM job_item WHERE job {self._ledger.among} GROUP BY job, outcome"
        for job_id, outcome, n in self._ledger.rows(sql, self._ledger.listed(list(counts))):
            counts[job_id][outcome] = int(n)
        return [_job(row, counts[row[0]]) for row in rows]


def _job(row: Row, counts: Mapping[Outcome | None, int]) -> Job:
    job_id, kind, payload, state, holder, until, attempts, error, created_at, finished_at = row
    return Job(
        id=job_id,
        kind=kind,
        payload=payload,
        state=state,
        holder=holder,
        lease_until=datetime.fromtimestamp(until, UTC).isoformat(timespec="seconds") if until else None,
        attempts=attempts,
        error=error,
        created_at=created_at,
        finished_at=finished_at,
        total=sum(counts.values()),
        outcomes={outcome: n for outcome, n in counts.items() if outcome},
    )


_OWN = "id = ? AND holder = ? AND state = 'running'"
"""Condition that a process still has the lease of a job, or that no other has taken it since."""
