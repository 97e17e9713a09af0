"""Lexical coverage: every content word of the claim has a counterpart in the evidence."""

from collections.abc import Iterator

from service.grounding.alignment import Alignment
from service.grounding.checks import Check
from service.grounding.findings import Finding, Message, fail


def uncovered_words(alignment: Alignment) -> Iterator[Finding]:
    """All words without a counterpart, in one finding: one stronger word is the small model's favourite slip."""
    missing = sorted({word.text for word in alignment.missing() if not word.is_name})
    if missing:
        yield fail("words", Message.NOT_SAID, claimed=tuple(missing))


LEXICAL = Check(
    id="lexical",
    phenomenon="Lexical coverage: every content word of the claim has a counterpart in the evidence.",
    run=uncovered_words,
)
