"""Lexical equivalence: match inflections, derivations, close synonyms and variant forms of one name."""

from collections import defaultdict
from functools import cache, lru_cache
from pathlib import Path

from index.words import stem
from service.language.parsing import Word

# A short list of our own: a thesaurus such as WordNet has near-synonyms that are stronger, narrower or of another
# sense ("massacre" for "kill"), but words treated as equivalent must mean the same.
SYNONYMS = Path(__file__).with_name("synonyms.txt")
SUFFIXES = frozenset(
    " s es ed d e ing ion ions ation ations tion ment ments er ers or ors al als ance ence ant ent ity ive ly y ies "
    "ure ures ness ism ist ists ful ous ic ical ary ship hood able ible ian ians n i an ese ish".split(" ")
)
SHORT_STEM_SUFFIXES = frozenset(" s ed ing er ers".split(" "))
"""Suffixes that are safe on a stem one letter shorter than `MIN_SHARED_LETTERS` ("oust", "ouster")."""
DEMONYM_SUFFIXES = frozenset(" i n an ian ians is ns ese ish s".split(" "))
"""Suffixes that turn a place name into the name of its people ("Mali", "Malian")."""
MIN_SHARED_LETTERS = 5
"""Minimum length of the common prefix of two words of one word family."""
MIN_SHARED_LETTERS_OF_NAMES = 4
MIN_TRANSLITERATED_LETTERS = 6
"""Minimum length of the shorter spelling."""


@cache
def _synonym_groups() -> dict[str, frozenset[int]]:
    found: dict[str, set[int]] = defaultdict(set)
    lines = SYNONYMS.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(line for line in lines if line and not line.startswith("#")):
        for word in line.split():
            found[stem(word)].add(number)
    return {word: frozenset(numbers) for word, numbers in found.items()}


def equivalent(claim: Word, evidence: Word) -> bool:
    """Whether two words mean the same; a name only matches a name."""
    if claim.folded == evidence.folded:
        return True
    if claim.is_name or evidence.is_name:
        return equivalent_names(claim, evidence)
    return equivalent_words(claim.folded, claim.lemma, evidence.folded, evidence.lemma)


@lru_cache(maxsize=65536)
def equivalent_words(one: str, one_lemma: str, other: str, other_lemma: str) -> bool:
    """Whether two words that are not names share a stem, a synonym group or a word family."""
    ones, others = {stem(one), stem(one_lemma)}, {stem(other), stem(other_lemma)}
    if ones & others:
        return True
    groups = _synonym_groups()
    if any(groups.get(a, frozenset()) & groups.get(b, frozenset()) for a in ones for b in others):
        return True
    return _is_word_family(one, other, SUFFIXES)


def equivalent_names(claim: Word, evidence: Word) -> bool:
    """Whether two words are forms of one name: equal, joined by a hyphen, place and demonym, or transliterations."""
    one, other = claim.folded, evidence.folded
    if one == other or one.replace("-", "") == other.replace("-", ""):
        return True
    if {one, other} & {*one.split("-")} & {*other.split("-")}:
        return True
    # "Robert" and "Roberts" are two people; "Mali" and "Malian" are one country, and exactly one of them is a demonym.
    is_demonym_pair = _is_demonym(claim) != _is_demonym(evidence)
    return (
        is_demonym_pair and _is_word_family(one, other, DEMONYM_SUFFIXES, MIN_SHARED_LETTERS_OF_NAMES)
    ) or is_transliteration(one, other)


def _is_demonym(word: Word) -> bool:
    return word.pos == "ADJ" or word.tag == "NNPS"


def is_transliteration(one: str, other: str) -> bool:
    """Whether two folded names differ by one inner vowel, as transliterations do ("Mohammad", "Mohammd")."""
    longer, shorter = (one, other) if len(one) > len(other) else (other, one)
    if len(longer) != len(shorter) + 1 or len(shorter) < MIN_TRANSLITERATED_LETTERS:
        return False
    inner = range(1, len(longer) - 1)
    return any(longer[i] in "aeiou" and longer[:i] + longer[i + 1 :] == shorter for i in inner)


def _is_word_family(one: str, other: str, suffixes: frozenset[str], shared: int = MIN_SHARED_LETTERS) -> bool:
    common = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    short_stem = common == shared - 1 == MIN_SHARED_LETTERS - 1
    if short_stem and one[common:] in SHORT_STEM_SUFFIXES and other[common:] in SHORT_STEM_SUFFIXES:
        return True
    return any(one[cut:] in suffixes and other[cut:] in suffixes for cut in range(shared, common + 1))
