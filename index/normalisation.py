"""Unicode normalisation for matching: composed letters, plain hyphens and spaces, no invisible characters.

The text itself is never changed: every offset in the normalised text maps back to the original.
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

INVISIBLE = frozenset(
    "\u00ad\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
)
"""Soft hyphen, zero-width characters and direction marks: they are seen by nobody and part no words."""
HYPHENS = frozenset("\u2010\u2011\u2043\ufe63\uff0d")
"""Characters that look like the hyphen; dashes are left, because they part words."""
LIGATURES = range(0xFB00, 0xFB07)
UNSPACED = (
    "\u3005\u3007\u3040-\u309f\u30a0-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
"""Han, hiragana and katakana: scripts that write no spaces between words."""
UNSPACED_RUN = re.compile(rf"[{UNSPACED}]+")
UNSPACED_PAIR = re.compile(rf"[{UNSPACED}]{{1,2}}")
NEEDS_WORK = re.compile(
    "[^\x00-\x9f\xa1-\xac\xae-\u02ff\u0370-\u0482\u048a-\u0590\u05be\u05d0-\u0603\u0620-\u064a\u0660-\u066f"
    "\u2012-\u2027\u2030-\u2042\u2044-\u205e\u20a0-\u20cf\u2100-\u2bff\u3001-\u3029\u3030-\u3098\u309b-\ud7a3]"
)
"""Anything that normalisation may change, or is too rare to list."""


class Normalised(NamedTuple):
    """Normalised text with the offset of each of its characters in the original."""

    text: str
    offsets: Sequence[int]
    """One more than the text has characters: the last one is the length of the original."""


def normalise(text: str) -> Normalised:
    """Compose letters (NFC), write hyphens, spaces and ligatures plainly, and drop invisible characters."""
    if not NEEDS_WORK.search(text):
        return Normalised(text, range(len(text) + 1))
    characters: list[str] = []
    offsets: list[int] = []
    start = 0
    while start < len(text):
        end = start + 1
        while end < len(text) and (unicodedata.combining(text[end]) or "\u1160" <= text[end] <= "\u11ff"):
            end += 1
        for character in _plain(text[start:end]):
            characters.append(character)
            offsets.append(start)
        start = end
    return Normalised("".join(characters), [*offsets, len(text)])


def _plain(cluster: str) -> str:
    if cluster in INVISIBLE:
        return ""
    if cluster in HYPHENS:
        return "-"
    if ord(cluster[0]) in LIGATURES:
        return unicodedata.normalize("NFKC", cluster)
    if len(cluster) == 1 and cluster.isspace() and cluster not in "\t\n\r\x0b\x0c\x1c\x1d\x1e\x1f\x85\u2028\u2029":
        return " "
    return unicodedata.normalize("NFC", cluster)


def word_count(text: str) -> int:
    """Return the number of words, of unspaced scripts of pairs of characters."""
    return len(UNSPACED_PAIR.sub(" x ", text).split()) if UNSPACED_RUN.search(text) else len(text.split())


def bigrams(text: str) -> str:
    """Write each run of an unspaced script as its overlapping pairs of characters, parted by spaces."""
    return UNSPACED_RUN.sub(lambda run: f" {' '.join(_pairs(run.group()))} ", text)


def _pairs(run: str) -> list[str]:
    return [run[i : i + 2] for i in range(len(run) - 1)] or [run]
