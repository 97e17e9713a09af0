"""Job routes: ingests that go on when their process ends, and the watches of folders."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from fastapi.responses import JSONResponse

from index.errors import InputError
from index.store.named_collections import DEFAULT
from index.types import Article, Job
from service.api.collections import Chosen
from service.api.error_responses import problems
from service.ingestion.job_reports import job_list, job_report
from service.ingestion.types import JobList, JobReport
from service.workspace import Workspace

JobId = Annotated[str, Path(description="The job's id.", max_length=100)]
Wait = Annotated[
    bool,
    Query(
        description="With false, answer at once with a job that goes on when this process ends: `GET /v1/jobs/{id}`."
    ),
]
QUEUED: dict[int | str, dict[str, object]] = {
    202: {
        "model": Job,
        "description": "With `wait=false`: the queued job; `Location` names it.",
        "headers": {"Location": {"description": "Where to look how far it is.", "schema": {"type": "string"}}},
    }
}


def job_routes() -> APIRouter:
    """Return the routes below /v1/jobs."""
    router = APIRouter(prefix="/v1/jobs", tags=["articles"])

    @router.get("", responses=problems(404))
    def list_jobs(
        workspace: Chosen,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
        offset: Annotated[int, Query(ge=0, le=2**53)] = 0,
    ) -> JobList:
        """List the jobs: all that are queued or running, and the last hundred that have finished."""
        return job_list(workspace.store.jobs, limit, offset)

    @router.get("/{job_id}", responses=problems(404))
    def get_job(job_id: JobId, workspace: Chosen) -> JobReport:
        """Show how far a job is, and what became of its articles."""
        return job_report(workspace.store.jobs, job_id)

    @router.delete("/{job_id}", responses=problems(404))
    def cancel_job(job_id: JobId, workspace: Chosen) -> Job:
        """Cancel a job: the articles that it has stored remain; one that has finished stays as it is."""
        return workspace.store.jobs.cancel(job_id)

    return router


def queued(workspace: Workspace, found: list[Article | InputError]) -> JSONResponse:
    """Queue an ingest, and return the response that names its job."""
    job, name = workspace.store.jobs.submit(found), workspace.home.collection
    query = "" if name == DEFAULT else f"?collection={name}"
    return JSONResponse(job.model_dump(mode="json"), 202, {"Location": f"/v1/jobs/{job.id}{query}"})
