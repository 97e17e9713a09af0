"""Which words may stand for one another: inflections, derivations, and a short list of plain synonyms."""

from collections import defaultdict
from functools import cache, lru_cache
from pathlib import Path

from index.words import stem
from service.language.parsing import Word

# Ours and short: a thesaurus such as WordNet holds near-synonyms that are stronger, narrower or of another sense
# ("massacre" for "kill"), and what the gate takes for the same must be the same.
SYNONYMS = Path(__file__).with_name("synonyms.txt")
ENDINGS = frozenset(
    " s es ed d e ing ion ions ation ations tion ment ments er ers or ors al als ance ence ant ent ity ive ly y ies "
    "ure ures ness ism ist ists ful ous ic ical ary ship hood able ible ian ians n i an ese ish".split(" ")
)
ACTIVE = frozenset(" s ed ing er ers".split(" "))
"""Endings that are safe on a short stem ("oust", "ouster")."""
PEOPLE = frozenset(" i n an ian ians is ns ese ish s".split(" "))
"""Endings that turn a place into its people or back."""
SHARED = 5
"""Letters that two words must begin with to be of one family."""


@cache
def _groups() -> dict[str, frozenset[int]]:
    found: dict[str, set[int]] = defaultdict(set)
    lines = SYNONYMS.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(line for line in lines if line and not line.startswith("#")):
        for word in line.split():
            found[stem(word)].add(number)
    return {word: frozenset(numbers) for word, numbers in found.items()}


def equivalent(claim: Word, evidence: Word) -> bool:
    """Whether the claim's word says what the evidence's word says; names match as names only."""
    if claim.folded == evidence.folded:
        return True
    if claim.is_name or evidence.is_name:
        return equivalent_names(claim, evidence)
    return equivalent_words(claim.folded, claim.lemma, evidence.folded, evidence.lemma)


@lru_cache(maxsize=65536)
def equivalent_words(one: str, one_lemma: str, other: str, other_lemma: str) -> bool:
    """The same for words that are no names."""
    ones, others = {stem(one), stem(one_lemma)}, {stem(other), stem(other_lemma)}
    if ones & others:
        return True
    groups = _groups()
    if any(groups.get(a, frozenset()) & groups.get(b, frozenset()) for a in ones for b in others):
        return True
    return _family(one, other, ENDINGS)


def equivalent_names(claim: Word, evidence: Word) -> bool:
    """One name in two forms: equal, a part of a hyphened one, or a place and its people."""
    one, other = claim.folded, evidence.folded
    if one == other or one.replace("-", "") == other.replace("-", ""):
        return True
    if {one, other} & {*one.split("-")} & {*other.split("-")}:
        return True
    # "Robert" and "Roberts" are two people; "Mali" and "Malian" are one country where the one is no noun.
    peoples = _is_people(claim) != _is_people(evidence)
    return (peoples and _family(one, other, PEOPLE, shared=4)) or is_transliteration(one, other)


def _is_people(word: Word) -> bool:
    return word.pos == "ADJ" or word.tag == "NNPS"


def is_transliteration(one: str, other: str) -> bool:
    """One long name with and without an inner vowel: what transcribers leave out ("Mohammad", "Mohammd")."""
    longer, shorter = (one, other) if len(one) > len(other) else (other, one)
    if len(longer) != len(shorter) + 1 or len(shorter) < 6:
        return False
    inner = range(1, len(longer) - 1)
    return any(longer[i] in "aeiou" and longer[:i] + longer[i + 1 :] == shorter for i in inner)


def _family(one: str, other: str, endings: frozenset[str], shared: int = SHARED) -> bool:
    common = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    if common == shared - 1 and shared == SHARED and one[common:] in ACTIVE and other[common:] in ACTIVE:
        return True
    return any(one[cut:] in endings and other[cut:] in endings for cut in range(shared, common + 1))
