"""Table of checks: all checks of the gate in the order in which they run; the first failure is the reported one.

To add a check, write its module beside the others and put it in its place here. To switch one off, pass its id:
`check(claim, supports, without={"numbers"})`, or for a whole run of the service `with running(excluding("numbers")):`.
`footnote eval ablate` measures what each check alone stops and costs.
"""

from service.grounding.check_antonymy import ANTONYMY
from service.grounding.check_attribution import ATTRIBUTION, ATTRIBUTION_SETTING
from service.grounding.check_connectives import CONNECTIVES
from service.grounding.check_dates import DATES
from service.grounding.check_degree import DEGREE
from service.grounding.check_dependency import DEPENDENCY
from service.grounding.check_lexical import LEXICAL
from service.grounding.check_modality import MODALITY
from service.grounding.check_modifier_attachment import MODIFIER_ATTACHMENT
from service.grounding.check_names import NAMES
from service.grounding.check_negation import NEGATION
from service.grounding.check_numbers import NUMBERS
from service.grounding.check_quotations import QUOTATIONS
from service.grounding.check_record import Check
from service.grounding.check_semantic_roles import SEMANTIC_ROLES
from service.grounding.check_tense import TENSE

CHECKS: tuple[Check, ...] = (
    LEXICAL, NAMES, QUOTATIONS, NUMBERS, DATES, NEGATION, ANTONYMY, CONNECTIVES, DEGREE, MODALITY, TENSE,
    ATTRIBUTION, ATTRIBUTION_SETTING, SEMANTIC_ROLES, DEPENDENCY, MODIFIER_ATTACHMENT,
)  # fmt: skip


def excluding(*ids: str) -> tuple[Check, ...]:
    """The table without these checks.

    Raises:
        ValueError: no check has such an id.
    """
    if unknown := {*ids} - {each.id for each in CHECKS}:
        raise ValueError(f"no check is called {', '.join(map(repr, sorted(unknown)))}")
    return tuple(each for each in CHECKS if each.id not in ids)
