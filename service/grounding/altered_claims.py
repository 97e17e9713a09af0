"""Altered claims: copies of a claim with one word exchanged for another word of its premise.

A claim whose copies are carried as well as it is was not really read. The method is DetectGPT's (Mitchell et al. 2023,
arXiv 2301.11305): a text is compared with perturbed copies of itself.
"""

import re
from collections.abc import Iterator
from random import Random

from index.words import content_words, stems

MAX_ALTERED = 8
"""Maximum number of copies."""
WORD = re.compile(r"\w[\w'’.,-]*\w|\w")


def altered_claims(claim: str, premise: str) -> list[str]:
    """Return copies of a claim, each with one content word exchanged for one of the premise that the claim lacks.

    Figures take the place of figures, and capitalised words that of capitalised ones. The choice depends on the claim
    alone, so that the same claim has the same copies.
    """
    random = Random(claim)
    lacking: dict[str, list[str]] = {}
    own = stems(claim)
    for word in dict.fromkeys(each.group() for each in _content(premise)):
        if not stems(word) & own:
            lacking.setdefault(_shape(word), []).append(word)
    places = list(_content(claim))
    random.shuffle(places)
    return [
        claim[: each.start()] + random.choice(words) + claim[each.end() :]
        for each in places[:MAX_ALTERED]
        if (words := lacking.get(_shape(each.group())))
    ]


def _content(text: str) -> Iterator[re.Match[str]]:
    return (each for each in WORD.finditer(text) if content_words(each.group()))


def _shape(word: str) -> str:
    return "figure" if word[0].isdigit() else "name" if word[0].isupper() else "word"
