"""Speaker names: the full name and role that an article gives a speaker, and which speakers are the same."""

import re

from index.search.scored_sentence import ScoredSentence
from service.briefing.decontextualisation import is_statement
from service.language.date_expressions import date_expressions
from service.language.names import NAME_RUN, TITLES
from service.language.names import full_name as full_name_in
from service.language.parsing import parse

ROLE_AFTER = r",\s+(?P<role>(?:an?|the|who)\s[^.;:“”\"()]{3,90}?)(?:,|\.(?:\s|$)|;|\n)"
MAX_ROLE_WORDS = 14
TRAILING_PREPOSITION = re.compile(r"[\s,]+(?:(?:late|early|earlier)\s+)?(?:on|in|at|this|last)?\s*$", re.IGNORECASE)


def without_time(phrase: str) -> str:
    """Return the words for a speaker without the day on which they spoke ("the minister on Friday")."""
    found = date_expressions(phrase)
    return TRAILING_PREPOSITION.sub("", phrase[: found[0].start]).strip(" ,") if found else phrase


def name_words(phrase: str) -> tuple[str, ...]:
    """Return the words of the name that is the head of a phrase, without titles; empty where the head is no name."""
    words = parse(phrase).words
    root = next((word for word in words if word.dep == "ROOT"), None)
    if root is None or not (root.is_name or root.pos == "PROPN"):
        return ()
    run = next((run for run in NAME_RUN.finditer(phrase) if run.start() <= root.start < run.end()), None)
    found = run.group().split() if run else [root.text]
    if len(found) > 1 and words[0].pos in ("DET", "ADP") and found[0] == words[0].text:
        found = found[1:]
    return tuple(
        word.removesuffix("’s").removesuffix("'s") for word in found if word.casefold().strip(".") not in TITLES
    )


def is_same_name(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether two names end alike: in the surname if one has no more ("McMullen"), else in first name and surname."""
    shared = min(len(one), len(other), 2)
    return shared > 0 and one[-shared:] == other[-shared:]


def full_name(phrase: str, sentence: ScoredSentence) -> str:
    """Return the fullest words of the article for a speaker whom a sentence only gives a surname; else the phrase."""
    own = name_words(phrase)
    if len(own) != 1 or len(phrase.split()) > 2:
        return phrase
    found = full_name_in(sentence.article.text, own[0])
    return phrase if found == own[0] else found


def role_of(name: str, sentence: ScoredSentence) -> str | None:
    """Return the role that the article puts behind a name: "an analyst at Telsey" in "Joseph Feldman, an analyst …"."""
    words = name_words(name)
    if not words:
        return None
    found = re.search(re.escape(" ".join(words)) + ROLE_AFTER, sentence.article.text)
    role = " ".join(found["role"].split()) if found else ""
    is_role = 1 < len(role.split()) <= MAX_ROLE_WORDS and not role.startswith("who ")
    # "For Biden, the trip was a duty" has a statement behind the name, and no role.
    return role if is_role and not is_statement(parse(role)) else None
