"""Quotations in a text, and text folded for a comparison to the letter."""

import re

from index.words import fold

QUOTATION = re.compile(r"[“\"«]([^“”\"»]+)[”\"»]|(?<!\w)[‘']([^‘’']{12,}?)[’'](?!\w)")


def quoted(text: str) -> list[str]:
    """Everything that stands in quotation marks, single ones only round a phrase."""
    return [double or single for double, single in QUOTATION.findall(text)]


def plain(text: str) -> str:
    """Unicode, quotation marks and white space folded; letter case and every word kept."""
    words = re.sub(r"[\"“”«»]", "", fold(text))
    return " ".join(words.split()).strip(" .,;:!?…")
