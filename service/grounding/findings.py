"""Finding: the gate's verdict on a claim as values for programs, and rendered as one line for people."""

from collections.abc import Callable
from enum import StrEnum
from typing import Literal

from index.types import Record

Reason = Literal[
    "supported", "empty", "quote", "number", "date", "name", "negation", "contrast", "hedge", "speaker", "words",
    "role", "relation", "ambiguous", "no_evidence",
]  # fmt: skip
"""Groups of checks, as reports and baselines know them."""


class FindingMessage(StrEnum):
    """What a finding says, as a template of its values; `!r` puts a value in quotation marks."""

    SUPPORTED = "{evidence} says so"
    SUPPORTED_IN_PARTS = "each part of it is in {evidence}"
    TOO_LONG = "it has {claimed} characters: no sentence that could be checked"
    NOTHING_TO_CHECK = "it says nothing that could be checked"
    NO_EVIDENCE = "it names no evidence"

    NOT_SAID = "{evidence} does not say {claimed!r}"
    NOT_SAID_OF_IT = "{evidence} does not say {claimed!r} of it"
    NOT_SAID_OF = "{evidence} does not say {claimed!r} of {beside!r}"
    SAID_OTHERWISE = "{evidence} says {found!r}, not {claimed!r}"
    SAID_WITH_OTHER = "{evidence} says {found!r} {beside!r}, not {claimed!r}"
    SAID_WITH_MORE = "{evidence} says {found!r} {beside!r}"

    NOT_NAMED = "{evidence} does not name {claimed!r}"
    NOT_QUOTED = "the words “{claimed}” are not in {evidence}"

    VALUE_ABSENT = "{evidence} has no {claimed}"
    OTHER_VALUE = "{evidence} has no {claimed}; it has {found}"
    OTHER_UNIT = "{evidence} has {found}, not {claimed}"
    OTHER_BOUND = "{evidence} says {found}"
    OTHER_COUNTED = "in {evidence} {claimed} counts {found!r}"
    VALUE_MISPLACED = "in {evidence} {claimed} does not belong to {beside!r}"
    VALUES_EXCHANGED = "in {evidence} {claimed[0]} and {claimed[1]} belong the other way round"
    NOT_SAID_THEN = "{evidence} does not say that it was said on {claimed}"

    DENIED_AND_SAID = "{evidence} both says and denies {claimed!r}"
    CLAIM_DENIES = "{claim} denies what {evidence} does not: {claimed!r}"
    EVIDENCE_DENIES = "{evidence} denies it: {claimed!r}"
    DENIAL_ADDED = "{claim} denies something that {evidence} does not"

    STATED_PLAINLY = "{evidence} says {found!r}, {claim} says it plainly"
    STATED_AS_DONE = "{evidence} says {found!r}, {claim} says it as done"
    LEFT_OUT = "{evidence} says {found!r}, {claim} does not"
    CONDITION_LEFT_OUT = "{evidence} says {found!r}, {claim} leaves the condition out"
    PAST = "{evidence} tells it of the past: {found!r}, not {claimed!r}"

    OTHER_SPEAKER = "{evidence} has {found!r} say it, not {claimed!r}"
    NO_SPEAKER = "{evidence} has it as its own statement, not {claimed!r}"
    SPEAKERS_EXCHANGED = "in {evidence} it is not {claimed!r} who is reported to say it"
    SPEAKER_LEFT_OUT = "{evidence} reports what {found!r} said, {claim} does not say so"
    REPORT_LEFT_OUT = "{evidence} has {found!r} say it, {claim} does not say so"
    OTHER_REPORTING_VERB = "{evidence} does not say that they {claimed!r} it, it says {found!r}"
    REPORTING_VERB_LEFT_OUT = "{evidence} says that they {found!r} it"
    OTHER_SETTING = "{evidence} does not say that it was said {claimed!r}"

    NOT_AGENT = "in {evidence} {claimed!r} is not the one that does {beside!r}"
    NOT_PATIENT = "in {evidence} {claimed!r} is not the one that suffers {beside!r}"
    OTHER_ARGUMENT = "in {evidence} it is {found!r}, not {claimed!r}, with {beside!r}"
    SAID_OF_ANOTHER = "in {evidence} {claimed!r} is said of another {beside!r}"
    NOT_OWNED = "in {evidence} it is not {beside!r} that is {claimed!r}'s"
    NOT_JOINED = "{evidence} does not join {claimed[0]!r} and {claimed[1]!r} in this way"


class _Values(tuple[str, ...]):
    """Values as a sentence writes them: separated by commas, each in quotation marks under `!r`."""

    __slots__ = ()

    def __str__(self) -> str:
        return ", ".join(self)

    def __repr__(self) -> str:
        return ", ".join(map(repr, self))


class Finding(Record):
    """Whether a claim may be shown, and why: which check failed, and on which values."""

    accepted: bool
    reason: Reason
    message: FindingMessage
    check: str = ""
    """Id of the check that failed; empty when none did."""
    claimed: tuple[str, ...] = ()
    """What the claim says that the evidence does not."""
    found: tuple[str, ...] = ()
    """What the evidence says in its place."""
    beside: str = ""
    """The word of the claim on which the two disagree."""
    supports: tuple[int, ...] = ()
    """Which of the supports carried the claim, or came nearest, counted from 0."""
    covered: float = 1.0
    """Share of the claim's content words that the nearest support has."""

    @property
    def detail(self) -> str:
        """One line for people."""
        return self.render()

    def render(
        self, claim: str = "the claim", evidence: str = "the evidence", escape: Callable[[str], str] = str
    ) -> str:
        """The same line with names for the two sides; `escape` is applied to each value."""
        return self.message.format(
            claim=claim,
            evidence=evidence,
            claimed=_Values(map(escape, self.claimed)),
            found=_Values(map(escape, self.found)),
            beside=escape(self.beside),
        )


def fail(
    reason: Reason,
    message: FindingMessage,
    *,
    claimed: str | tuple[str, ...] = (),
    found: str | tuple[str, ...] = (),
    beside: str = "",
) -> Finding:
    """A rejection with its values."""
    claimed, found = ((each,) if isinstance(each, str) else each for each in (claimed, found))
    return Finding(accepted=False, reason=reason, message=message, claimed=claimed, found=found, beside=beside)
