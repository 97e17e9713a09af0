"""What travels between the service and the engine's process: one JSON object a line."""

from typing import Final, Literal

from index.errors import FootnoteError, GenerationError, InputError, ModelError, PromptTooLong
from index.types import Record
from service.generation.types import Choice, Limits, Message

READY: Final = 0
"""The id under which a new process says that its model is loaded, or why it is not."""

ERRORS: Final[dict[str, type[FootnoteError]]] = {
    kind.__name__: kind for kind in (GenerationError, InputError, ModelError, PromptTooLong)
}
"""Errors that cross the pipe by name; any other becomes a GenerationError."""


class Request(Record):
    """One thing asked of the engine; `cancel` names the id of the request to stop."""

    id: int
    op: Literal["stream", "choose", "count", "cancel"]
    messages: tuple[Message, ...] = ()
    prefill: str = ""
    options: tuple[str, ...] = ()
    limits: Limits = Limits()


class Reply(Record):
    """One thing the engine says; every kind but `text` ends its request."""

    id: int
    kind: Literal["text", "done", "cancelled", "choice", "count", "error"]
    text: str = ""
    choice: Choice | None = None
    count: int = 0
    error: str = ""
    """Name of the error, a key of ERRORS; its message is in `text`."""

    @property
    def last(self) -> bool:
        """Nothing more comes for this request."""
        return self.kind != "text"


def line(record: Request | Reply) -> bytes:
    """The record as one line."""
    return record.model_dump_json(exclude_defaults=True).encode() + b"\n"


def as_error(reply: Reply) -> FootnoteError:
    """The error that an `error` reply carries."""
    return ERRORS.get(reply.error, GenerationError)(reply.text)


def as_reply(number: int, error: Exception) -> Reply:
    """An error as it crosses the pipe, in one line."""
    text = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, FootnoteError):
        return Reply(id=number, kind="error", error=type(error).__name__, text=text)
    return Reply(id=number, kind="error", error=GenerationError.__name__, text=f"{type(error).__name__}: {text}")
