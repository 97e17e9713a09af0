"""What the gate found, in a word for programs and a line for people."""

from typing import Literal

from index.types import Record

Reason = Literal[
    "supported", "empty", "quote", "number", "date", "name", "negation", "contrast", "hedge", "speaker", "words",
    "role", "relation", "ambiguous", "no_evidence",
]  # fmt: skip


class Finding(Record):
    """Whether a claim may be shown, and why."""

    accepted: bool
    reason: Reason
    detail: str
    supports: tuple[int, ...] = ()
    """Which of the supports carried the claim, or came nearest, counted from 0."""
    covered: float = 1.0
    """Share of the claim's meaningful words that the nearest support holds."""


def fail(reason: Reason, detail: str) -> Finding:
    """A refusal with its reason."""
    return Finding(accepted=False, reason=reason, detail=detail)
