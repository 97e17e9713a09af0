"""Engine routes: show the language model in use, and choose another."""

from fastapi import APIRouter
from pydantic import ConfigDict, Field

from index.types import Utf8Text
from service.api.collections import Chosen, CollectionField, Visible
from service.api.engine_view import EngineView, engine_view, use_model
from service.api.error_responses import problems


class ChooseModelBody(CollectionField):
    """The language model to use from now on."""

    model_config = ConfigDict(extra="forbid", protected_namespaces=())

    model: Utf8Text = Field(
        description="Its name in the list, or the address of a server.", examples=["qwen3-4b"], max_length=200
    )


def engine_routes() -> APIRouter:
    """Return the routes below /v1/engine."""
    router = APIRouter(prefix="/v1/engine", tags=["operation"])

    @router.get("", responses=problems(404, 422))
    def get_engine(workspace: Chosen) -> EngineView:
        """Show which model writes, which others there are, and how much memory each needs."""
        return engine_view(workspace)

    @router.post("", responses=problems(403, 404, 422, 503))
    def choose(body: ChooseModelBody, workspace: Chosen, collections: Visible) -> EngineView:
        """Let another model write from now on; it must have been fetched (`footnote models pull`).

        All collections use it. It takes effect as soon as the model in use has finished its request, and is kept for
        the next starts.
        """
        collections.all()
        return use_model(workspace, body.model)

    return router
