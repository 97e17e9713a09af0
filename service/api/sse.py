"""Server-sent events: streams an answer or a brief while it is written."""

from collections.abc import AsyncIterator, Callable, Generator, Sequence
from typing import TypeVar

import anyio
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.concurrency import iterate_in_threadpool, run_in_threadpool

from index.errors import FootnoteError
from service.answering.types import Done, Event, EvidenceFound, Queued, SentenceAccepted
from service.api.problem_details import as_problem
from service.rendering.escaping import printable_json

T = TypeVar("T")
MAX_SEND_SECONDS = 30.0
"""Seconds for a client to read one event; a slower client counts as disconnected."""
SHUTDOWN_GRACE_SECONDS = 25.0
"""Seconds for a stream to end when the server stops."""


def event_schema(description: str, names: Sequence[str]) -> dict[str, object]:
    """Return the OpenAPI description of a stream whose events have these names."""
    event = {
        "type": "object",
        "properties": {
            "event": {"enum": list(names)},
            "data": {"type": "string", "contentMediaType": "application/json"},
        },
        "required": ["event", "data"],
    }
    return {"description": description, "content": {"text/event-stream": {"schema": event}}}


ANSWER_STREAM = event_schema("The answer.", ["evidence", "queued", "sentence", "withheld", "done", "error"])


def stream_answer(first: Event, rest: Generator[Event, None, None]) -> EventSourceResponse:
    """Stream the events of an answer; when the client disconnects, their generator is closed."""
    return event_response(events_until_error(first, rest, _as_server_sent))


def event_response(events: Generator[ServerSentEvent, None, None]) -> EventSourceResponse:
    """Return a response that runs the generator in a worker thread, and closes it when the client disconnects."""
    return EventSourceResponse(
        _iterate(events),
        send_timeout=MAX_SEND_SECONDS,
        shutdown_event=anyio.Event(),
        shutdown_grace_period=SHUTDOWN_GRACE_SECONDS,
    )


async def _iterate(events: Generator[ServerSentEvent, None, None]) -> AsyncIterator[ServerSentEvent]:
    try:
        async for event in iterate_in_threadpool(events):
            yield event
    finally:
        # Not left to the garbage collector: the generator may occupy a queue slot or the engine.
        with anyio.CancelScope(shield=True):
            await run_in_threadpool(events.close)


def events_until_error(
    first: T, rest: Generator[T, None, None], as_event: Callable[[T], ServerSentEvent]
) -> Generator[ServerSentEvent, None, None]:
    """Yield each item as a server-sent event, and a FootnoteError as the last one; close `rest` when closed itself."""
    try:
        yield as_event(first)
        for each in rest:
            yield as_event(each)
    except FootnoteError as error:
        yield ServerSentEvent(event="error", data=as_problem(error).model_dump_json())
    finally:
        rest.close()


def _as_server_sent(event: Event) -> ServerSentEvent:
    if isinstance(event, Queued):
        return ServerSentEvent(event="queued", data=printable_json(event))
    if isinstance(event, EvidenceFound):
        return ServerSentEvent(event="evidence", data=printable_json(event))
    if isinstance(event, SentenceAccepted):
        return ServerSentEvent(event="sentence", data=printable_json(event.sentence))
    if isinstance(event, Done):
        return ServerSentEvent(event="done", data=printable_json(event.answer))
    return ServerSentEvent(event="withheld", data=printable_json(event.withheld))
