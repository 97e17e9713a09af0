"""Identical questions to the same collection are answered once: those asked meanwhile, and those asked again."""

from collections import OrderedDict
from collections.abc import Callable, Generator
from threading import Lock

from index.errors import EngineBusy, RequestCancelled
from service.answering.types import Done, Event, Question
from service.runtime.request_context import RequestContext, current_request, request_scope

MOST_READERS = 16
"""Of one answer under way: each holds a thread of the server."""


class Shared:
    """One answer and all who read it: whoever needs its next event draws it, for all of them."""

    def __init__(self, source: Generator[Event, None, None]) -> None:
        self.readers: list[RequestContext] = []
        self.over = False
        self._source = source
        self._events: list[Event] = []
        self._error: Exception | None = None
        self._drawing = Lock()

    @property
    def whole(self) -> bool:
        """It came to its end without an error."""
        return self.over and self._error is None

    def event(self, number: int) -> Event | None:
        """The event of that number, drawn if nobody has drawn it yet; None after the last."""
        with self._drawing:
            if number >= len(self._events) and not self.over:
                self._draw()
        if number < len(self._events):
            return self._events[number]
        if self._error is not None:
            raise self._error
        return None

    def _draw(self) -> None:
        first = self.readers[0] if self.readers else current_request()
        everybody = RequestContext(
            first.client, first.request_id, is_cancelled=lambda: all(reader.cancelled for reader in self.readers)
        )
        try:
            with request_scope(everybody):
                event = next(self._source)
        except StopIteration:
            self.over = True
        except Exception as error:  # noqa: BLE001 - raised again for every reader
            self._error, self.over = error, True
        else:
            self._events.append(event)
            self.over = isinstance(event, Done)

    def close(self) -> None:
        """Stop what draws it."""
        with self._drawing:
            self.over = True
            self._source.close()


Key = tuple[str, Question]
"""The collection's revision, and the question with all that goes with it."""


class SharedAnswers:
    """The answers under way, and the last few that were given, all to one revision of the collection."""

    def __init__(self, kept: int = 64) -> None:
        self.hits = 0
        """How many questions cost nothing."""
        self._kept = kept
        self._answers: OrderedDict[Key, Shared] = OrderedDict()
        self._lock = Lock()

    def read(self, key: Key, make: Callable[[], Generator[Event, None, None]]) -> Generator[Event, None, None]:
        """The events of the answer, made or shared; raises EngineBusy when too many wait for the same one."""
        caller, told = current_request(), 0
        while True:
            shared = self._join(key, make, caller)
            try:
                while (event := shared.event(told)) is not None:
                    yield event
                    told += 1
                return
            except RequestCancelled:
                if caller.cancelled:  # else it was given up for want of readers just before this one came
                    raise
            finally:
                self._leave(key, shared, caller)

    def _join(self, key: Key, make: Callable[[], Generator[Event, None, None]], caller: RequestContext) -> Shared:
        with self._lock:
            if any(known[0] != key[0] for known in self._answers):
                self._forget(key[0])
            shared = self._answers.get(key)
            if shared is None or (shared.over and not shared.whole):
                shared = self._answers[key] = Shared(make())
            else:
                if not shared.over and len(shared.readers) >= MOST_READERS:
                    raise EngineBusy("too many wait for this same answer; try again in 2 s", retry_after=2)
                self.hits += 1
                self._answers.move_to_end(key)
            shared.readers.append(caller)
            return shared

    def _forget(self, revision: str) -> None:
        """What another revision of the collection was asked is of no use, and may quote what was removed."""
        self._answers = OrderedDict((key, shared) for key, shared in self._answers.items() if key[0] == revision)

    def _leave(self, key: Key, shared: Shared, caller: RequestContext) -> None:
        with self._lock:
            shared.readers = [reader for reader in shared.readers if reader is not caller]
            last = not shared.readers
            if last and not (shared.whole and self._kept) and self._answers.get(key) is shared:
                del self._answers[key]
            while len(self._answers) > max(self._kept, 1) and (old := self._oldest()):
                del self._answers[old]
        if last and not shared.over:
            shared.close()

    def _oldest(self) -> Key | None:
        return next((key for key, shared in self._answers.items() if not shared.readers), None)
