"""The gate: may this sentence be shown on the strength of that evidence?"""

from service.grounding.gate import Finding, Reason, Support, check

__all__ = ["Finding", "Reason", "Support", "check"]
