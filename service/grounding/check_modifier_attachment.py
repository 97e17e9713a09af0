"""What stands in which place: "a bombing in A", "its rise in B" may not exchange A and B.

`roles` asks who does what to whom; this asks the same of every other place that a word can offer: its prepositions, its
owner, what describes it. A place that the evidence fills with something else is a contradiction; one that it does not
have is told in another way, which the other tests judge.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType

from service.grounding.alignment import Alignment
from service.grounding.findings import Finding, fail
from service.language.parsing import Parsed, Word
from service.language.semantic_roles import coordinated, semantic_roles

OWNING = frozenset({"of", "poss", "mod"})
"""Ways of saying one thing: "the officials of A", "A's officials", "A officials"."""
DESCRIBING = ("amod", "compound", "nmod", "nummod")
OTHER = {"nsubj": "attr", "attr": "nsubj"}
"""The two sides of "is"."""
PARTS = frozenset("one some many most part any all each several number majority few couple".split())

Places = dict[tuple[int, str], set[int]]
"""What fills the place of that kind beside that word."""


@lru_cache(maxsize=2048)
def places(sentence: Parsed) -> Places:
    """Every place in the sentence and the words that fill it, with those joined to them."""
    found: Places = defaultdict(set)
    for word in sentence.words:
        for head, kind in _places_of(sentence, word):
            # "a market in A and a rally in B": what is joined to A must be of its kind.
            found[head, kind] |= {i for i in coordinated(sentence, word.index) if sentence.words[i].pos == word.pos} - {
                head
            }
    for said in semantic_roles(sentence):
        # "The network, which was an investor", "A built it and was an investor": of whom it is said stands elsewhere.
        if sentence.words[said.head].lemma == "be" and said.role == "agent" and not said.guessed:
            place = found[said.head, "nsubj"]
            place |= {said.word}
            place -= {i for i in place if sentence.words[i].tag in ("WDT", "WP") and i != said.word}
    return dict(found)


def _places_of(sentence: Parsed, word: Word) -> Iterator[tuple[int, str]]:
    above = sentence.words[word.head]
    if word.dep == "pobj" and above.pos in ("ADP", "SCONJ"):
        kind = above.folded
        part = sentence.words[above.head]
        if kind == "of" and (part.pos in ("NUM", "PRON") or part.lemma in PARTS) and part.index != word.index:
            yield from _places_of(sentence, part)  # "is one of the worst cases" says it of the cases
        while sentence.words[above.head].pos == "ADP" and above.head != above.index:
            above = sentence.words[above.head]
        yield above.head, kind
    elif word.dep == "poss":
        yield word.head, "poss"
    elif word.dep in DESCRIBING and not (word.is_name and above.is_name and above.index == word.index + 1):
        yield word.head, "mod"
    elif word.dep in ("nsubj", "attr", "acomp") and above.lemma == "be":
        yield word.head, word.dep


def placed(alignment: Alignment) -> Finding | None:
    """Each word of the claim stands in a place where the evidence has it, unless the evidence has no such place.

    All places beside one word of the claim must be those beside one word of the evidence: of two distances the one may
    not be given where the other leads.
    """
    beside: dict[int, list[tuple[str, set[int]]]] = defaultdict(list)
    for (head, kind), fillers in sorted(places(alignment.claim).items()):
        beside[head].append((kind, fillers))
    for head, wanted in beside.items():
        stand_ins = _stand_ins(alignment, head)
        if _inverted(alignment, stand_ins, wanted):
            wanted = [(kind, fillers) for kind, fillers in wanted if kind not in OTHER]
        if failure := _contradicted(alignment, head, stand_ins, wanted):
            return failure
        failures = [
            _contradicted(alignment, head, frozenset({each}), wanted) or _another(alignment, head, each, wanted)
            for each in sorted(stand_ins)
        ]
        if failures and all(failures):
            return failures[0]
        if failure := _disowned(alignment, head, stand_ins, wanted):
            return failure
    return None


def _disowned(
    alignment: Alignment, head: int, stand_ins: frozenset[int], wanted: list[tuple[str, set[int]]]
) -> Finding | None:
    """ "The mayor of A met B's crew" does not say that the crew is A's: an owner stays with what it owns."""
    theirs = places(alignment.evidence)
    inside = {i for each in stand_ins for i in alignment.evidence.subtree(each)}
    own = {
        i for each in stand_ins for i in (*coordinated(alignment.evidence, each), *alignment.evidence.ancestors(each))
    }
    for fillers in (fillers for kind, fillers in wanted if kind in ("poss", "of") and stand_ins):
        for word in sorted(fillers):
            meant = set(alignment.candidates.get(word, ())) - inside - own
            if not meant or len(meant) < len(alignment.candidates[word]):
                continue
            owned = {thing for (thing, kind), found in theirs.items() if kind in ("poss", "of") and meant & found}
            if owned and not owned & own and not _copied(alignment, head, word, stand_ins, None):
                here, there = alignment.claim.words[word].text, alignment.claim.words[head].text
                return fail("role", f"in the evidence it is not {there!r} that is {here!r}'s")
    return None


