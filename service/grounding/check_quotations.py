"""Quotations check: words in quotation marks must be in the evidence word for word (case and typography folded)."""

import re
from collections.abc import Iterator

from index.normalisation import UNSPACED_RUN
from service.grounding.alignment import Alignment
from service.grounding.check_record import Check, Example
from service.grounding.findings import Finding, FindingMessage, fail
from service.language.quotations import plain, quoted

OMISSION = re.compile(r"\s*(?:…|\.\.\.|\[[^\]]*\])\s*")


def altered_quotations(alignment: Alignment) -> Iterator[Finding]:
    """Each quotation that is not word for word in the evidence, with or without the sentence before it."""
    support = alignment.support
    sources = [plain(text) for text in (support.quote, f"{support.context} {support.quote}")]
    for words in quoted(alignment.text):
        parts = [part for part in map(plain, OMISSION.split(words)) if part]
        if not all(any(_contains(source, part) for source in sources) for part in parts):
            yield fail("quote", FindingMessage.NOT_QUOTED, claimed=words)


def _contains(text: str, words: str) -> bool:
    # A script without spaces has no word boundaries.
    first, last = (
        r"" if UNSPACED_RUN.match(words[i]) else boundary for i, boundary in ((0, r"(?<!\w)"), (-1, r"(?!\w)"))
    )
    return re.search(f"{first}{re.escape(words)}{last}", text) is not None


SAID = "Mayor Ellen Marsh said the bridge may not open before 12 March."

QUOTATIONS = Check(
    id="quotations",
    phenomenon="Quotations: words in quotation marks are the article's own, to the letter.",
    run=altered_quotations,
    accepts=(Example("The mayor, Ellen Marsh, said “the bridge may not open”.", SAID),),
    rejects=(
        Example("Mayor Ellen Marsh said “the bridge will never open”.", SAID),
        Example("Mayor Ellen Marsh said “the bridges may not open”.", SAID),
    ),
)
