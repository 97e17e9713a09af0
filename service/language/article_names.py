"""Whom an article means by a name: by a surname, once it has told the whole name, and by an alias that it explains."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache

from index.types import Record
from index.words import FUNCTION_WORDS, fold
from service.language.aliases import name_run
from service.language.lexicon import transliterated
from service.language.parsing import Parsed, Word

ABBREVIATED = r"(?:Gen|Col|Maj|Capt|Lt|Sgt|Adm|Dr|Mr|Mrs|Ms|Prof|Rep|Sen|Gov|Hon|Rev|St)\."
CAPITALISED = (
    rf"(?<!\w)(?:(?:al|el|ul|ibn|bin|de|da|van|von)[- ])?(?:{ABBREVIATED}|[^\W\d_a-z](?:\.|[\w'’-]{{0,40}}(?!\w)))"
)
NAME = rf"{CAPITALISED}(?:\s(?:of\s(?:the\s)?|for\s|and\s)?{CAPITALISED}){{0,7}}"
RUN = re.compile(rf"{CAPITALISED}(?:\s{CAPITALISED})*")
SAME_AS = (
    r",?\s\(?(?:(?:who|which)\s(?:is|was)\s)?(?:(?:also|better|otherwise)\s(?:known\sas|called)|a\.?k\.?a\.?|alias"
    r"|(?:who\s)?(?:also\s)?(?:goes|went)\sby(?:\sthe\sname(?:\sof)?)?)\s"
)
ALIAS = re.compile(rf"(?P<one>{NAME}){SAME_AS}[“\"‘]?(?P<other>{NAME})")
SHORT = re.compile(rf"(?P<one>{NAME})\s\((?P<other>[A-Z][A-Za-z.-]{{1,9}})\)")
PLACE = re.compile(rf"\b(?:[Ii]n|[Aa]cross|[Tt]hroughout|[Ii]nto|[Ii]nside|[Nn]ear|[Aa]round)\s({CAPITALISED})")
TITLES = frozenset(
    "mr mrs ms miss mx dr prof professor sir dame lord lady baron baroness king queen prince princess pope saint st "
    "president vice premier prime minister chancellor secretary senator representative congressman congresswoman "
    "governor mayor ambassador judge justice attorney general colonel major captain lieutenant sergeant corporal "
    "marshal field admiral commander chief chairman chairwoman director rev reverend bishop archbishop cardinal imam "
    "sheikh mullah maulana mufti ayatollah rabbi gen col maj capt lt sgt adm rep sen gov hon".split()
)
"""What stands before a surname without being a first name."""
PARTS = frozenset(
    "north south east west northern southern eastern western northeast northwest southeast southwest central upper "
    "lower inner outer greater great little new old mid latin sub".split()
)
"""What stands before a place's name and makes it another place."""
MOST_CHARACTERS = 200_000
"""What is read of one article."""


class KnownNames(Record):
    """The names that one article explains, folded."""

    whole: frozenset[tuple[str, ...]] = frozenset()
    """People's names of two words or more, by which it means the same as by the last word alone."""
    one: tuple[frozenset[str], ...] = ()
    """Names that it says are one."""


@lru_cache(maxsize=512)
def known_names(text: str) -> KnownNames:
    """What an article's text shows of its names; where two share a surname, that surname says nobody."""
    text = " ".join(text[:MOST_CHARACTERS].split())
    return KnownNames(whole=frozenset(_people(text)), one=tuple(_aliases(text)))


def meant_by(word: Word, claim: Parsed, evidence: Parsed, known: KnownNames) -> Iterator[int]:
    """Where the evidence has the surname, or the other name, of whom the claim's name names."""
    run = _folded(name_run(claim, word.index))
    if len(run) > 1 and any(_holds(whole, run) for whole in known.whole):
        for other in evidence.words:
            alone = [part for part in _folded(name_run(evidence, other.index)) if part not in TITLES]
            surname = len(alone) == 1 and (alone[0] == run[-1] or transliterated(alone[0], run[-1]))
            if surname and other.text[:1].isupper() and not _determined(evidence, other):
                yield other.index
    named = " ".join(run)
    for names in known.one:
        if named in names:
            for other in evidence.words:
                if other.text[:1].isupper() and " ".join(_folded(name_run(evidence, other.index))) in names - {named}:
                    yield other.index


def _people(text: str) -> Iterator[tuple[str, ...]]:
    before: dict[str, set[str]] = defaultdict(set)
    first: dict[str, int] = {}
    alone: dict[str, int] = {}
    runs: list[tuple[str, ...]] = []
    places = {fold(found[1]) for found in PLACE.finditer(text)}
    for found in RUN.finditer(text):
        run = _folded(found.group().split())
        if not run:
            continue
        surname = run[-1]
        if len([part for part in run if part not in TITLES]) > 1:
            before[surname].add(run[-2])
            first.setdefault(surname, found.start())
            runs.append(run)
        else:
            alone.setdefault(surname, found.start())
    for run in runs:
        surname, names = run[-1], before[run[-1]] - TITLES
        told_first = first[surname] < alone.get(surname, len(text))
        if len(names) == 1 and told_first and not names & PARTS and surname not in places:
            yield run


def _aliases(text: str) -> Iterator[frozenset[str]]:
    for pattern in (ALIAS, SHORT):
        for found in pattern.finditer(text):
            one, other = (" ".join(_folded(found[group].split())) for group in ("one", "other"))
            if one and other and one != other and (pattern is ALIAS or _spells(other, one)):
                yield frozenset({one, other})


def _spells(short: str, long: str) -> bool:
    """Whether the letters of the short form stand in the long one in order, the first at its beginning.

    After Schwartz and Hearst, A simple algorithm for identifying abbreviation definitions (2003).
    """
    letters = iter(long)
    return short[:1] == long[:1] and all(letter in letters for letter in short if letter.isalnum())


def _folded(run: Iterable[str]) -> tuple[str, ...]:
    """Without a beginning or an end that only grammar put there."""
    parts = [fold(part).removesuffix("'s").strip(".'-") for part in run]
    while parts and parts[0] in FUNCTION_WORDS:
        parts.pop(0)
    return tuple(part for part in parts if part)


def _holds(whole: tuple[str, ...], run: tuple[str, ...]) -> bool:
    named = tuple(part for part in run if part not in TITLES)
    return whole[-len(named) :] == named and set(run) <= set(whole)


def _determined(sentence: Parsed, word: Word) -> bool:
    """Whether an article stands before it: "the Bank" is told what it is by its words, and no person."""
    return any(sentence.words[i].pos == "DET" for i in sentence.children[word.index])
