"""Tokenisation of unparsed text: words and figures, folded, with a guess at which are names."""

import re
from functools import lru_cache

from index.normalisation import normalise
from index.types import Record
from index.words import FUNCTION_WORDS, fold

TOKEN = re.compile(r"[$€£₹]?\d+(?:[.,]\d+)*%?|\w+(?:['’]\w+)*(?:[-–]\w+)*", re.UNICODE)
SENTENCE_START = re.compile(r"^\W*\w+")


class Token(Record):
    """A word or figure of a sentence."""

    text: str
    """As written."""
    folded: str
    is_name: bool
    """Capitalised other than at the start of the sentence, or with a capital inside; never a function word."""


@lru_cache(maxsize=4096)
def tokenise(sentence: str) -> tuple[Token, ...]:
    """Split a sentence into tokens, in order; a hyphenated word is one token."""
    sentence = normalise(sentence).text
    opening = SENTENCE_START.match(sentence)
    first_end = opening.end() if opening else 0
    return tuple(_token(found, found.end() <= first_end) for found in TOKEN.finditer(sentence))


def _token(found: re.Match[str], opens: bool) -> Token:
    text = found.group()
    folded = fold(text).removesuffix("'s").rstrip("'")
    inner_capital = any(c.isupper() for c in text[1:])
    is_name = text[:1].isalpha() and (inner_capital or (text[:1].isupper() and not opens))
    return Token(
        text=text,
        folded=folded,
        is_name=is_name and folded not in FUNCTION_WORDS,
    )
