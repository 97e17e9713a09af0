"""Quotations: find quoted text, and normalise text for exact comparison."""

import re

from index.words import fold

QUOTATION = re.compile(
    r"[“\"«]([^“”\"»]+)[”\"»]|„([^„“”]+)[“”]|[「『]([^「」『』]+)[」』]|(?<!\w)[‘']([^‘’']{12,}?)[’'](?!\w)"
)

DOUBLE_MARKS = frozenset('“”"')
PAIRED_MARKS = (("“", "”"), ("(", ")"), ("[", "]"))
"""Opening and closing marks of which a stretch of text has both or none."""


def quoted(text: str) -> list[str]:
    """Return every quoted passage; single quotation marks only count around 12 characters or more."""
    return ["".join(found) for found in QUOTATION.findall(text)]


def plain(text: str) -> str:
    """Normalise text: fold case, accents and white space, drop quotation marks and outer punctuation, keep words."""
    words = re.sub(r"[\"“”«»„「」『』]", "", fold(text))
    return " ".join(words.split()).strip(" .,;:!?…。，、！？")


def quoted_share(text: str) -> float:
    """Return the share of the characters of a text that are inside quotation marks."""
    inside, count = False, 0
    for character in text:
        if character in DOUBLE_MARKS:
            inside = not inside if character == '"' else character == "“"
        count += inside
    return count / max(1, len(text))
