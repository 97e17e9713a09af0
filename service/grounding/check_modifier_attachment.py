"""Modifier attachment: "a bombing in A", "its rise in B" may not exchange A and B.

The check of semantic roles compares agents and patients; this one compares every other slot of a word: what its
prepositions lead to, its owner, what modifies it, the two sides of "is". A slot that the evidence fills with something
else is a contradiction; one that the evidence does not have is left to the other checks.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType

from service.grounding.alignment import Alignment
from service.grounding.check_record import Check, Example
from service.grounding.findings import Finding, FindingMessage, fail
from service.language.parsing import Parsed, Word
from service.language.semantic_roles import coordinated, semantic_roles

POSSESSIVE = frozenset({"of", "poss", "mod"})
"""Ways of saying one thing: "the officials of A", "A's officials", "A officials"."""
MODIFYING = ("amod", "compound", "nmod", "nummod")
COPULA_SIDES = {"nsubj": "attr", "attr": "nsubj"}
"""The two sides of "is"."""
PARTITIVES = frozenset("one some many most part any all each several number majority few couple".split())

Slots = dict[tuple[int, str], set[int]]
"""The words that fill each slot: a head and the kind of its slot."""


@lru_cache(maxsize=2048)
def slots(sentence: Parsed) -> Slots:
    """Every slot of the sentence and its fillers, with those coordinated with them."""
    found: Slots = defaultdict(set)
    for word in sentence.words:
        for head, kind in _slots_of(sentence, word):
            # "a market in A and a rally in B": only words of one part of speech are coordinated.
            found[head, kind] |= {i for i in coordinated(sentence, word.index) if sentence.words[i].pos == word.pos} - {
                head
            }
    for role in semantic_roles(sentence):
        # "The network, which was an investor", "A built it and was an investor": the subject stands elsewhere.
        if sentence.words[role.head].lemma == "be" and role.role == "agent" and not role.inferred:
            subjects = found[role.head, "nsubj"]
            subjects |= {role.word}
            subjects -= {i for i in subjects if sentence.words[i].tag in ("WDT", "WP") and i != role.word}
    return dict(found)


def _slots_of(sentence: Parsed, word: Word) -> Iterator[tuple[int, str]]:
    above = sentence.words[word.head]
    if word.dep == "pobj" and above.pos in ("ADP", "SCONJ"):
        kind = above.folded
        part = sentence.words[above.head]
        if kind == "of" and (part.pos in ("NUM", "PRON") or part.lemma in PARTITIVES) and part.index != word.index:
            yield from _slots_of(sentence, part)  # "is one of the worst cases" says it of the cases
        while sentence.words[above.head].pos == "ADP" and above.head != above.index:
            above = sentence.words[above.head]
        yield above.head, kind
    elif word.dep == "poss":
        yield word.head, "poss"
    elif word.dep in MODIFYING and not (word.is_name and above.is_name and above.index == word.index + 1):
        yield word.head, "mod"
    elif word.dep in ("nsubj", "attr", "acomp") and above.lemma == "be":
        yield word.head, word.dep


def other_attachments(alignment: Alignment) -> Iterator[Finding]:
    """The first modifier of each word that the evidence attaches to another word.

    All slots of one word of the claim must be those of one word of the evidence: of two distances neither may be given
    for the goal of the other.
    """
    beside: dict[int, list[tuple[str, set[int]]]] = defaultdict(list)
    for (head, kind), fillers in sorted(slots(alignment.claim).items()):
        beside[head].append((kind, fillers))
    for head, wanted in beside.items():
        counterparts = _counterparts(alignment, head)
        if _is_inverted(alignment, counterparts, wanted):
            wanted = [(kind, fillers) for kind, fillers in wanted if kind not in COPULA_SIDES]
        if failure := _other_filler(alignment, head, counterparts, wanted):
            yield failure
            continue
        failures = [
            _other_filler(alignment, head, frozenset({each}), wanted)
            or _other_occurrence(alignment, head, each, wanted)
            for each in sorted(counterparts)
        ]
        if failures and all(failures):
            yield from filter(None, failures[:1])
        elif failure := _other_owner(alignment, head, counterparts, wanted):
            yield failure


def _other_owner(
    alignment: Alignment, head: int, counterparts: frozenset[int], wanted: list[tuple[str, set[int]]]
) -> Finding | None:
    """ "The mayor of A met B's crew" does not say that the crew is A's: an owner stays with what it owns."""
    theirs = slots(alignment.evidence)
    inside = {i for each in counterparts for i in alignment.evidence.subtree(each)}
    own = {
        i
        for each in counterparts
        for i in (*coordinated(alignment.evidence, each), *alignment.evidence.ancestors(each))
    }
    for fillers in (fillers for kind, fillers in wanted if kind in ("poss", "of") and counterparts):
        for word in sorted(fillers):
            meant = set(alignment.candidates.get(word, ())) - inside - own
            if not meant or len(meant) < len(alignment.candidates[word]):
                continue
            owned = {thing for (thing, kind), found in theirs.items() if kind in ("poss", "of") and meant & found}
            if owned and not owned & own and not _is_verbatim(alignment, head, word, counterparts, None):
                here, there = alignment.claim.words[word].text, alignment.claim.words[head].text
                return fail("role", FindingMessage.NOT_OWNED, claimed=here, beside=there)
    return None


