"""Names: every name of the claim is in the evidence, or is what a pronoun there stands for."""

from collections.abc import Iterator

from service.grounding.alignment import Alignment
from service.grounding.checks import Check
from service.grounding.findings import Finding, Message, fail


def missing_names(alignment: Alignment) -> Iterator[Finding]:
    """Each name without a counterpart."""
    for word in alignment.missing():
        if word.is_name:
            yield fail("name", Message.NOT_NAMED, claimed=word.text)


NAMES = Check(
    id="names",
    phenomenon="Names: every name of the claim is in the evidence, or is what a pronoun there stands for.",
    run=missing_names,
)
