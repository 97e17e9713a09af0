"""Name aliases: match acronyms, surnames and the other names that an article gives for one person or organisation."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from index.types import Record
from index.words import FUNCTION_WORDS, fold
from service.language.lexicon import is_transliteration
from service.language.names import CAPITALISED, NAME, NAME_RUN, TITLES, name_containing
from service.language.parsing import Parsed, Word

COUNTRIES = (
    frozenset(
        {"us", "usa", "u.s", "u.s.", "u.s.a", "america", "american", "united states", "united states of america"}
    ),
    frozenset({"uk", "u.k", "u.k.", "britain", "british", "united kingdom", "great britain"}),
    frozenset({"uae", "u.a.e.", "emirates", "united arab emirates"}),
)
ORGANISATIONS = (
    frozenset({"un", "u.n", "u.n.", "united nations"}),
    frozenset({"eu", "e.u", "e.u.", "european union"}),
)
WELL_KNOWN = COUNTRIES + ORGANISATIONS
"""Short names that newspapers use without explaining them."""
ALSO_KNOWN_AS = (
    r",?\s\(?(?:(?:who|which)\s(?:is|was)\s)?(?:(?:also|better|otherwise)\s(?:known\sas|called)|a\.?k\.?a\.?|alias"
    r"|(?:who\s)?(?:also\s)?(?:goes|went)\sby(?:\sthe\sname(?:\sof)?)?)\s"
)
EXPLAINED_ALIAS = re.compile(rf"(?P<one>{NAME}){ALSO_KNOWN_AS}[“\"‘]?(?P<other>{NAME})")
BRACKETED_SHORT_FORM = re.compile(rf"(?P<one>{NAME})\s\((?P<other>[A-Z][A-Za-z.-]{{1,9}})\)")
PLACE_NAME = re.compile(rf"\b(?:[Ii]n|[Aa]cross|[Tt]hroughout|[Ii]nto|[Ii]nside|[Nn]ear|[Aa]round)\s({CAPITALISED})")
PLACE_MODIFIERS = frozenset(
    "north south east west northern southern eastern western northeast northwest southeast southwest central upper "
    "lower inner outer greater great little new old mid latin sub".split()
)
"""Words that turn a place name into the name of another place ("South Sudan"); they are not first names."""
MAX_CHARACTERS_READ = 200_000
"""Maximum number of characters of one article that are searched for aliases."""
MIN_INITIALS = 2
MAX_INITIALS = 6


def acronym_matches(word: Word, claim: Parsed, evidence: Parsed) -> Iterator[int]:
    """Yield the indices of evidence words that are the initials of the claim's name, or that the claim abbreviates."""
    run = name_containing(claim, word.index)
    well_known = any(_within(" ".join(run).casefold(), names) for names in WELL_KNOWN)
    for other in evidence.words:
        other_form = well_known and _is_well_known_pair(run, name_containing(evidence, other.index))
        if other_form or _initials_of(other.text, run, word.text):
            yield other.index
    for other in evidence.words:
        if other.text[:1].isupper() and _initials_of(word.text, name_containing(evidence, other.index), other.text):
            yield other.index


def _is_well_known_pair(one: Sequence[str], other: Sequence[str]) -> bool:
    ours, theirs = " ".join(one).casefold(), " ".join(other).casefold()
    return ours != theirs and any(_within(ours, names) and _within(theirs, names) for names in WELL_KNOWN)


def _within(run: str, names: frozenset[str]) -> bool:
    return run.removeprefix("the ") in names


def _initials_of(short: str, run: Sequence[str], word: str = "") -> bool:
    """Whether `short` is the initials of adjacent words in `run`, one of which must be `word` if it is given."""
    letters = short.replace(".", "").casefold()
    if not MIN_INITIALS <= len(letters) <= MAX_INITIALS or sum(c.isupper() for c in short) < MIN_INITIALS:
        return False
    parts = [part for each in run for part in each.split("-") if part]
    for kept in (parts, [part for part in parts if part[0].isupper()]):
        windows = (kept[start : start + len(letters)] for start in range(len(kept) - len(letters) + 1))
        if any(_begin_with(letters, w) and (not word or set(word.split("-")) & set(w)) for w in windows):
            return True
    return False


def _begin_with(letters: str, words: Sequence[str]) -> bool:
    """Whether the letters are the initials of the words; all-capitals words are acronyms and never match."""
    return "".join(word[0] for word in words).casefold() == letters and not any(word.isupper() for word in words)


