"""The gate: may this sentence be shown on the strength of that evidence?"""

from service.grounding.findings import Finding, Reason
from service.grounding.gate import check
from service.grounding.support import Support

__all__ = ["Finding", "Reason", "Support", "check"]
