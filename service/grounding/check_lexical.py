"""Lexical coverage check: every content word of the claim has a counterpart in the evidence."""

from collections.abc import Iterator

from service.grounding.alignment import Alignment
from service.grounding.check_record import Check, Example
from service.grounding.findings import Finding, FindingMessage, fail


def uncovered_words(alignment: Alignment) -> Iterator[Finding]:
    """All words without a counterpart, in one finding: one stronger word is the small model's favourite slip."""
    missing = sorted({word.text for word in alignment.missing() if not word.is_name})
    if missing:
        yield fail("words", FindingMessage.NOT_SAID, claimed=tuple(missing))


BLAST = "In 2021, a blast in Norwick killed 40 and injured 90, while in 2019, it struck at a rally in Easton."

THREAT = (
    "In his second speech to the union, in Quillby, he threatened to use the whole fleet to close the northern port."
)

LEXICAL = Check(
    id="lexical",
    phenomenon="Lexical coverage: every content word of the claim has a counterpart in the evidence.",
    run=uncovered_words,
    rejects=(
        Example("A blast in Norwick destroyed the old cathedral tower.", BLAST),
        Example("In 2021, a massacre in Norwick killed 40.", BLAST),
        Example("Velt used a new map of the coast.", "Velt drew a new map of the coast."),
        Example(THREAT.replace("fleet", "orchestra"), THREAT),
        Example(THREAT.replace("northern", "southern"), THREAT),
    ),
)
