"""Health probes: `GET /health` (liveness) and `GET /ready` (readiness)."""

import importlib.metadata

from fastapi import APIRouter, Response
from pydantic import BaseModel

from service.api.collections import Chosen
from service.api.error_responses import problems
from service.runtime.types import Readiness

READY_RESPONSES: dict[int | str, dict[str, object]] = {
    503: {"model": Readiness, "description": "Questions cannot be answered."},
    **problems(404, 422),
}


class Health(BaseModel):
    """The process is up; see /ready for whether it can answer."""

    status: str = "ok"
    version: str


def probe_routes() -> APIRouter:
    """Return the routes for process supervisors."""
    router = APIRouter(tags=["operation"])

    @router.get("/health")
    def health() -> Health:
        """Whether the process is up."""
        return Health(version=importlib.metadata.version("footnote"))

    @router.get("/ready", responses=READY_RESPONSES)
    def ready(response: Response, workspace: Chosen) -> Readiness:
        """Whether questions can be answered, part by part; 503 when they cannot."""
        found = workspace.readiness()
        response.status_code = 200 if found.ready else 503
        return found

    return router
