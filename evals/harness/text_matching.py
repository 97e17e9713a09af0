"""Text matching: find answers as whole tokens, and gold sentences as spans of their articles."""

import re
import string
from collections.abc import Sequence

from evals.harness.cases import Gold
from evals.harness.scores import Located
from service.answering.types import Citation

PUNCTUATION = str.maketrans(dict.fromkeys(string.punctuation + "“”‘’–—…", " "))
MIN_SPAN_OVERLAP = 0.5
"""Share of the shorter span that must overlap for two spans to count as the same sentence."""


def normalise(text: str) -> str:
    """Normalise as SQuAD does: lower case, no punctuation (typographic included), no articles, single spaces."""
    return " ".join(word for word in text.lower().translate(PUNCTUATION).split() if word not in ("a", "an", "the"))


def contains(text: str, alternatives: Sequence[str]) -> str | None:
    """Return the first alternative that `text` contains as whole tokens, or None."""
    padded = f" {normalise(text)} "
    return next((a for a in alternatives if normalise(a) and f" {normalise(a)} " in padded), None)


def states(text: str, wordings: Sequence[Sequence[str]]) -> bool:
    """Whether a text states a nugget: it contains at least one wording of each list."""
    return all(contains(text, choice) for choice in wordings)


def same_sentence(gold: Located, citation: Citation) -> bool:
    """Whether the spans overlap enough to be the same sentence, allowing for a dateline or a clipped part."""
    if gold.article_id != citation.article_id:
        return False
    common = min(gold.end, citation.end) - max(gold.start, citation.start)
    return common >= MIN_SPAN_OVERLAP * min(gold.end - gold.start, citation.end - citation.start)


def locate(gold: Gold, text: str) -> Located | None:
    """Find a gold sentence in its article, ignoring white-space differences; return None if it is missing."""
    pattern = r"\s+".join(re.escape(word) for word in gold.quote.split())
    found = re.search(pattern, text)
    return Located(article_id=gold.doc_id, start=found.start(), end=found.end()) if found else None
