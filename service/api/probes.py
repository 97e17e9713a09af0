"""Health probes: `GET /health` (liveness) and `GET /ready` (readiness)."""

import importlib.metadata

from fastapi import APIRouter, Response
from pydantic import BaseModel

from service.runtime.types import Readiness
from service.workspace import Workspace


class Health(BaseModel):
    """The process is up; see /ready for whether it can answer."""

    status: str = "ok"
    version: str


def probe_routes(workspace: Workspace) -> APIRouter:
    """Return the routes for process supervisors."""
    router = APIRouter(tags=["operation"])

    @router.get("/health")
    def health() -> Health:
        """Whether the process is up."""
        return Health(version=importlib.metadata.version("footnote"))

    @router.get("/ready", responses={503: {"model": Readiness, "description": "Questions cannot be answered."}})
    def ready(response: Response) -> Readiness:
        """Whether questions can be answered, part by part; 503 when they cannot."""
        found = workspace.readiness()
        response.status_code = 200 if found.ready else 503
        return found

    return router
