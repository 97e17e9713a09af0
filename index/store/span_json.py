"""Span serialisation: spans are stored in the ledger as JSON, `[[start, end], ...]`."""

import json
from collections.abc import Sequence

from index.types import Span


def dump_spans(spans: Sequence[Span]) -> str:
    """Serialise spans."""
    return json.dumps([[span.start, span.end] for span in spans])


def load_spans(value: str) -> tuple[Span, ...]:
    """Parse serialised spans."""
    return tuple(Span(start=start, end=end) for start, end in json.loads(value))
