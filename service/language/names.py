"""Name spans: runs of capitalised words with the connectives inside them ("Bank of England", "Rio-Niterói")."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from index.words import FUNCTION_WORDS
from service.language.parsing import Parsed, Word

ABBREVIATED_TITLE = r"(?:Gen|Col|Maj|Capt|Lt|Sgt|Adm|Dr|Mr|Mrs|Ms|Prof|Rep|Sen|Gov|Hon|Rev|St)\."
CAPITALISED = (
    r"(?<!\w)(?:(?:al|el|ul|ibn|bin|de|da|van|von)[- ])?"
    rf"(?:{ABBREVIATED_TITLE}|[^\W\d_a-z](?:\.|[\w'’-]{{0,40}}(?!\w)))"
)
NAME = rf"{CAPITALISED}(?:\s(?:of\s(?:the\s)?|for\s|and\s)?{CAPITALISED}){{0,7}}"
"""A name in unparsed text, connectives included, so that it matches organisations too."""
NAME_RUN = re.compile(rf"{CAPITALISED}(?:\s{CAPITALISED})*")
"""A name in unparsed text without connectives: a person's name with titles."""
TITLES = frozenset(
    "mr mrs ms miss mx dr prof professor sir dame lord lady baron baroness king queen prince princess pope saint st "
    "president vice premier prime minister chancellor secretary senator representative congressman congresswoman "
    "governor mayor ambassador judge justice attorney general colonel major captain lieutenant sergeant corporal "
    "marshal field admiral commander chief chairman chairwoman director rev reverend bishop archbishop cardinal imam "
    "sheikh mullah maulana mufti ayatollah rabbi gen col maj capt lt sgt adm rep sen gov hon".split()
)
"""Words before a surname that are not first names."""
MAX_INITIALS = 4
"""Maximum length of initials before a surname."""
HYPHENS = "-–"
CONNECTIVES = frozenset("of e the for al ul".split())


def name_spans(
    is_name: Sequence[bool], connects: Sequence[bool] = (), gaps: Collection[int] = (0,)
) -> Iterator[tuple[int, int]]:
    """Yield the first and last position of each run of names.

    Args:
        is_name: for each word, whether it is a name by itself.
        connects: for each word, whether it may join two words of one name ("of", a hyphen).
        gaps: how many connecting words may be between two names; tried in this order.
    """
    start = 0
    while start < len(is_name):
        if not is_name[start]:
            start += 1
            continue
        end = start
        while (following := _following(is_name, connects, gaps, end)) is not None:
            end = following
        yield start, end
        start = end + 1


def _following(is_name: Sequence[bool], connects: Sequence[bool], gaps: Collection[int], end: int) -> int | None:
    for gap in gaps:
        following = end + gap + 1
        if following < len(is_name) and is_name[following] and all(connects[end + 1 : following]):
            return following
    return None


def full_name(text: str, name: str) -> str:
    """Return the fullest words of an article for somebody of whom only the surname is given, if one person has it."""
    if len([word for word in name.split() if word.casefold().strip(".") not in TITLES]) != 1:
        return name
    return (_full_names(text, name.split()[-1]) if name[:1].isupper() else None) or name


@lru_cache(maxsize=64)
def _full_names(text: str, surname: str) -> str | None:
    """Return the first run of capitalised words that ends with a surname, if all of them have one first name.

    A run that may begin with words before the name comes last.
    """
    firsts = first_names(text, surname)
    found = [run for run in _runs(text) if run.words[-1] == surname and frozenset(run.words[-2:-1]) == firsts]
    return " ".join(min(found, key=lambda run: run.is_doubtful).words) if len(firsts) == 1 else None


def first_names(text: str, surname: str) -> frozenset[str]:
    """Return the words before a surname in an article that are no titles: the first names of all who have it."""
    before = (run.words[-2] for run in _runs(text) if len(run.words) > 1 and run.words[-1] == surname)
    return frozenset(word for word in before if word.casefold().strip(".") not in TITLES and not _is_label(word))


@dataclass(frozen=True)
class _Run:
    words: tuple[str, ...]
    is_doubtful: bool
    """Whether its first word may stand before the name: inside a sentence ("for Cuba Ann Voss"), or in capitals."""


@lru_cache(maxsize=64)
def _runs(text: str) -> tuple[_Run, ...]:
    return tuple(run for run in map(_run, NAME_RUN.finditer(text)) if run.words)


def _run(found: re.Match[str]) -> _Run:
    """Return a run without an opening function word, the end of an abbreviation ("U.S. Mayor") and a possessive."""
    words = without_opening(found.group()).split()
    before = found.string[: found.start()]
    if words and before.endswith(".") and words[0].endswith("."):
        words = words[1:]
    if len(words) > 1 and words[0].endswith(("'s", "’s")):
        words = words[1:]
    is_inside = before.endswith(" ") and before.rstrip()[-1:].islower()
    return _Run(tuple(words), len(words) > 2 and (is_inside or _is_label(words[0])))


def _is_label(word: str) -> bool:
    """Whether a word is all in capitals, and more than initials."""
    return word.isupper() and len(word) > MAX_INITIALS


def is_named(words: str) -> bool:
    """Whether words are a name, or have one as apposition; a mere description may be of somebody named elsewhere."""
    parts = words.split(", ")
    return any(re.fullmatch(NAME, part) and part.split()[0].casefold() not in FUNCTION_WORDS for part in parts)


def without_opening(run: str) -> str:
    """Return a run of capitalised words without the function word that opens its sentence ("Each Powerball")."""
    words = run.split()
    return " ".join(words[1:] if words[0].casefold() in FUNCTION_WORDS else words)


def name_containing(sentence: Parsed, index: int) -> tuple[str, ...]:
    """Return the words of the name around a word: adjacent capitalised words with any connectives between them.

    Connectives before the first capital are included when another word precedes them ("member of Parliament").
    """
    return _names_around(sentence)[index]


@lru_cache(maxsize=2048)
def _names_around(sentence: Parsed) -> tuple[tuple[str, ...], ...]:
    """Return the name around each word; cached, since it is needed for every pair of claim and evidence words."""
    inside = _inside_names(sentence)
    found = []
    for index in range(len(inside)):
        start = end = index
        while start > 0 and inside[start - 1]:
            start -= 1
        while end + 1 < len(inside) and inside[end + 1]:
            end += 1
        found.append(tuple(word.text for word in sentence.words[start : end + 1] if word.text not in HYPHENS))
    return tuple(found)


def _inside_names(sentence: Parsed) -> tuple[bool, ...]:
    words = sentence.words
    return tuple(word.text[:1].isupper() or _connects_to_name(words, word.index) for word in words)


def _connects_to_name(words: Sequence[Word], index: int) -> bool:
    before = after = index
    while before >= 0 and _is_connective(words[before]):
        before -= 1
    while after < len(words) and _is_connective(words[after]):
        after += 1
    between = before < index < after and before >= 0 and after < len(words)
    return between and words[before].pos != "PUNCT" and words[after].text[:1].isupper()


def _is_connective(word: Word) -> bool:
    return word.text in HYPHENS or word.folded in CONNECTIVES
