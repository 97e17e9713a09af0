"""Records of the service's state: health of its components and counts for the metrics."""

from pydantic import Field

from index.types import Record


class ComponentState(Record):
    """State of one component of the service."""

    name: str
    ok: bool
    detail: str
    degraded: bool = Field(default=False, description="It works in part: the detail says what is missing.")


class ServiceCounts(Record):
    """Current counts for the metrics: collection, request queue, engine starts, answers shared by single flight."""

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
    """Readiness: whether questions can be answered, with the state of each component."""

    ready: bool
    parts: tuple[ComponentState, ...]
