"""A generator that stands in line for its caller, for whoever has no positions to tell."""

from collections.abc import Generator, Sequence
from contextlib import closing

from service.generation.request_queue import Line
from service.generation.types import Choice, Engine, Limits, Message
from service.generation.types import Generator as Writer
from service.runtime.request_context import current_request


class QueuedGenerator:
    """The same engine behind the line: a turn for each call. Who asks in several calls enters the line itself."""

    def __init__(self, writer: Writer, line: Line, patience: float) -> None:
        """`patience`: seconds that a call waits for its turn."""
        self._writer = writer
        self._line = line
        self._patience = patience

    @property
    def engine(self) -> Engine:
        """That of the engine."""
        return self._writer.engine

    def choose(
        self, messages: Sequence[Message], options: Sequence[str], *, prefill: str = "", deadline: float = 60.0
    ) -> Choice:
        """As the engine picks, when its turn has come."""
        with self._line.enter(current_request()) as place:
            for _ in place.positions(self._patience):
                pass
            return self._writer.choose(messages, options, prefill=prefill, deadline=deadline)

    def stream(self, messages: Sequence[Message], limits: Limits, *, prefill: str = "") -> Generator[str, None, None]:
        """As the engine writes; the whole text is taken before any of it is handed on, so that no reader holds it up.

        Raises:
            EngineBusy: as many wait as may.
            DeadlineExceeded: the turn did not come in time.
            CallerGone: nobody waits for the text any more.
        """
        caller, pieces = current_request(), list[str]()
        with self._line.enter(caller) as place:
            for _ in place.positions(self._patience):
                pass
            with closing(self._writer.stream(messages, limits, prefill=prefill)) as stream:
                for piece in stream:
                    caller.raise_if_cancelled()
                    pieces.append(piece)
        return (piece for piece in pieces)

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """As the engine counts."""
        return self._writer.count_tokens(messages)

    def close(self) -> None:
        """Nothing: the engine is its owner's to stop."""
