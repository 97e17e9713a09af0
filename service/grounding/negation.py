"""Whether the claim denies what the evidence affirms, or turns it round with a small word."""

from service.grounding.alignment import Alignment
from service.grounding.findings import Finding, fail
from service.language.parsing import Parsed, Word
from service.language.semantic_roles import semantic_roles

OPPOSITES: tuple[frozenset[str], ...] = tuple(
    frozenset(group.split())
    for group in (
        "before after|until since|from to toward towards|against for|with without|over under|above below|"
        "inside outside|more less fewer|most least|up down|all some few many none|always never sometimes|"
        "increase decrease|support oppose|first last|north south east west|friend enemy|win lose|accept reject|"
        "confirm deny|allow ban|open close|strengthen weaken|gain lose|begin end|include exclude|join leave|"
        "entirely partly|both neither|men women|ally enemy|despite because|unlike like"
    ).split("|")
)
EXACTING = frozenset("all every each only always entirely fully exclusively solely both".split())
"""Words that a claim may not add: they say more than their absence."""
EQUAL = {"every": "all", "each": "all", "entirely": "all", "fully": "all", "exclusively": "only", "solely": "only"}
REPLACING = frozenset({("instead", "of"), ("rather", "than")})
ARGUMENTS = ("nsubj", "nsubjpass", "dobj", "prt", "aux")


def negation(laid: Alignment) -> Finding | None:
    """A word that is denied on one side is denied on the other."""
    for ours in sorted(laid.chosen):
        word = laid.claim.words[ours]
        is_told = word.pos == "ADV" and word.dep == "advmod" and laid.claim.words[word.head].lemma == "be"  # "is back"
        if word.is_name or not (is_told or word.pos in ("VERB", "NOUN", "ADJ", "AUX")):
            continue
        mine = negated(laid.claim, ours)
        found = {negated(laid.evidence, theirs) for theirs in _fitting(laid, ours)}
        if len(found) == 2 and word.pos == "VERB":
            return fail("ambiguous", f"the evidence both says and denies {word.text!r}")
        if mine not in found:
            told = "the claim denies what the evidence does not" if mine else "the evidence denies it"
            return fail("negation", f"{told}: {word.text!r}")
    if _negators(laid.claim) > _negators(laid.evidence):
        return fail("negation", "the claim denies something that the evidence does not")
    return None


def _fitting(laid: Alignment, index: int) -> list[int]:
    """The stand-ins of a word that do what it does to the same things; all of them when none can be told apart."""
    parts = [(r.role, r.word) for r in semantic_roles(laid.claim) if r.head == index and laid.candidates.get(r.word)]
    theirs = {(r.head, r.role, r.word) for r in semantic_roles(laid.evidence)}
    scores = {
        place: sum(any((place, role, i) in theirs for i in laid.candidates[arg]) for role, arg in parts)
        for place in laid.candidates[index]
    }
    best = max(scores.values())
    return [place for place, score in scores.items() if score == best]


def _negators(sentence: Parsed) -> int:
    return sum(word.is_negator for word in sentence.words)


def negated(sentence: Parsed, index: int) -> bool:
    """Whether a negator bears on this word, or on the verb that it is the subject or object of."""
    word = sentence.words[index]
    if _replaced(sentence, word):
        return True
    if word.pos in ("VERB", "AUX"):
        return _denied(sentence, index)
    above = sentence.words[word.head]
    if _own_negators(sentence, index) or above.folded == "without":
        return True
    if above.dep == "agent":
        return _denied(sentence, above.head)
    told = (*ARGUMENTS, "attr", "acomp", "advmod") if above.lemma == "be" else (*ARGUMENTS, "attr", "acomp")
    return word.dep in told and above.pos in ("VERB", "AUX") and _denied(sentence, above.index)


def _replaced(sentence: Parsed, word: Word) -> bool:
    """Whether it is what is not: "instead of going", "rather than to go". Parsers hang these in many ways."""
    before = word.index - 1
    while before > 0 and sentence.words[before].pos in ("DET", "ADJ", "PART", "ADV") and word.index - before < 4:
        before -= 1
    return before > 0 and (sentence.words[before - 1].folded, sentence.words[before].folded) in REPLACING


def _denied(sentence: Parsed, verb: int) -> bool:
    """By a negator of its own, of its subject or objects ("no attack was mounted"), or "without" above it."""
    word = sentence.words[verb]
    arguments = [i for i in sentence.children[verb] if sentence.words[i].dep in ARGUMENTS]
    without = word.dep == "pcomp" and sentence.words[word.head].folded == "without"
    return without or any(_own_negators(sentence, i) for i in (verb, *arguments))


def _own_negators(sentence: Parsed, index: int) -> int:
    return sum(sentence.words[i].is_negator for i in sentence.children[index])


def contrast(laid: Alignment) -> Finding | None:
    """Small words that turn a sentence round ("before", "against", "only") agree."""
    ours, theirs = _small(laid.claim), _small(laid.evidence)
    for word in sorted(ours - theirs):
        group = next((group for group in OPPOSITES if word in group), frozenset())
        if group & theirs and not group & ours & theirs:
            return fail("contrast", f"the evidence says {sorted(group & theirs)[0]!r}, not {word!r}")
        if word in ("before", "after", "without", "against") and not group & theirs:
            return fail("contrast", f"the evidence does not say {word!r}")
    added = {EQUAL.get(word, word) for word in ours & EXACTING} - {EQUAL.get(word, word) for word in theirs}
    if added:
        return fail("contrast", f"the evidence does not say {sorted(added)[0]!r}")
    return None


def _small(sentence: Parsed) -> set[str]:
    return {form for word in sentence.words for form in (word.folded, word.lemma)}
