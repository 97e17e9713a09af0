"""Words as retrieval and the gate compare them: folded, stemmed, without function words."""

import re
import unicodedata
from functools import lru_cache
from pathlib import Path

import snowballstemmer

WORD = re.compile(r"\w+(?:[.,]\d+)*(?:['’]\w+)?", re.UNICODE)
# A closed list: the words of English grammar, which say how things are related and not what is talked about.
FUNCTION_WORDS = frozenset(Path(__file__).with_name("function_words.txt").read_text(encoding="utf-8").split())
NUMERALS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
"""The numerals below twenty, each at its own value."""
_stemmer = snowballstemmer.stemmer("english")


def fold(text: str) -> str:
    """Lower case, compatibility forms and accents taken off, typographic marks made plain."""
    plain = text.replace("’", "'").replace("‘", "'").replace("“", '"').replace("”", '"')
    plain = plain.replace("–", "-").replace("—", "-").replace("−", "-").replace("\xa0", " ").replace("\xad", "")
    if plain.isascii():
        return plain.lower()
    decomposed = unicodedata.normalize("NFKD", plain)
    return "".join(c for c in decomposed if not unicodedata.combining(c)).casefold()


def words(text: str) -> list[str]:
    """Folded words in order, possessive endings dropped."""
    return [word.removesuffix("'s").rstrip("'") for word in WORD.findall(fold(text))]


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """The form under which inflections of a word meet (Porter's second stemmer)."""
    return str(_stemmer.stemWord(word))


@lru_cache(maxsize=16384)
def content_words(text: str) -> tuple[str, ...]:
    """Folded words that carry meaning, in order, each once."""
    return tuple(dict.fromkeys(word for word in words(text) if carries_meaning(word)))


def carries_meaning(word: str) -> bool:
    """Whether a folded word says what is talked about."""
    return word not in FUNCTION_WORDS and len(word) > 1


def stems(text: str) -> frozenset[str]:
    """Stems of the words that carry meaning."""
    return frozenset(stem(word) for word in content_words(text))
