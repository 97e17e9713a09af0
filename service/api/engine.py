"""The engine over HTTP: which model writes, and choosing another."""

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from index.types import Unbroken
from service.api.problems import problems
from service.desk import Desk
from service.engines import EngineView, engine_view, use_model


class Use(BaseModel):
    """Which model is to write."""

    model_config = ConfigDict(extra="forbid", protected_namespaces=())

    model: Unbroken = Field(description="Its name in the list.", examples=["qwen3-4b"], max_length=200)


def engine(desk: Desk) -> APIRouter:
    """The routes of the engine."""
    router = APIRouter(prefix="/v1/engine", tags=["operation"])

    @router.get("")
    def get_engine() -> EngineView:
        """Which model writes, which others there are, and what each costs in memory."""
        return engine_view(desk)

    @router.post("", responses=problems(422, 503))
    def choose(body: Use) -> EngineView:
        """Let another model write from the next start on; it must have been fetched (`footnote models pull`)."""
        return use_model(desk, body.model)

    return router
