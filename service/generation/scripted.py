"""A generator that reads its lines from a script: for tests, demonstrations and dry runs."""

from collections.abc import Callable, Generator, Sequence
from threading import Lock
from typing import NamedTuple

from index.errors import FootnoteError, GenerationError, InputError
from service.generation.stop_strings import StopFilter
from service.generation.types import Choice, Engine, Limits, Message

Line = str | FootnoteError
"""What to answer, or the error to raise instead."""

Reply = Callable[[Sequence[Message]], Line]


class Asked(NamedTuple):
    """What a caller wanted; `options` is empty when it wanted text."""

    messages: tuple[Message, ...]
    prefill: str
    options: tuple[str, ...]
    limits: Limits


class ScriptedGenerator:
    """Answers from a list, each line once and in order, or from a function of the messages."""

    def __init__(self, script: Sequence[Line] | Reply, *, name: str = "script", context_tokens: int = 4096) -> None:
        self.asked: list[Asked] = []
        """Every choice and text it was asked for, in order."""
        self._reply = script if callable(script) else _in_order(script)
        self._engine = Engine(name=name, digest="", context_tokens=context_tokens, version="script")
        self._lock = Lock()

    @property
    def engine(self) -> Engine:
        """Says `script`, so that no receipt takes it for a model."""
        return self._engine

    def choose(
        self, messages: Sequence[Message], options: Sequence[str], *, prefill: str = "", deadline: float = 60.0
    ) -> Choice:
        """The scripted option with all the odds; a line that is no option is an error."""
        line = self._next(Asked(tuple(messages), prefill, tuple(options), Limits(max_tokens=1, deadline=deadline)))
        if line not in options:
            raise InputError(f"the script answers {line!r}, which is none of {list(options)!r}")
        return Choice(option=line, odds=tuple(float(option == line) for option in options))

    def stream(self, messages: Sequence[Message], limits: Limits, *, prefill: str = "") -> Generator[str, None, None]:
        """The scripted line word by word, a word counting as a token; stop strings end it."""
        return _words(self._next(Asked(tuple(messages), prefill, (), limits)), limits)

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """One token a word."""
        return sum(len(message.content.split()) for message in messages)

    def close(self) -> None:
        """Nothing was started."""

    def _next(self, asked: Asked) -> str:
        with self._lock:
            self.asked.append(asked)
            line = self._reply(asked.messages)
        if isinstance(line, FootnoteError):
            raise line
        return line


def _in_order(script: Sequence[Line]) -> Reply:
    lines = iter(script)

    def reply(messages: Sequence[Message]) -> Line:
        asked = messages[-1].content[:80] if messages else ""
        return next(lines, GenerationError(f"the script has no line left for {asked!r}"))

    return reply


def _words(line: str, limits: Limits) -> Generator[str, None, None]:
    stops = StopFilter(limits.stop)
    for number, word in enumerate(line.split(" ")[: limits.max_tokens]):
        if text := stops.feed(f" {word}" if number else word):
            yield text
        if stops.stopped:
            return
    if rest := stops.flush():
        yield rest
