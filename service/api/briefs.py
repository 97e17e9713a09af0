"""Brief routes: write a brief, stream it part by part; list, rename, delete, compare and export kept briefs."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from pydantic import ConfigDict, Field
from sse_starlette import ServerSentEvent

from index.types import BriefSummary, Utf8Text
from service.api.collections import Chosen, CollectionField
from service.api.downloads import BINARY
from service.api.filter_parameters import FilterParameters
from service.api.problem_details import PROBLEMS
from service.api.sse import event_response, event_schema, events_until_error
from service.briefing.types import (
    Brief,
    BriefComparison,
    BriefDone,
    BriefEvent,
    BriefLength,
    BriefList,
    BriefRequest,
)
from service.library.titles import MAX_TITLE_CHARACTERS
from service.rendering.escaping import printable_json
from service.rendering.export import MEDIA_TYPES, BriefFormat, export_brief
from service.runtime.settings import MAX_QUESTION_CHARACTERS

BRIEF_STREAM = event_schema("The brief.", ["part", "done", "error"])
EXPORTED_BRIEF: dict[str, object] = {
    "description": "The brief.",
    "content": {
        media_type.partition(";")[0]: {"schema": BINARY if name == "docx" else {"type": "string"}}
        for name, media_type in MEDIA_TYPES.items()
        if name != "json"
    },
}


ReceiptId = Annotated[str, Path(description="The id of the brief's receipt.", max_length=100)]


class BriefBody(FilterParameters, CollectionField):
    """A topic and its filters."""

    model_config = ConfigDict(extra="forbid")

    topic: Utf8Text = Field(
        examples=["The attack on the BAP rally"],
        json_schema_extra={"minLength": 1, "maxLength": MAX_QUESTION_CHARACTERS, "pattern": r"\S"},
    )
    since_last: bool = Field(default=False, description="Compare with the last brief on the same topic.")
    length: BriefLength = Field(default="page", description="All parts, or a summary of ten lines.")
    stream: bool = Field(default=False, description="Server-sent events instead of one JSON body.")

    def to_request(self) -> BriefRequest:
        """Convert to the workspace's brief request; raises ValidationError for a topic that is empty or too long."""
        return BriefRequest(topic=self.topic, filters=self.filters(), since_last=self.since_last, length=self.length)


class TitleBody(CollectionField):
    """A new title."""

    model_config = ConfigDict(extra="forbid")

    title: Utf8Text = Field(
        description="What it is called in lists and exports.",
        examples=["The rally bombing, first week"],
        json_schema_extra={"minLength": 1, "maxLength": MAX_TITLE_CHARACTERS, "pattern": r"\S"},
    )


def brief_routes() -> APIRouter:
    """Return the routes below /v1/briefs."""
    router = APIRouter(prefix="/v1/briefs", tags=["briefs"], responses=PROBLEMS)

    @router.post("", response_model=Brief, responses={200: BRIEF_STREAM})
    def make(body: BriefBody, workspace: Chosen) -> Brief | Response:
        """Write a brief on a topic: what is known, since when, from whom, and where sources differ.

        With `stream`, a `part` event comes for each part as it is ready (summary, points, timeline, speakers,
        differences, unknown, sources), then `done`, whose data is the whole brief. When nothing in the collection is
        about the topic, `done` comes alone with the verdict `not_in_corpus`. A brief whose stream is closed early is
        not kept.
        """
        if not body.stream:
            return workspace.brief(body.to_request())
        events = workspace.brief_stream(body.to_request())
        # Computed before the response begins, so that an unusable topic gets an error status.
        first = next(events)
        return event_response(events_until_error(first, events, _as_server_sent))

    @router.get("")
    def list_briefs(
        workspace: Chosen,
        topic: Annotated[Utf8Text | None, Query(description="Only those on this topic.", max_length=2000)] = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
        offset: Annotated[int, Query(ge=0, le=2**53)] = 0,
    ) -> BriefList:
        """List the briefs that were written here, newest first."""
        return workspace.brief_archive.briefs(topic, limit, offset)

    @router.get("/{receipt}", response_model=Brief, responses={200: EXPORTED_BRIEF})
    def get_brief(
        workspace: Chosen,
        receipt: ReceiptId,
        format: Annotated[
            BriefFormat,
            Query(description="The JSON record, Markdown, a Word document, an HTML page, or CSL-JSON of its sources."),
        ] = "json",
    ) -> Brief | Response:
        """Show a brief that was written here, unchanged but for its title."""
        brief = workspace.brief_archive.brief(receipt)
        if format == "json":
            return brief
        exported = export_brief(brief, format)
        return Response(exported.content, media_type=exported.media_type)

    @router.patch("/{receipt}")
    def rename_brief(receipt: ReceiptId, body: TitleBody, workspace: Chosen) -> BriefSummary:
        """Give a brief another title."""
        return workspace.brief_archive.rename(receipt, body.title)

    @router.delete("/{receipt}")
    def delete_brief(receipt: ReceiptId, workspace: Chosen) -> BriefSummary:
        """Delete a brief with its receipt, and nothing else; returns what was deleted."""
        return workspace.brief_archive.delete(receipt)

    @router.get("/{receipt}/comparison")
    def compare_briefs(
        workspace: Chosen,
        receipt: ReceiptId,
        other: Annotated[Utf8Text, Query(alias="with", description="The receipt of the other brief.", max_length=100)],
    ) -> BriefComparison:
        """Compare two briefs: what is new, changed or withdrawn in the later one.

        The later one is that of the later `as_of`, else the one that was written later.
        """
        return workspace.brief_archive.compare(receipt, other)

    return router


def _as_server_sent(event: BriefEvent) -> ServerSentEvent:
    if isinstance(event, BriefDone):
        return ServerSentEvent(event="done", data=printable_json(event.brief))
    return ServerSentEvent(event="part", data=printable_json(event))
