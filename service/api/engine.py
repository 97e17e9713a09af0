"""Engine routes: show the language model in use, choose another, and download one."""

from fastapi import APIRouter
from pydantic import ConfigDict, Field
from sse_starlette import EventSourceResponse, ServerSentEvent

from index.types import Utf8Text
from service.api.collections import Chosen, CollectionField, Visible
from service.api.engine_view import EngineView, download_model, engine_view, use_model
from service.api.error_responses import problems
from service.api.sse import event_response, event_schema, events_until_error
from service.models import DownloadProgress

DOWNLOAD_STREAM = event_schema("The progress of the download.", ["progress", "error"])


class ChooseModelBody(CollectionField):
    """The language model to use from now on."""

    model_config = ConfigDict(extra="forbid", protected_namespaces=())

    model: Utf8Text = Field(
        description="Its name in the list, or the address of a server.", examples=["qwen3-4b"], max_length=200
    )


class DownloadModelBody(CollectionField):
    """The model to download."""

    model_config = ConfigDict(extra="forbid", protected_namespaces=())

    model: Utf8Text = Field(description="Its name in the list.", examples=["qwen3-4b"], max_length=200)


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

    @router.post(
        "/download",
        response_class=EventSourceResponse,
        responses=problems(403, 404, 422, 503) | {200: DOWNLOAD_STREAM},
    )
    def download(body: DownloadModelBody, workspace: Chosen, collections: Visible) -> EventSourceResponse:
        """Download, verify and install a model, as `footnote models pull` does; it goes on when nobody listens.

        The events are `progress`, twice a second, the last one when the model can be used; an `error` event carries a
        problem, and another try resumes the download.
        """
        collections.all()
        events = download_model(workspace, body.model)
        first = next(events)
        return event_response(events_until_error(first, events, _as_event))

    return router


def _as_event(progress: DownloadProgress) -> ServerSentEvent:
    return ServerSentEvent(event="progress", data=progress.model_dump_json())
