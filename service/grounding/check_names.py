"""Names check: every name of the claim is in the evidence, or is the antecedent of a pronoun there."""

from collections.abc import Iterator

from service.grounding.alignment import Alignment
from service.grounding.check_record import Check, Example
from service.grounding.findings import Finding, FindingMessage, fail


def missing_names(alignment: Alignment) -> Iterator[Finding]:
    """Each name without a counterpart."""
    for word in alignment.missing():
        if word.is_name:
            yield fail("name", FindingMessage.NOT_NAMED, claimed=word.text)


ARTICLE = (
    "Gen. Omar Velt spoke in Norwick on Monday. Velt promised to close the port. Dana Rowe, also known as Sister "
    "Moon, sang at the Eastport Harbour Board (EHB). Ada Poe and Ben Poe came late. Poe closed the door. The "
    "prize went to South Lorland. Lorland cheered. Prime Minister Jo Vale resigned. Vale wept in public. Trade in "
    "Tarn Maren fell. Nobody invested in Maren."
)

NAMES = Check(
    id="names",
    phenomenon="Names: every name of the claim is in the evidence, or is the antecedent of a pronoun there.",
    run=missing_names,
    accepts=(
        Example("Omar Velt promised to close the port.", "Velt promised to close the port.", article=ARTICLE),
        Example("Prime Minister Vale wept in public.", "Vale wept in public.", article=ARTICLE),
        Example("Sister Moon left on foot.", "Dana Rowe left on foot.", article=ARTICLE),
        Example("The Eastport Harbour Board closed the port.", "The EHB closed the port.", article=ARTICLE),
        Example("Marsh-e-Tolva gained support.", "The group MeT gained support."),
    ),
    rejects=(
        Example(
            "A blast in Weston killed 40.",
            "In 2021, a blast in Norwick killed 40 and injured 90, while in 2019, it struck at a rally in Easton.",
        ),
        Example("President Vale wept in public.", "Vale wept in public.", article=ARTICLE),
        Example("Ada Poe closed the door.", "Poe closed the door.", article=ARTICLE),
        Example("South Lorland cheered loudly.", "Lorland cheered loudly.", article=ARTICLE),
        Example("Nobody invested in Tarn Maren.", "Nobody invested in Maren.", article=ARTICLE),
    ),
)
