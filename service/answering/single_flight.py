"""Single flight: answer identical questions to an unchanged collection once, whether concurrent or repeated."""

from collections import OrderedDict
from collections.abc import Callable, Generator
from threading import Lock

from index.errors import EngineBusy, RequestCancelled
from service.answering.types import Done, Event, Question
from service.runtime.request_context import RequestContext, current_request, request_scope

MAX_READERS = 16
"""Maximum readers of one answer in progress; each takes a server thread."""


class Flight:
    """One answer with all its readers; the first reader that needs the next event produces it for all."""

    def __init__(self, source: Generator[Event, None, None]) -> None:
        self.readers: list[RequestContext] = []
        self.ended = False
        self._source = source
        self._events: list[Event] = []
        self._error: Exception | None = None
        self._making = Lock()

    @property
    def succeeded(self) -> bool:
        """Whether the answer ended without an error."""
        return self.ended and self._error is None

    def event(self, number: int) -> Event | None:
        """Return the event of that number, producing it if no reader has needed it yet; None after the last one."""
        with self._making:
            if number >= len(self._events) and not self.ended:
                self._make_next()
        if number < len(self._events):
            return self._events[number]
        if self._error is not None:
            raise self._error
        return None

    def _make_next(self) -> None:
        first = self.readers[0] if self.readers else current_request()
        readers_context = RequestContext(
            first.client, first.request_id, is_cancelled=lambda: all(reader.cancelled for reader in self.readers)
        )
        try:
            with request_scope(readers_context):
                event = next(self._source)
        except StopIteration:
            self.ended = True
        except Exception as error:  # noqa: BLE001 - raised again for every reader
            self._error, self.ended = error, True
        else:
            self._events.append(event)
            if isinstance(event, Done):
                self.ended = True
                self._source.close()  # an open generator keeps the source articles in memory

    def close(self) -> None:
        """Stop producing the answer."""
        with self._making:
            self.ended = True
            self._source.close()


Key = tuple[str, Question]
"""Revision of the collection, and the question with its style and filters."""


class SingleFlight:
    """Single flight: answers in progress and the last few finished ones, for one revision of the collection."""

    def __init__(self, kept: int = 64) -> None:
        self.hits = 0
        """Number of questions that got an answer produced for an earlier identical question."""
        self._kept = kept
        self._answers: OrderedDict[Key, Flight] = OrderedDict()
        self._lock = Lock()

    def read(self, key: Key, make: Callable[[], Generator[Event, None, None]]) -> Generator[Event, None, None]:
        """Yield the events of the answer, new or shared; raises EngineBusy if too many wait for the same answer."""
        reader, sent = current_request(), 0
        while True:
            flight = self._join(key, make, reader)
            try:
                while (event := flight.event(sent)) is not None:
                    yield event
                    sent += 1
                return
            except RequestCancelled:
                if reader.cancelled:  # otherwise its last reader left just before this one joined: try again
                    raise
            finally:
                self._leave(key, flight, reader)

    def _join(self, key: Key, make: Callable[[], Generator[Event, None, None]], reader: RequestContext) -> Flight:
        with self._lock:
            if any(known[0] != key[0] for known in self._answers):
                self._forget(key[0])
            flight = self._answers.get(key)
            if flight is None or (flight.ended and not flight.succeeded):
                flight = self._answers[key] = Flight(make())
            else:
                if not flight.ended and len(flight.readers) >= MAX_READERS:
                    raise EngineBusy("too many wait for this same answer; try again in 2 s", retry_after=2)
                self.hits += 1
                self._answers.move_to_end(key)
            flight.readers.append(reader)
            return flight

    def clear(self) -> None:
        """Forget all answers, for instance when another language model writes from now on."""
        with self._lock:
            self._answers.clear()

    def _forget(self, revision: str) -> None:
        """Forget answers for other revisions of the collection: they may quote removed articles."""
        self._answers = OrderedDict((key, flight) for key, flight in self._answers.items() if key[0] == revision)

    def _leave(self, key: Key, flight: Flight, reader: RequestContext) -> None:
        with self._lock:
            flight.readers = [each for each in flight.readers if each is not reader]
            last = not flight.readers
            if last and not (flight.succeeded and self._kept) and self._answers.get(key) is flight:
                del self._answers[key]
            while len(self._answers) > max(self._kept, 1) and (old := self._oldest()):
                del self._answers[old]
        if last and not flight.ended:
            flight.close()

    def _oldest(self) -> Key | None:
        return next((key for key, flight in self._answers.items() if not flight.readers), None)
