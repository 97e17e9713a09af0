"""Judged language: whether a text is in English, the only language whose meaning is compared."""

import re

from index.normalisation import UNSPACED_RUN, normalise
from index.words import FUNCTION_WORDS, fold

LETTER = re.compile(r"[^\W\d_]")
LATIN = re.compile(r"[A-Za-zÀ-ɏḀ-ỿ]")
FOREIGN_FUNCTION_WORDS = frozenset(
    "der die das und nicht ist ein eine dem den mit auf wurde wird sich von zu im "
    "le la les des une est et dans pour qui pas sur avec du au ont que el los las por con para se del "
    "il che di per non nel della sono da em um uma os nao foi het een van niet zijn".split()
)
"""Commonest function words of German, French, Spanish, Italian, Portuguese and Dutch, folded."""
MIN_FOREIGN_WORDS = 2
NOT_JUDGED = "Footnote judges only English; text in another language is found and quoted by its words alone."


def is_judged(text: str) -> bool:
    """Whether a text is in Latin letters, and has not more function words of another language than of English."""
    letters = LETTER.findall(normalise(text).text)
    latin = sum(bool(LATIN.match(each)) for each in letters)
    # A character of an unspaced script is half a word, a letter is a fifth.
    if latin < sum(3 if UNSPACED_RUN.match(each) else 1 for each in letters) - latin:
        return False
    words = set(re.findall(r"\w+", fold(text)))
    foreign = words & FOREIGN_FUNCTION_WORDS
    return len(foreign) < MIN_FOREIGN_WORDS or len(foreign) <= len(words & FUNCTION_WORDS)
