"""The line in front of the engine: bounded, served in turn, and fair between those who wait in it."""

import math
from collections import deque
from collections.abc import Iterator
from threading import Condition
from time import monotonic
from types import TracebackType

from index.errors import DeadlineExceeded, EngineBusy
from service.runtime.request_context import RequestContext

LOOK = 0.1
"""Seconds between two looks whether the caller is still there."""
FIRST_GUESS = 2.0
"""Seconds that a turn takes, before one was seen."""
WEIGHT = 0.2
"""Of the last turn in what a turn is thought to take."""


class Line:
    """One caller at work at a time; the others wait, a turn each in rotation, however many requests one of them has."""

    def __init__(self, size: int = 16) -> None:
        """`size`: how many may wait; whoever comes then is sent away."""
        self.size = size
        self._changed = Condition()
        self._working: Place | None = None
        self._waiting: dict[str, deque[Place]] = {}
        """In the order in which the callers are served next."""
        self._turn_seconds = FIRST_GUESS

    @property
    def waiting(self) -> int:
        """How many wait."""
        with self._changed:
            return self._length()

    @property
    def working(self) -> bool:
        """Whether the engine works for anybody."""
        return self._working is not None

    def check(self) -> None:
        """Raises EngineBusy when nobody could enter now; so a request is refused before anything is done for it."""
        with self._changed:
            self._room()

    def enter(self, caller: RequestContext) -> "Place":
        """A place at the end of the caller's own requests; raises EngineBusy when the line is full."""
        place = Place(self, caller)
        with self._changed:
            if self._working is None:
                self._start(place)
            else:
                self._room()
                self._waiting.setdefault(caller.client, deque()).append(place)
                self._changed.notify_all()
        return place

    def _room(self) -> None:
        if self._working is not None and self._length() >= self.size:
            seconds = math.ceil(self._turn_seconds * (self._length() + 1))
            raise EngineBusy(
                f"{self._length()} requests wait for the language model, and no more may; "
                f"try again in {seconds} s, or ask with the style quote, which needs no model",
                retry_after=seconds,
            )

    def _length(self) -> int:
        return sum(map(len, self._waiting.values()))

    def _start(self, place: "Place") -> None:
        self._working = place
        place.began = monotonic()

    def position(self, place: "Place") -> int:
        """How many turns must end before this one begins, the one at work included; 0 when it has begun."""
        with self._changed:
            return self._position(place)

    def _position(self, place: "Place") -> int:
        if self._working is place:
            return 0
        own = place.caller.client
        depth, before, ahead = self._waiting[own].index(place), 1, 0
        for name, places in self._waiting.items():
            if name == own:
                before = 0
            else:
                ahead += min(len(places), depth + before)
        return 1 + depth + ahead

    def wait(self, place: "Place", told: int, seconds: float) -> None:
        """Until the position is another, or so many seconds are over."""
        with self._changed:
            self._changed.wait_for(lambda: self._position(place) != told, seconds)

    def leave(self, place: "Place") -> None:
        """Give the place up, at work or waiting; nothing happens the second time."""
        with self._changed:
            if self._working is place:
                self._turn_seconds += WEIGHT * (monotonic() - place.began - self._turn_seconds)
                self._working = None
                self._next()
            elif place in (places := self._waiting.get(place.caller.client, deque())):
                places.remove(place)
                if not places:
                    del self._waiting[place.caller.client]
            self._changed.notify_all()

    def _next(self) -> None:
        if not self._waiting:
            return
        name = next(iter(self._waiting))
        places = self._waiting.pop(name)
        self._start(places.popleft())
        if places:
            self._waiting[name] = places  # behind all others


class Place:
    """One caller's place in the line, given up at the end of the `with`."""

    def __init__(self, line: Line, caller: RequestContext) -> None:
        self.caller = caller
        self.began = 0.0
        self._line = line

    def positions(self, seconds: float) -> Iterator[int]:
        """Each new position until it is this one's turn.

        Raises:
            DeadlineExceeded: the turn did not come in time.
            CallerGone: nobody waits for it any more.
        """
        end, told = monotonic() + seconds, 0
        while position := self._line.position(self):
            if position != told:
                told = position
                yield position
            self.caller.raise_if_cancelled()
            if monotonic() >= end:
                raise DeadlineExceeded(
                    f"the language model was busy with others for {seconds:g} s; ask again, or with the style quote"
                )
            self._line.wait(self, told, min(LOOK, end - monotonic()))

    def __enter__(self) -> "Place":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._line.leave(self)
