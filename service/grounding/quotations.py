"""Words in quotation marks must be the article's own, to the letter."""

import re

from index.words import fold
from service.grounding.alignment import Alignment
from service.grounding.findings import Finding, fail

QUOTATION = re.compile(r"[“\"«]([^“”\"»]+)[”\"»]|(?<!\w)[‘']([^‘’']{12,}?)[’'](?!\w)")


def quoted(text: str) -> list[str]:
    """Everything that stands in quotation marks, single ones only round a phrase."""
    return [double or single for double, single in QUOTATION.findall(text)]


def plain(text: str) -> str:
    """Unicode, quotation marks and white space folded; letter case and every word kept."""
    words = re.sub(r"[\"“”«»]", "", fold(text))
    return " ".join(words.split()).strip(" .,;:!?…")


def quotations(laid: Alignment) -> Finding | None:
    """Each quotation of the claim stands word for word in the evidence or the sentence before it."""
    held = [plain(text) for text in (laid.support.quote, f"{laid.support.context} {laid.support.quote}")]
    for words in quoted(laid.text):
        for part in re.split(r"\s*(?:…|\.\.\.|\[[^\]]*\])\s*", words):
            if plain(part) and not any(_holds(text, plain(part)) for text in held):
                return fail("quote", f"the words “{words}” are not in the evidence")
    return None


def _holds(text: str, words: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(words)}(?!\w)", text) is not None
