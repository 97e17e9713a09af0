"""Text matching: answers as whole tokens, and gold sentences as spans of their articles."""

import re
import string
from collections.abc import Sequence

from evals.harness.cases import Gold
from evals.harness.scores import Located
from service.answering.types import Citation

PUNCTUATION = str.maketrans(dict.fromkeys(string.punctuation + "“”‘’–—…", " "))
MIN_SPAN_OVERLAP = 0.5
"""Share of the shorter of two spans that must coincide for them to be the same sentence."""


def normalise(text: str) -> str:
    """Lower case, no punctuation, no articles, single spaces: SQuAD's way, typographic marks included."""
    return " ".join(word for word in text.lower().translate(PUNCTUATION).split() if word not in ("a", "an", "the"))


def contains(text: str, alternatives: Sequence[str]) -> str | None:
    """The first alternative that stands in `text` as whole tokens."""
    padded = f" {normalise(text)} "
    return next((a for a in alternatives if normalise(a) and f" {normalise(a)} " in padded), None)


def same_sentence(gold: Located, citation: Citation) -> bool:
    """Whether the two spans are one sentence, give or take a dateline or a cut."""
    if gold.article_id != citation.article_id:
        return False
    common = min(gold.end, citation.end) - max(gold.start, citation.start)
    return common >= MIN_SPAN_OVERLAP * min(gold.end - gold.start, citation.end - citation.start)


def locate(gold: Gold, text: str) -> Located | None:
    """The span of a gold sentence in its article, white space aside; None where the article lacks it."""
    pattern = r"\s+".join(re.escape(word) for word in gold.quote.split())
    found = re.search(pattern, text)
    return Located(article_id=gold.doc_id, start=found.start(), end=found.end()) if found else None
