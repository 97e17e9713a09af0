"""Text generator protocol and its records: choose one of several options, or stream a short text."""

from collections.abc import Generator, Sequence
from typing import Literal, Protocol, runtime_checkable

from pydantic import Field

from index.types import Record


class Message(Record):
    """Chat message; control-token names in its content are plain text."""

    role: Literal["system", "user", "assistant"]
    content: str


class OptionChoice(Record):
    """Chosen option, with the probabilities of all options."""

    option: str
    probabilities: tuple[float, ...]
    """Probability of each option in the given order, normalised over the options only."""


class Limits(Record):
    """Sampling parameters and limits of one generation."""

    max_tokens: int = Field(default=96, ge=1)
    temperature: float = Field(default=0.0, ge=0.0)
    seed: int = 0
    stop: tuple[str, ...] = ()
    deadline: float = Field(default=60.0, gt=0.0)
    """Seconds from the call to the last token; includes waiting for other requests, but not loading the model."""


class Engine(Record):
    """Identity of the engine, as every receipt records it."""

    name: str
    digest: str
    """SHA-256 of the model file, or empty for a remote engine."""
    context_tokens: int
    version: str
    """Name and version of the library or server that runs the model."""


class TextGenerator(Protocol):
    """Interface of a language model; implementations are thread-safe."""

    @property
    def engine(self) -> Engine: ...

    def choose(
        self, messages: Sequence[Message], options: Sequence[str], *, prefill: str = "", deadline: float = 60.0
    ) -> OptionChoice:
        """Choose the option that follows `prefill`; the options differ in exactly one token. `deadline` in seconds."""

    def stream(self, messages: Sequence[Message], limits: Limits, *, prefill: str = "") -> Generator[str, None, None]:
        """Yield the text after `prefill` in pieces; errors before the first piece are raised by the call itself.

        Closing the generator frees the engine within a token.
        """

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Count the tokens of the rendered prompt.

        Never waits for the engine: raises GenerationError while it is busy or not running.
        """

    def close(self) -> None:
        """Stop the engine and everything it started."""


@runtime_checkable
class SupervisedGenerator(Protocol):
    """Text generator backed by a process or server, whose starts and failures are reported."""

    @property
    def starts(self) -> int:
        """How often the process was started, or the server reached for the first time or again after a failure."""

    def state(self) -> str:
        """Return one line about its state; raises the ModelError if its last use failed."""


def is_server(name: str) -> bool:
    """Whether a model's name is the URL of a server."""
    return name.startswith(("http://", "https://"))