class KnownNames(Record):
    """The names that one article explains, case-folded."""

    full_names: frozenset[tuple[str, ...]] = frozenset()
    """People's names of two words or more that the article repeats by surname alone."""
    aliases: tuple[frozenset[str], ...] = ()
    """Pairs of names that the article gives for the same person or thing."""


@lru_cache(maxsize=512)
def known_names(text: str) -> KnownNames:
    """Read the names that an article explains; a surname that two people share is left out as ambiguous."""
    text = " ".join(text[:MAX_CHARACTERS_READ].split())
    return KnownNames(full_names=frozenset(_people(text)), aliases=tuple(_aliases(text)))


def alias_matches(word: Word, claim: Parsed, evidence: Parsed, known: KnownNames) -> Iterator[int]:
    """Yield the indices of evidence words that are the surname or an alias of the person or thing the claim names."""
    run = _folded(name_containing(claim, word.index))
    if len(run) > 1 and any(_is_short_for(run, full_name) for full_name in known.full_names):
        yield from _surname_matches(run[-1], evidence)
    name = " ".join(run)
    for names in known.aliases:
        for other in evidence.words if name in names else ():
            found = " ".join(_folded(name_containing(evidence, other.index)))
            if other.text[:1].isupper() and found in names - {name}:
                yield other.index


def _surname_matches(surname: str, evidence: Parsed) -> Iterator[int]:
    """Yield the indices of words that are this surname, in any transliteration, without a first name."""
    for word in evidence.words:
        alone = [part for part in _folded(name_containing(evidence, word.index)) if part not in TITLES]
        matches = len(alone) == 1 and (alone[0] == surname or is_transliteration(alone[0], surname))
        if matches and word.text[:1].isupper() and not _has_determiner(evidence, word):
            yield word.index


def _people(text: str) -> Iterator[tuple[str, ...]]:
    preceding: dict[str, set[str]] = defaultdict(set)
    first: dict[str, int] = {}
    alone: dict[str, int] = {}
    runs: list[tuple[str, ...]] = []
    places = {fold(found[1]) for found in PLACE_NAME.finditer(text)}
    for found in NAME_RUN.finditer(text):
        run = _folded(found.group().split())
        if not run:
            continue
        surname = run[-1]
        if len([part for part in run if part not in TITLES]) > 1:
            preceding[surname].add(run[-2])
            first.setdefault(surname, found.start())
            runs.append(run)
        else:
            alone.setdefault(surname, found.start())
    for run in runs:
        surname, first_names = run[-1], preceding[run[-1]] - TITLES
        introduced = first[surname] < alone.get(surname, len(text))
        if len(first_names) == 1 and introduced and not first_names & PLACE_MODIFIERS and surname not in places:
            yield run


def _aliases(text: str) -> Iterator[frozenset[str]]:
    for pattern in (EXPLAINED_ALIAS, BRACKETED_SHORT_FORM):
        for found in pattern.finditer(text):
            one, other = (" ".join(_folded(found[group].split())) for group in ("one", "other"))
            if one and other and one != other and (pattern is EXPLAINED_ALIAS or _abbreviates(other, one)):
                yield frozenset({one, other})


def _abbreviates(short: str, long: str) -> bool:
    """Whether the letters of the short form occur in the long form in order, both starting with the same letter.

    Source: Schwartz and Hearst, A simple algorithm for identifying abbreviation definitions (2003).
    """
    letters = iter(long)
    return short[:1] == long[:1] and all(letter in letters for letter in short if letter.isalnum())


def _folded(run: Iterable[str]) -> tuple[str, ...]:
    """Return the folded words of a name, without leading function words and the possessive ending."""
    parts = [fold(part).removesuffix("'s").strip(".'-") for part in run]
    while parts and parts[0] in FUNCTION_WORDS:
        parts.pop(0)
    return tuple(part for part in parts if part)


def _is_short_for(run: tuple[str, ...], full_name: tuple[str, ...]) -> bool:
    untitled = tuple(part for part in run if part not in TITLES)
    return full_name[-len(untitled) :] == untitled and set(run) <= set(full_name)


def _has_determiner(sentence: Parsed, word: Word) -> bool:
    """Whether a word has a determiner: "the Bank" is not a person's surname."""
    return any(sentence.words[i].pos == "DET" for i in sentence.children[word.index])
