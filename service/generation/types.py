"""What every engine offers: pick one of a few options, or write a short text."""

from collections import abc
from collections.abc import Sequence
from typing import Literal, Protocol, runtime_checkable

from pydantic import Field

from index.types import Record


class Message(Record):
    """One turn of a prompt; its content is data and never becomes a control token."""

    role: Literal["system", "user", "assistant"]
    content: str


class Choice(Record):
    """Which option the engine picked, and how it weighed all of them."""

    option: str
    odds: tuple[float, ...]
    """Probability of each option, in the order given, normalised over the options alone."""


class Limits(Record):
    """How far one generation may go."""

    max_tokens: int = Field(default=96, ge=1)
    temperature: float = Field(default=0.0, ge=0.0)
    seed: int = 0
    stop: tuple[str, ...] = ()
    deadline: float = Field(default=60.0, gt=0.0)
    """Seconds from the call to the last token, waiting for other callers included, loading the model not."""


class Engine(Record):
    """Which engine answered: goes into every receipt."""

    name: str
    digest: str
    """SHA-256 of the model file, or empty for a remote engine."""
    context_tokens: int
    version: str
    """Name and version of the library or server that runs the model."""


class Generator(Protocol):
    """The one seam between Footnote and a language model; implementations are safe to call from several threads."""

    @property
    def engine(self) -> Engine: ...

    def choose(
        self, messages: Sequence[Message], options: Sequence[str], *, prefill: str = "", deadline: float = 60.0
    ) -> Choice:
        """Pick one of `options`, which differ in exactly one token of the model, as what follows `prefill`."""

    def stream(
        self, messages: Sequence[Message], limits: Limits, *, prefill: str = ""
    ) -> abc.Generator[str, None, None]:
        """Text as it is written after `prefill`; the first piece is drawn before this returns, so errors come early.

        Closing the generator frees the engine within a token.
        """

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Tokens the rendered prompt takes.

        Never waits for the engine: a GenerationError is raised while it is busy or does not run.
        """

    def close(self) -> None:
        """Stop the engine and everything it started."""


@runtime_checkable
class Supervised(Protocol):
    """A generator with a process or a server of its own, which can fail by itself."""

    @property
    def starts(self) -> int:
        """How often it was started or reached anew, so that failures can be counted."""

    def state(self) -> str:
        """In a line, what it does; raises ModelError with the reason when it could not be used last time."""


def is_server(name: str) -> bool:
    """Whether a model's name is the address of a server."""
    return name.startswith(("http://", "https://"))