def _inverted(alignment: Alignment, stand_ins: frozenset[int], wanted: list[tuple[str, set[int]]]) -> bool:
    """Whether the evidence says "B is A" where the claim says "A is B"."""
    joined = [(OTHER[kind], fillers) for kind, fillers in wanted if kind in OTHER]
    theirs = places(alignment.evidence)
    return len(joined) == len(OTHER) and any(
        all(
            any({*alignment.candidates.get(i, ())} & theirs.get((be, kind), set()) for i in fillers)
            for kind, fillers in joined
        )
        for be in stand_ins
    )


def _another(alignment: Alignment, head: int, place: int, wanted: list[tuple[str, set[int]]]) -> Finding | None:
    """Where the evidence has the word more than once: whether this one stands elsewhere, or has not what another has.

    "A is the worst case in C. These are the worst cases in D" does not say that A is the worst case in D.
    """
    others = _stand_ins(alignment, head) - {place}
    if not others:
        return None
    for (above, kind), fillers in sorted(places(alignment.claim).items()):
        if head in fillers:
            failure = _contradicted(alignment, above, _stand_ins(alignment, above), [(kind, {head})], {head: {place}})
            if failure:
                return failure
    theirs = places(alignment.evidence)
    for kind, fillers in wanted:
        if not theirs.get((place, kind)):
            of_others = {i for other in others for i in theirs.get((other, kind), set())}
            for word in sorted(fillers):
                meant = set(alignment.candidates.get(word, ()))
                if meant and meant <= of_others:
                    here, there = alignment.claim.words[word].text, alignment.claim.words[head].text
                    return fail("role", f"in the evidence {here!r} is said of another {there!r}")
    return None


def _contradicted(
    alignment: Alignment,
    head: int,
    stand_ins: frozenset[int],
    wanted: list[tuple[str, set[int]]],
    only: Mapping[int, set[int]] = MappingProxyType({}),
) -> Finding | None:
    """Whether those words of the evidence have something else where the claim's word has what is wanted.

    `only` says which of a word's stand-ins is meant.
    """
    theirs = places(alignment.evidence)
    for kind, fillers in wanted:
        known = _filling(alignment.evidence, theirs, stand_ins, kind)
        if not known or any(_is_vague(alignment.evidence.words[i]) for i in known):
            continue
        own = {i for each in stand_ins for i in coordinated(alignment.evidence, each)}
        fitting = (
            known | own | _beside(theirs, stand_ins, kind) | _in_its_clause(alignment.evidence, theirs, stand_ins, kind)
        )
        for word in sorted(fillers):
            meant = only.get(word, set(alignment.candidates.get(word, ())))
            elsewhere = (
                meant
                and not meant & fitting
                and not any(meant & set(coordinated(alignment.evidence, i)) for i in stand_ins)
            )
            if (
                elsewhere
                and _rivals(alignment, word, known)
                and not _copied(alignment, head, word, stand_ins, only.get(word))
            ):
                said = " ".join(alignment.evidence.words[i].text for i in sorted(known))
                here, there = alignment.claim.words[word].text, alignment.claim.words[head].text
                return fail("role", f"in the evidence it is {said!r}, not {here!r}, with {there!r}")
    return None


