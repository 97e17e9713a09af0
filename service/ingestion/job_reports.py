"""Job reports: a queued ingest as its callers see it, with the ids of its articles by outcome."""

from index.store.jobs import Jobs
from index.types import Outcome
from service.ingestion.types import IngestReport, JobList, JobReport, RefusedInput


def job_report(jobs: Jobs, job_id: str) -> JobReport:
    """Return a job with the report of its articles so far; raises NotFound."""
    job = jobs.get(job_id)
    ids: dict[Outcome, list[str]] = {"new": [], "changed": [], "unchanged": [], "refused": []}
    for outcome, detail in jobs.outcomes(job_id):
        ids[outcome].append(detail)
    refused = tuple(RefusedInput(reason=reason) for reason in ids["refused"])
    report = IngestReport(
        new=tuple(ids["new"]), changed=tuple(ids["changed"]), unchanged=tuple(ids["unchanged"]), refused=refused
    )
    return JobReport(**dict(job), report=report)


def job_list(jobs: Jobs, limit: int, offset: int) -> JobList:
    """Return a page of the jobs, newest first."""
    return JobList(jobs=tuple(jobs.newest(limit, offset)), total=jobs.count())
