"""Word normalisation for retrieval and the gate: folds case and accents, stems, and drops function words."""

import re
import threading
import unicodedata
from functools import lru_cache
from pathlib import Path

import snowballstemmer

from index.normalisation import bigrams, normalise

NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
WORD = re.compile(r"\w+(?:[.,]\d+)*(?:['’]\w+)?", re.UNICODE)
# A closed list of English function words (stop words).
FUNCTION_WORDS = frozenset(Path(__file__).with_name("function_words.txt").read_text(encoding="utf-8").split())
NUMERALS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
"""Numerals below twenty; the index of each is its value."""
VOICING = frozenset("\u3099\u309a")
"""Marks of the kana, which are no accents: without them other syllables are meant."""


class _Stemmer(threading.local):
    """A stemmer for each thread: it holds the word that it is at, so that one for all gives wrong stems and errors."""

    def __init__(self) -> None:
        self.english = snowballstemmer.stemmer("english")


_stemmer = _Stemmer()


def fold(text: str) -> str:
    """Case-fold, strip accents and compatibility forms (NFKD), and replace typographic marks by ASCII."""
    if text.isascii():
        return text.lower()
    plain = normalise(text).text.replace("’", "'").replace("‘", "'").replace("“", '"').replace("”", '"')
    plain = plain.replace("–", "-").replace("—", "-").replace("−", "-")
    if plain.isascii():
        return plain.lower()
    decomposed = unicodedata.normalize("NFKD", plain)
    return unicodedata.normalize("NFC", NOT_ASCII.sub(_without_accents, decomposed)).casefold()


def _without_accents(run: re.Match[str]) -> str:
    return "".join(c for c in run.group() if c in VOICING or not unicodedata.combining(c))


def words(text: str) -> list[str]:
    """Return the folded words in order, without possessive endings; of unspaced scripts pairs of characters."""
    return [word.removesuffix("'s").rstrip("'") for word in WORD.findall(bigrams(fold(text)))]


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """Return the stem of a folded word (Porter2, the English Snowball stemmer)."""
    return str(_stemmer.english.stemWord(word))


@lru_cache(maxsize=16384)
def content_words(text: str) -> tuple[str, ...]:
    """Return the folded content words in order, deduplicated."""
    return tuple(dict.fromkeys(word for word in words(text) if carries_meaning(word)))


def carries_meaning(word: str) -> bool:
    """Whether a folded word is a content word: neither a function word nor a single letter."""
    return word not in FUNCTION_WORDS and len(word) > 1


def stems(text: str) -> frozenset[str]:
    """Return the stems of the content words."""
    return frozenset(stem(word) for word in content_words(text))
