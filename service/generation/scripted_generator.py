"""Scripted generator: replies from a list or a function, for tests, demonstrations and dry runs."""

from collections.abc import Callable, Generator, Sequence
from threading import Lock
from typing import NamedTuple

from index.errors import FootnoteError, GenerationError, InputError
from service.generation.stop_strings import StopFilter
from service.generation.types import Engine, Limits, Message, OptionChoice

ScriptedReply = str | FootnoteError
"""The text to return, or the error to raise instead."""
ReplyFunction = Callable[[Sequence[Message]], ScriptedReply]


class GenerationCall(NamedTuple):
    """The arguments of one call; `options` is empty for a call of `stream`."""

    messages: tuple[Message, ...]
    prefill: str
    options: tuple[str, ...]
    limits: Limits


class ScriptedGenerator:
    """Replays a list of replies once and in order, or calls a function of the messages."""

    def __init__(
        self, script: Sequence[ScriptedReply] | ReplyFunction, *, name: str = "script", context_tokens: int = 4096
    ) -> None:
        self.calls: list[GenerationCall] = []
        """Every call so far, in order."""
        self._reply = script if callable(script) else _in_order(script)
        self._engine = Engine(name=name, digest="", context_tokens=context_tokens, version="script")
        self._lock = Lock()

    @property
    def engine(self) -> Engine:
        """Engine identity; its version is `script`, so that receipts do not present it as a model."""
        return self._engine

    def choose(
        self, messages: Sequence[Message], options: Sequence[str], *, prefill: str = "", deadline: float = 60.0
    ) -> OptionChoice:
        """Return the scripted option with probability 1; raises InputError if the reply is not an option."""
        limits = Limits(max_tokens=1, deadline=deadline)
        reply = self._next(GenerationCall(tuple(messages), prefill, tuple(options), limits))
        if reply not in options:
            raise InputError(f"the script answers {reply!r}, which is none of {list(options)!r}")
        return OptionChoice(option=reply, probabilities=tuple(float(option == reply) for option in options))

    def stream(self, messages: Sequence[Message], limits: Limits, *, prefill: str = "") -> Generator[str, None, None]:
        """Yield the scripted reply word by word, each word counted as a token, up to a stop string."""
        return _words(self._next(GenerationCall(tuple(messages), prefill, (), limits)), limits)

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Count the words; each counts as a token."""
        return sum(len(message.content.split()) for message in messages)

    def close(self) -> None:
        """Do nothing: no process was started."""

    def _next(self, call: GenerationCall) -> str:
        with self._lock:
            self.calls.append(call)
            reply = self._reply(call.messages)
        if isinstance(reply, FootnoteError):
            raise reply
        return reply


def _in_order(script: Sequence[ScriptedReply]) -> ReplyFunction:
    replies = iter(script)

    def next_reply(messages: Sequence[Message]) -> ScriptedReply:
        asked = messages[-1].content[:80] if messages else ""
        return next(replies, GenerationError(f"the script has no reply left for {asked!r}"))

    return next_reply


def _words(reply: str, limits: Limits) -> Generator[str, None, None]:
    stops = StopFilter(limits.stop)
    for number, word in enumerate(reply.split(" ")[: limits.max_tokens]):
        if text := stops.feed(f" {word}" if number else word):
            yield text
        if stops.stopped:
            return
    if rest := stops.flush():
        yield rest
