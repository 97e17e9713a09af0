"""The routes of briefs: made, streamed part by part, listed, and read again as a page or as citations."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from sse_starlette import ServerSentEvent

from index.types import Day, Filters, Utf8Text
from service.api.problem_details import PROBLEMS
from service.api.sse import sent, told
from service.briefing.types import Brief, BriefDone, BriefEvent, BriefList, BriefRequest
from service.rendering.brief_csl import as_csl
from service.rendering.brief_markdown import as_markdown
from service.rendering.brief_page import as_html
from service.rendering.escaping import as_json
from service.runtime.settings import MAX_QUESTION
from service.workspace import Workspace

EVENT = {
    "type": "object",
    "properties": {
        "event": {"enum": ["part", "done", "error"]},
        "data": {"type": "string", "contentMediaType": "application/json"},
    },
    "required": ["event", "data"],
}
STREAM: dict[str, object] = {"description": "The brief.", "content": {"text/event-stream": {"schema": EVENT}}}
Format = Literal["json", "md", "html", "csl"]
KINDS: dict[Format, str] = {
    "json": "application/json",
    "md": "text/markdown; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "csl": "application/vnd.citationstyles.csl+json",
}
KEPT: dict[str, object] = {
    "description": "The brief.",
    "content": {kind.partition(";")[0]: {"schema": {"type": "string"}} for kind in list(KINDS.values())[1:]},
}


class Topic(BaseModel):
    """A topic and where the reader stands."""

    model_config = ConfigDict(extra="forbid")

    topic: Utf8Text = Field(
        examples=["The attack on the BAP rally"],
        json_schema_extra={"minLength": 1, "maxLength": MAX_QUESTION, "pattern": r"\S"},
    )
    as_of: Day | None = Field(default=None, description="The day on which you stand: nothing later is used.")
    since: Day | None = Field(default=None, description="Nothing published before this day.")
    until: Day | None = Field(default=None, description="Nothing published after this day.")
    outlet: Utf8Text | None = Field(default=None, description="Only this outlet.")
    since_last: bool = Field(default=False, description="Compare with the last brief on the same topic.")
    stream: bool = Field(default=False, description="Server-sent events instead of one JSON body.")

    def to_request(self) -> BriefRequest:
        """The topic as the desk takes it, once its length is known to be usable."""
        filters = Filters(as_of=self.as_of, since=self.since, until=self.until, outlet=self.outlet)
        return BriefRequest(topic=self.topic, filters=filters, since_last=self.since_last)


def briefing(workspace: Workspace) -> APIRouter:
    """The routes below /v1/briefs."""
    router = APIRouter(prefix="/v1/briefs", tags=["briefs"], responses=PROBLEMS)

    @router.post("", response_model=Brief, responses={200: STREAM})
    def make(body: Topic) -> Brief | Response:
        """Write a brief on a topic: what is known, since when, from whom, and where sources differ.

        With `stream`, a `part` event comes for each part as it is ready (summary, points, timeline, speakers,
        differences, unknown, sources), then `done`, whose data is the whole brief. When nothing in the collection is
        about the topic, `done` comes alone with the verdict `not_in_corpus`. A brief whose stream is closed early is
        not kept.
        """
        if not body.stream:
            return workspace.brief(body.to_request())
        events = workspace.brief_stream(body.to_request())
        # Drawn before the response begins, so that an unusable topic is answered by its status.
        first = next(events)
        return sent(told(first, events, _event))

    @router.get("")
    def list_briefs(
        topic: Annotated[Utf8Text | None, Query(description="Only those on this topic.", max_length=2000)] = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
        offset: Annotated[int, Query(ge=0, le=2**53)] = 0,
    ) -> BriefList:
        """Briefs that were made here, newest first."""
        return workspace.briefs(topic, limit, offset)

    @router.get("/{receipt}", response_model=Brief, responses={200: KEPT})
    def get_brief(
        receipt: Annotated[str, Path(description="The id of the brief's receipt.")],
        format: Annotated[Format, Query(description="The record, a text, a page, or its citations.")] = "json",
    ) -> Brief | Response:
        """A brief that was made here, as it was made."""
        brief = workspace.kept_brief(receipt)
        if format == "json":
            return brief
        made = {"md": as_markdown, "html": as_html, "csl": as_csl}[format](brief)
        return Response(made, media_type=KINDS[format])

    return router


def _event(event: BriefEvent) -> ServerSentEvent:
    if isinstance(event, BriefDone):
        return ServerSentEvent(event="done", data=as_json(event.brief))
    return ServerSentEvent(event="part", data=as_json(event))
