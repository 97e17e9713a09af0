"""Default title of a brief: its topic on one line, with the capitals that the cited articles use."""

import re
import textwrap
from collections import Counter
from collections.abc import Iterable

from index.words import FUNCTION_WORDS
from service.library.titles import MAX_TITLE_CHARACTERS

WORD = re.compile(r"[^\W\d_][\w’'-]*")
AFTER_SENTENCE = re.compile(r"(?:^|[.!?:“\"(]\s*)$")
"""What stands before a word that any sentence would begin with a capital."""


def default_title(topic: str, quotes: Iterable[str]) -> str:
    """Return the title of a brief on a topic.

    Words typed in small letters, or a topic all in capitals, are spelled as most of the quotations spell them.
    """
    plain = " ".join(topic.split()).rstrip(" .,;:") or " ".join(topic.split())
    shouted = plain.isupper() and len(plain.split()) > 1
    spelled = _spellings(quotes)

    def spell(word: re.Match[str]) -> str:
        typed = word.group()
        if not (shouted or typed.islower()) or typed.casefold() in FUNCTION_WORDS:
            return typed.lower() if shouted else typed
        return spelled.get(typed.casefold(), typed.lower() if shouted else typed)

    title = WORD.sub(spell, plain)
    title = f"{title[:1].upper()}{title[1:]}"
    # Cut within a word only where the first one is too long already.
    shortened = textwrap.shorten(title, MAX_TITLE_CHARACTERS, placeholder="…")
    return shortened if len(shortened) > 1 or len(title) == 1 else f"{title[: MAX_TITLE_CHARACTERS - 1]}…"


def _spellings(quotes: Iterable[str]) -> dict[str, str]:
    """Return the most frequent spelling of each word that stands within a sentence, by the word in small letters."""
    counts: dict[str, Counter[str]] = {}
    for quote in quotes:
        for word in WORD.finditer(quote):
            if not AFTER_SENTENCE.search(quote[: word.start()]):
                counts.setdefault(word.group().casefold(), Counter())[word.group()] += 1
    return {word: forms.most_common(1)[0][0] for word, forms in counts.items()}
