"""The gate: may this sentence be shown on the strength of that evidence?"""

from service.grounding.checks import Check, Example
from service.grounding.findings import Finding, Message, Reason
from service.grounding.gate import Explanation, check, explain, running
from service.grounding.support import Support, support_of
from service.grounding.table import CHECKS, excluding

__all__ = [
    "CHECKS", "Check", "Example", "Explanation", "Finding", "Message", "Reason", "Support", "check", "excluding",
    "explain", "running", "support_of",
]  # fmt: skip
