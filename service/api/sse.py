"""Answers as server-sent events."""

from collections.abc import AsyncIterator, Callable, Generator
from typing import TypeVar

import anyio
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.concurrency import iterate_in_threadpool, run_in_threadpool

from index.errors import FootnoteError
from service.answering.types import Done, Event, EvidenceFound, Queued, SentenceAccepted
from service.api.problem_details import as_problem
from service.rendering.escaping import as_json

T = TypeVar("T")
SLOWEST = 30.0
"""Seconds that a client may take to read one event; then it is taken for gone."""
LAST_WORDS = 25.0
"""Seconds that a stream has to come to its end when the server is stopped."""

EVENT = {
    "type": "object",
    "properties": {
        "event": {"enum": ["evidence", "queued", "sentence", "withheld", "done", "error"]},
        "data": {"type": "string", "contentMediaType": "application/json"},
    },
    "required": ["event", "data"],
}
STREAM: dict[str, object] = {"description": "The answer.", "content": {"text/event-stream": {"schema": EVENT}}}


def stream(first: Event, rest: Generator[Event, None, None]) -> EventSourceResponse:
    """The events as they come; when the client goes away, what makes them is stopped."""
    return sent(told(first, rest, _event))


def sent(events: Generator[ServerSentEvent, None, None]) -> EventSourceResponse:
    """What is made step by step in another thread, sent as it comes, and stopped when the client goes away."""
    return EventSourceResponse(
        _drawn(events),
        send_timeout=SLOWEST,
        shutdown_event=anyio.Event(),
        shutdown_grace_period=LAST_WORDS,
    )


async def _drawn(events: Generator[ServerSentEvent, None, None]) -> AsyncIterator[ServerSentEvent]:
    try:
        async for event in iterate_in_threadpool(events):
            yield event
    finally:
        # Not left to the garbage collector: it may hold a place in the line, or the engine itself.
        with anyio.CancelScope(shield=True):
            await run_in_threadpool(events.close)


def told(
    first: T, rest: Generator[T, None, None], as_event: Callable[[T], ServerSentEvent]
) -> Generator[ServerSentEvent, None, None]:
    """Each as a server-sent event, an error as the last; when nobody reads on, what makes them is closed."""
    try:
        yield as_event(first)
        for each in rest:
            yield as_event(each)
    except FootnoteError as error:
        yield ServerSentEvent(event="error", data=as_problem(error).model_dump_json())
    finally:
        rest.close()


def _event(event: Event) -> ServerSentEvent:
    if isinstance(event, Queued):
        return ServerSentEvent(event="queued", data=as_json(event))
    if isinstance(event, EvidenceFound):
        return ServerSentEvent(event="evidence", data=as_json(event))
    if isinstance(event, SentenceAccepted):
        return ServerSentEvent(event="sentence", data=as_json(event.sentence))
    if isinstance(event, Done):
        return ServerSentEvent(event="done", data=as_json(event.answer))
    return ServerSentEvent(event="withheld", data=as_json(event.withheld))
