"""The gate: may this sentence be shown on the strength of that evidence?"""

from service.grounding.alignment import Support
from service.grounding.findings import Finding, Reason
from service.grounding.gate import check

__all__ = ["Finding", "Reason", "Support", "check"]
