"""Wire protocol between the service and the engine's child process: one JSON object per line."""

from typing import Final, Literal

from index.errors import FootnoteError, GenerationError, InputError, ModelError, PromptTooLong
from index.types import Record
from service.generation.types import Limits, Message, OptionChoice

READY: Final = 0
"""Request id of the reply in which a new process reports that its model is loaded, or why loading failed."""

ERRORS: Final[dict[str, type[FootnoteError]]] = {
    kind.__name__: kind for kind in (GenerationError, InputError, ModelError, PromptTooLong)
}
"""Error classes by the name used in replies; any other error arrives as a GenerationError."""


class EngineRequest(Record):
    """Message to the engine; for `cancel`, `id` is that of the request to stop."""

    id: int
    op: Literal["stream", "choose", "count", "cancel"]
    messages: tuple[Message, ...] = ()
    prefill: str = ""
    options: tuple[str, ...] = ()
    limits: Limits = Limits()


class EngineReply(Record):
    """Message from the engine; every kind except `text` ends its request."""

    id: int
    kind: Literal["text", "done", "cancelled", "choice", "count", "error"]
    text: str = ""
    choice: OptionChoice | None = None
    count: int = 0
    error: str = ""
    """Class name of the error, a key of ERRORS; its message is in `text`."""

    @property
    def last(self) -> bool:
        """Whether this is the final reply to its request."""
        return self.kind != "text"


def encode(record: EngineRequest | EngineReply) -> bytes:
    """Return one line of JSON with its newline, without fields that have their default value."""
    return record.model_dump_json(exclude_defaults=True).encode() + b"\n"


def error_of(reply: EngineReply) -> FootnoteError:
    """Return the exception that an `error` reply describes."""
    return ERRORS.get(reply.error, GenerationError)(reply.text)


def error_reply(number: int, error: Exception) -> EngineReply:
    """Return the reply that reports an exception, with its message on one line."""
    text = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, FootnoteError):
        return EngineReply(id=number, kind="error", error=type(error).__name__, text=text)
    return EngineReply(id=number, kind="error", error=GenerationError.__name__, text=f"{type(error).__name__}: {text}")