def _is_inverted(alignment: Alignment, counterparts: frozenset[int], wanted: list[tuple[str, set[int]]]) -> bool:
    """Whether the evidence says "B is A" where the claim says "A is B"."""
    sides = [(COPULA_SIDES[kind], fillers) for kind, fillers in wanted if kind in COPULA_SIDES]
    theirs = slots(alignment.evidence)
    return len(sides) == len(COPULA_SIDES) and any(
        all(
            any({*alignment.candidates.get(i, ())} & theirs.get((be, kind), set()) for i in fillers)
            for kind, fillers in sides
        )
        for be in counterparts
    )


def _other_occurrence(
    alignment: Alignment, head: int, place: int, wanted: list[tuple[str, set[int]]]
) -> Finding | None:
    """Where the evidence has the word more than once: whether this one fills another slot, or lacks what another has.

    "A is the worst case in C. These are the worst cases in D" does not say that A is the worst case in D.
    """
    others = _counterparts(alignment, head) - {place}
    if not others:
        return None
    for (above, kind), fillers in sorted(slots(alignment.claim).items()):
        if head in fillers:
            failure = _other_filler(
                alignment, above, _counterparts(alignment, above), [(kind, {head})], {head: {place}}
            )
            if failure:
                return failure
    theirs = slots(alignment.evidence)
    for kind, fillers in wanted:
        if not theirs.get((place, kind)):
            of_others = {i for other in others for i in theirs.get((other, kind), set())}
            for word in sorted(fillers):
                meant = set(alignment.candidates.get(word, ()))
                if meant and meant <= of_others:
                    here, there = alignment.claim.words[word].text, alignment.claim.words[head].text
                    return fail("role", FindingMessage.SAID_OF_ANOTHER, claimed=here, beside=there)
    return None


def _other_filler(
    alignment: Alignment,
    head: int,
    counterparts: frozenset[int],
    wanted: list[tuple[str, set[int]]],
    only: Mapping[int, set[int]] = MappingProxyType({}),
) -> Finding | None:
    """Whether those words of the evidence have other fillers than the claim's word.

    `only` says which of a word's counterparts is meant.
    """
    theirs = slots(alignment.evidence)
    for kind, fillers in wanted:
        known = _fillers(alignment.evidence, theirs, counterparts, kind)
        if not known or any(_is_pronoun(alignment.evidence.words[i]) for i in known):
            continue
        own = {i for each in counterparts for i in coordinated(alignment.evidence, each)}
        fitting = (
            known
            | own
            | _possessive_fillers(theirs, counterparts, kind)
            | _fillers_in_clause(alignment.evidence, theirs, counterparts, kind)
        )
        for word in sorted(fillers):
            meant = only.get(word, set(alignment.candidates.get(word, ())))
            elsewhere = (
                meant
                and not meant & fitting
                and not any(meant & set(coordinated(alignment.evidence, i)) for i in counterparts)
            )
            if (
                elsewhere
                and _competes(alignment, word, known)
                and not _is_verbatim(alignment, head, word, counterparts, only.get(word))
            ):
                instead = " ".join(alignment.evidence.words[i].text for i in sorted(known))
                here, there = alignment.claim.words[word].text, alignment.claim.words[head].text
                return fail("role", FindingMessage.OTHER_ARGUMENT, claimed=here, found=instead, beside=there)
    return None


