"""Words in quotation marks must be the article's own, to the letter."""

import re

from service.grounding.alignment import Alignment
from service.grounding.findings import Finding, fail
from service.language.quotations import plain, quoted


def quotations(alignment: Alignment) -> Finding | None:
    """Each quotation of the claim stands word for word in the evidence or the sentence before it."""
    held = [plain(text) for text in (alignment.support.quote, f"{alignment.support.context} {alignment.support.quote}")]
    for words in quoted(alignment.text):
        for part in re.split(r"\s*(?:…|\.\.\.|\[[^\]]*\])\s*", words):
            if plain(part) and not any(_holds(text, plain(part)) for text in held):
                return fail("quote", f"the words “{words}” are not in the evidence")
    return None


def _holds(text: str, words: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(words)}(?!\w)", text) is not None
