"""Spans as the ledger keeps them: JSON, `[[start, end], ...]`."""

import json
from collections.abc import Sequence

from index.types import Span


def dump_spans(spans: Sequence[Span]) -> str:
    """The JSON of these spans."""
    return json.dumps([[span.start, span.end] for span in spans])


def load_spans(value: str) -> tuple[Span, ...]:
    """The spans of that JSON."""
    return tuple(Span(start=start, end=end) for start, end in json.loads(value))