def _competes(alignment: Alignment, word: int, known: set[int]) -> bool:
    """Whether one of them competes for the slot: "in 2023" leaves room for "in a bombing"."""
    number = _is_number(alignment.claim.words[word])
    return any(_is_number(alignment.evidence.words[i]) == number for i in known)


def _is_number(word: Word) -> bool:
    return word.pos == "NUM" or word.text.isdigit()


def _counterparts(alignment: Alignment, head: int) -> frozenset[int]:
    if alignment.claim.words[head].lemma == "be":
        return frozenset(w.index for w in alignment.evidence.words if w.lemma == "be")
    if head in alignment.candidates:
        return frozenset(alignment.candidates[head])
    # "%" and other units stand where their figure does.
    figures = [i for i in alignment.claim.children[head] if alignment.claim.words[i].dep == "nummod"]
    return frozenset(alignment.evidence.words[place].head for i in figures for place in alignment.candidates.get(i, ()))


def _fillers(sentence: Parsed, found: Slots, heads: frozenset[int], kind: str) -> set[int]:
    """Its fillers; a preposition may depend on the verb or on the noun beside it, which parsers tell apart by luck."""
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


def _fillers_in_clause(sentence: Parsed, found: Slots, heads: frozenset[int], kind: str) -> set[int]:
    """The fillers of that kind of any noun in a verb's clause, to which the parser may have attached them."""
    verbs = {head for head in heads if sentence.words[head].pos in ("VERB", "AUX")}
    return {
        i
        for (head, each), fillers in found.items()
        if each == kind and _verb_of(sentence, head) in verbs
        for i in fillers
    }


def _verb_of(sentence: Parsed, index: int) -> int | None:
    return next((i for i in sentence.ancestors(index) if sentence.words[i].pos in ("VERB", "AUX")), None)


def _possessive_fillers(found: Slots, heads: frozenset[int], kind: str) -> set[int]:
    """The fillers of a slot that may say the same."""
    if kind not in POSSESSIVE:
        return set()
    return {i for head in heads for other in POSSESSIVE | {"in", "from"} for i in found.get((head, other), set())}


def _is_verbatim(
    alignment: Alignment, head: int, word: int, counterparts: frozenset[int], meant: set[int] | None
) -> bool:
    """Whether the evidence has all from the one word to the other: then two parses differ, and no meaning."""
    first, last = sorted((head, word))
    stretch = [each.folded for each in alignment.claim.words[first : last + 1]]
    evidence = [each.folded for each in alignment.evidence.words]
    starts = [each - (head - first) for each in counterparts if meant is None or each + word - head in meant]
    return any(start >= 0 and evidence[start : start + len(stretch)] == stretch for start in starts)


def _is_pronoun(word: Word) -> bool:
    """A pronoun, whose antecedent is not looked up here."""
    return word.pos == "PRON" or word.tag in ("WDT", "WP")


VILLAGE = (
    "The village of Easton lies about 300 km from the hills of Norwick and about 260 km from the coast of Zorbach."
)
SUPPER = "In May, the mayor of Zorbach met the harbour master in Quillby, where a strike had closed the docks."

MODIFIER_ATTACHMENT = Check(
    id="modifier_attachment",
    phenomenon="Modifier attachment: modifiers, owners and prepositional phrases belong to the same word.",
    run=other_attachments,
    accepts=(
        Example("The village of Easton lies about 260 km from the coast of Zorbach.", VILLAGE),
        Example("The mayor of Zorbach met the harbour master in Quillby in May.", SUPPER),
        Example("A strike had closed the docks in Quillby.", SUPPER),
        Example("The inquiry by Norwick will go on.", "The Norwick inquiry will go on."),
    ),
    rejects=(
        Example("The village of Norwick lies about 300 km from the hills of Easton.", VILLAGE),
        Example("The mayor of Quillby met the harbour master in Zorbach.", SUPPER),
        Example("The canal was no match for the port.", "The port was no match for the canal."),
        Example(
            "The wage is 90 percent of the Norwick average.",
            "The wage is 90 percent of the Quillby average, or 40 percent of the Norwick average.",
        ),
        Example(
            "It is one of the worst storms in Norwick.",
            "It is one of the worst storms in Quillby, and the almanac lists the worst storms in Norwick.",
        ),
        Example("The wooden pier was a gift.", "The pier was a gift, and the crew mended a wooden pier elsewhere."),
        Example("The board built a pier, which was a sponsor.", "The board built a pier and was a sponsor of fairs."),
    ),
)
