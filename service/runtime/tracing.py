"""Trace of one answer: its stages from the question to the gate, with start times, durations and details."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import Field

from index.types import Record

Details = dict[str, str | bool | int | float]


class Stage(Record):
    """One stage of the pipeline."""

    name: str = Field(description="embed, search, evidence, read, judge, queue, choose, write, gate or quote.")
    at: float = Field(description="Seconds from the question to its beginning.")
    seconds: float = Field(description="How long it took.")
    details: Details = Field(default_factory=dict, description="What came of it.")


class Trace:
    """Recorder of the stages of one answer."""

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self._stages: list[Stage] = []

    @property
    def stages(self) -> tuple[Stage, ...]:
        """Finished stages in the order in which they began."""
        return tuple(sorted(self._stages, key=lambda stage: stage.at))

    @contextmanager
    def stage(self, name: str) -> Iterator[Details]:
        """Time the body of the `with`; entries put into the dict become the details of the stage."""
        at, details = time.perf_counter(), Details()
        try:
            yield details
        finally:
            seconds = time.perf_counter() - at
            self._stages.append(Stage(name=name, at=at - self._began, seconds=seconds, details=details))