def _rivals(alignment: Alignment, word: int, known: set[int]) -> bool:
    """Whether one of them could be meant in this word's place: "in 2023" leaves room for "in a bombing"."""
    number = _is_number(alignment.claim.words[word])
    return any(_is_number(alignment.evidence.words[i]) == number for i in known)


def _is_number(word: Word) -> bool:
    return word.pos == "NUM" or word.text.isdigit()


def _stand_ins(alignment: Alignment, head: int) -> frozenset[int]:
    if alignment.claim.words[head].lemma == "be":
        return frozenset(w.index for w in alignment.evidence.words if w.lemma == "be")
    if head in alignment.candidates:
        return frozenset(alignment.candidates[head])
    # "%" and other units stand where their figure does.
    figures = [i for i in alignment.claim.children[head] if alignment.claim.words[i].dep == "nummod"]
    return frozenset(alignment.evidence.words[place].head for i in figures for place in alignment.candidates.get(i, ()))


def _filling(sentence: Parsed, found: Places, heads: frozenset[int], kind: str) -> set[int]:
    """What fills it; a preposition may hang on the verb or on the noun beside it, which parsers tell apart by luck."""
    around = set(heads)
    if kind not in ("mod", "poss", "nsubj", "attr", "acomp"):
        around = around.union(*(_neighbours(sentence, head) for head in heads))
    return {i for head in around for i in found.get((head, kind), set())}


def _neighbours(sentence: Parsed, head: int) -> set[int]:
    word = sentence.words[head]
    if word.pos in ("VERB", "AUX"):
        return {i for i in sentence.children[head] if sentence.words[i].dep in ("dobj", "nsubjpass", "attr")}
    above = sentence.words[word.head]
    return {above.index} if above.pos in ("VERB", "AUX") and word.dep in ("dobj", "nsubjpass", "attr") else set()


def _in_its_clause(sentence: Parsed, found: Places, heads: frozenset[int], kind: str) -> set[int]:
    """What stands in such a place of any noun of a verb's clause: there too the parser may have hung it."""
    verbs = {head for head in heads if sentence.words[head].pos in ("VERB", "AUX")}
    return {
        i
        for (head, each), fillers in found.items()
        if each == kind and _verb_of(sentence, head) in verbs
        for i in fillers
    }


def _verb_of(sentence: Parsed, index: int) -> int | None:
    return next((i for i in sentence.ancestors(index) if sentence.words[i].pos in ("VERB", "AUX")), None)


def _beside(found: Places, heads: frozenset[int], kind: str) -> set[int]:
    """What the same word has in a place that may say the same."""
    if kind not in OWNING:
        return set()
    return {i for head in heads for other in OWNING | {"in", "from"} for i in found.get((head, other), set())}


def _copied(alignment: Alignment, head: int, word: int, stand_ins: frozenset[int], meant: set[int] | None) -> bool:
    """Whether all from the one to the other stands there in the evidence: then two parses differ, and no meaning."""
    first, last = sorted((head, word))
    stretch = [each.folded for each in alignment.claim.words[first : last + 1]]
    told = [each.folded for each in alignment.evidence.words]
    starts = [each - (head - first) for each in stand_ins if meant is None or each + word - head in meant]
    return any(start >= 0 and told[start : start + len(stretch)] == stretch for start in starts)


def _is_vague(word: Word) -> bool:
    """A word that stands for another one, which is not looked up here."""
    return word.pos == "PRON" or word.tag in ("WDT", "WP")
