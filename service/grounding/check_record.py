"""Check and Example: the record of one rule of the gate; `checks.py` lists them and switches them off."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from service.grounding.alignment import Alignment
from service.grounding.findings import Finding, Reason
from service.grounding.support import Support
from service.language.aliases import known_names


@dataclass(frozen=True)
class Example:
    """A claim and the evidence sentence it is compared with."""

    claim: str
    evidence: str
    attribution: str = ""
    context: str = ""
    published: str = ""
    article: str = ""
    """Text that explains the names, where the example needs it."""
    reason: Reason | None = None
    """Reason of the rejection, for a check that has several."""

    @property
    def support(self) -> Support:
        """The evidence as the gate takes it."""
        return Support(
            quote=self.evidence,
            attribution=self.attribution,
            context=self.context,
            published=self.published,
            known=known_names(self.article),
        )


@dataclass(frozen=True)
class Check:
    """One rule: what it compares, and examples on either side (`tests/test_grounding_checks.py` runs all)."""

    id: str
    phenomenon: str
    """One sentence: what must agree between claim and evidence."""
    run: Callable[[Alignment], Iterator[Finding]]
    """Every failure of an alignment, the most telling first; the gate takes the first."""
    accepts: tuple[Example, ...] = ()
    """Pairs that the whole gate accepts."""
    rejects: tuple[Example, ...] = ()
    """Pairs that this check rejects, whatever the others say."""
