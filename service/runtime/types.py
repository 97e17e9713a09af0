""""""

from pydantic import Field

from index.types import Record


class Part(Record):
    """One part of the service and whether it works."""

    name: str
    ok: bool
    detail: str
    degraded: bool = Field(default=False, description="It works in part: the detail says what is missing.")


class Figures(Record):
    """What can be counted about the service at this moment."""

    articles: int
    chunks: int
    indexed: int
    rebuilding: bool
    waiting: int
    queue_size: int
    working: bool
    engine_starts: int
    shared: int


class Readiness(Record):
    """Whether questions can be answered, part by part."""

    ready: bool
    parts: tuple[Part, ...]
