"""Newsroom edits: text transformations that outlets apply to agency copy, for near-duplicate test data."""

import random
from collections.abc import Callable, Mapping

from index.reading.layout import paragraphs
from index.sentences import split_sentences

REWORDED_EVERY = 12
"""Average distance, in words, between the changes of a light rewording."""
REPLACEMENTS = dict(
    pair.split("=")
    for pair in (
        "said=stated told=informed also=too about=around after=following but=yet because=since many=numerous "
        "before=prior_to will=is_going_to would=might big=large show=reveal shows=reveals people=persons "
        "however=still while=whereas like=such_as several=some during=in help=assist use=employ used=employed "
        "get=obtain made=produced make=produce says=states company=firm new=fresh first=initial year=twelvemonth"
    ).split()
)
DATELINES = ("NORWICK", "Port Ellery, March 3", "WESTMARK (Reuters)", "Calder Bay, Nov 12 (AFP)")
HEADLINES = (
    "What we know so far",
    "Explained: the story behind the story",
    "Live updates and reactions from both sides",
)

Edit = Callable[[str, str, random.Random], str]
"""Takes the article text, the text of another article to borrow from, and a random generator."""


def cut(text: str, donor: str, rng: random.Random) -> str:
    """Keep the first third to three quarters of the sentences."""
    sentences = _sentences(text)
    return " ".join(sentences[: max(2, round(len(sentences) * rng.uniform(0.34, 0.75)))])


def headline(text: str, donor: str, rng: random.Random) -> str:
    """Put another headline above the text."""
    return f"{rng.choice(HEADLINES)}\n\n{text}"


def paragraph(text: str, donor: str, rng: random.Random) -> str:
    """Insert a paragraph from the other article, up to half as long as the text."""
    own, sentences = _sentences(text), _sentences(donor)
    taken: list[str] = []
    while sentences and len(" ".join([*taken, sentences[0]])) <= len(text) / 2:
        taken.append(sentences.pop(0))
    where = rng.randrange(1, len(own) + 1)
    return "\n\n".join(" ".join(part) for part in (own[:where], taken, own[where:]) if part)


def dateline(text: str, donor: str, rng: random.Random) -> str:
    """Put another dateline in front of the text."""
    return f"{rng.choice(DATELINES)} — {text}"


def reworded(text: str, donor: str, rng: random.Random) -> str:
    """Replace common words by synonyms; where there are too few of them, delete lower-case words."""
    done, since = [], rng.randrange(REWORDED_EVERY)
    for word in text.split():
        since += 1
        if word in REPLACEMENTS and since >= REWORDED_EVERY / 3:
            done.append(REPLACEMENTS[word].replace("_", " "))
            since = 0
        elif since >= REWORDED_EVERY and word.isalpha() and word.islower():
            since = 0
        else:
            done.append(word)
    return " ".join(done)


def reordered(text: str, donor: str, rng: random.Random) -> str:
    """Move the last sentences to the front."""
    sentences = _sentences(text)
    where = rng.randrange(1, len(sentences)) if len(sentences) > 1 else 0
    return " ".join([*sentences[where:], *sentences[:where]])


def _after(first: Edit, second: Edit) -> Edit:
    return lambda text, donor, rng: second(first(text, donor, rng), donor, rng)


EDITS: Mapping[str, Edit] = {
    "cut": cut,
    "new headline": headline,
    "added paragraph": paragraph,
    "other dateline": dateline,
    "light rewording": reworded,
    "other order": reordered,
    "cut + reworded": _after(cut, reworded),
    "cut + added paragraph": _after(cut, paragraph),
    "reworded + headline + dateline": _after(_after(reworded, dateline), headline),
    "reworded + added paragraph": _after(reworded, paragraph),
}


def _sentences(text: str) -> list[str]:
    return [span.of(text) for paragraph in paragraphs(text) for span in split_sentences(text, paragraph)]
