"""Gate: decides whether evidence sentences support a claim, so that it may be shown."""

from service.grounding.alignment import Alignment, align
from service.grounding.check_record import Check, Example
from service.grounding.checks import CHECKS, excluding
from service.grounding.claim_decision import FITTED as CLAIM_DECISION
from service.grounding.claim_decision import SIGNALS as CLAIM_SIGNALS
from service.grounding.claim_decision import Judgement, has_every_figure
from service.grounding.claim_judge import MARGIN, OPEN, UNREPORTED, Correction, judge, other_values, put_right
from service.grounding.entailment import CrossEncoderEntailment, Entailment, EntailmentModel, LazyEntailment
from service.grounding.findings import Finding, FindingMessage, Reason
from service.grounding.gate import Explanation, check, explain, running, unusable
from service.grounding.other_judges import CalibratedJudge, CrossEncoderJudge, ProbabilityJudge
from service.grounding.premises import Premise
from service.grounding.premises import premises as premises_of
from service.grounding.support import Support, support_of

__all__ = [
    "CHECKS", "CLAIM_DECISION", "CLAIM_SIGNALS", "MARGIN", "OPEN", "UNREPORTED", "Alignment", "CalibratedJudge",
    "Check", "Correction", "CrossEncoderEntailment", "CrossEncoderJudge", "Entailment", "EntailmentModel", "Example",
    "Explanation", "Finding", "FindingMessage", "Judgement", "LazyEntailment", "Premise", "ProbabilityJudge",
    "Reason", "Support", "align", "check", "excluding", "explain", "has_every_figure", "judge", "other_values",
    "premises_of", "put_right", "running", "support_of", "unusable",
]  # fmt: skip
