"""The small words between the others: which preposition leads to a word, "and" or "or", "most" or merely so."""

from collections.abc import Iterator

from service.grounding.alignment import Alignment
from service.grounding.findings import Finding, fail
from service.grounding.parsing import Parsed, Word
from service.grounding.relations import together

TURNED = (
    ("from", "to into onto toward towards"), ("for", "against"), ("before", "after"), ("since", "until"),
    ("under", "over"), ("below", "above"), ("inside", "outside"), ("with", "without"),
    ("by", "on in at for to against into near"),
)  # fmt: skip
"""Prepositions that put the same word in opposite places."""
OPPOSED = frozenset(pair for one, others in TURNED for other in others.split() for pair in ((one, other), (other, one)))
MOST, MORE = ("JJS", "RBS"), ("JJR", "RBR")
DEGREES = {"most": MOST, "least": MOST, "fewest": MOST, "more": MORE, "less": MORE, "fewer": MORE}
"""Words of degree, and the tags of words that may say the same."""
RANKED = frozenset("majority over than above exceed additional further another increase".split())
"""Words that say a degree without being one."""
REASONS = {
    word: group
    for group in (
        frozenset("because since as due owing thanks given so therefore thus hence cause lead result prompt".split()),
        frozenset("although though while whereas despite but yet however still nevertheless notwithstanding".split()),
    )
    for word in group
}
"""Words that give a reason, and words that say "all the same"."""
PARTIAL = frozenset("most some few half part".split())
"""Of those whom these count, not all are meant."""
COUNTING = frozenset("several many numerous".split())
"""Those whom these count are no more "the" ones."""
REASONING = frozenset({"because", "although", "though", "despite", "whereas"})


def linked(laid: Alignment) -> Finding | None:
    """No word has the opposite preposition, other joints or reasons, or a degree that was added."""
    return _turned(laid) or _parted(laid) or _reasoned(laid) or _heightened(laid) or _widened(laid)


def _turned(laid: Alignment) -> Finding | None:
    for index, places in sorted(laid.candidates.items()):
        ours = _preposition(laid.claim, index)
        theirs = {_preposition(laid.evidence, place) for place in places}
        if ours and theirs and all((ours, each) in OPPOSED for each in theirs):
            told = laid.claim.words[index].text
            return fail("contrast", f"the evidence says {sorted(theirs)[0]!r} {told!r}, not {ours!r}")
    return None


def _preposition(sentence: Parsed, index: int) -> str:
    """The one that this word, or one that it is joined to, hangs on."""
    for each in (sentence.words[i] for i in (index, *together(sentence, index))):
        if each.dep in ("pobj", "pcomp"):
            return sentence.words[each.head].folded
    return ""


def _parted(laid: Alignment) -> Finding | None:
    said = {word.folded for word in laid.evidence.words}
    if "or" not in said and any(word.folded == "or" for word in laid.claim.words):
        return fail("contrast", "the evidence does not say 'or'")
    for index in sorted(laid.candidates):
        ours = set(_joints(laid.claim, laid.claim.words[index]))
        theirs = {
            joint for place in laid.candidates[index] for joint in _joints(laid.evidence, laid.evidence.words[place])
        }
        if ours and theirs and not ours & theirs:
            return fail("contrast", f"the evidence says {sorted(theirs)[0]!r}, not {sorted(ours)[0]!r}")
    return None


def _joints(sentence: Parsed, word: Word) -> Iterator[str]:
    """ "and" or "or" before a word that is joined to another."""
    if word.dep == "conj":
        above = sentence.words[word.head]
        found = [sentence.words[i].folded for i in sentence.children[above.index] if sentence.words[i].dep == "cc"]
        yield from (each for each in found if each in ("and", "or"))


def _reasoned(laid: Alignment) -> Finding | None:
    """What is a reason in the claim is one in the evidence, and no "although"."""
    said = {form for word in laid.evidence.words for form in (word.folded, word.lemma)}
    for word in laid.claim.words:
        if word.folded not in REASONING:
            continue
        if not said & REASONS[word.folded]:
            return fail("contrast", f"the evidence does not say {word.text!r}")
        marks = {mark for place in laid.candidates.get(word.head, ()) for mark in _marks(laid.evidence, place)}
        if marks and not marks & REASONS[word.folded]:
            return fail("contrast", f"the evidence says {sorted(marks)[0]!r}, not {word.text!r}")
    return None


def _marks(sentence: Parsed, index: int) -> set[str]:
    """Reasons and their opposites that lead a clause."""
    return {sentence.words[i].folded for i in sentence.children[index] if sentence.words[i].dep == "mark"} & {*REASONS}


def _heightened(laid: Alignment) -> Finding | None:
    counted = frozenset(i for quantity in laid.quantities[0] for i in quantity.spelled)
    for word in laid.claim.words:
        if word.folded in DEGREES and word.index not in counted and not _ranked(laid, word):
            return fail("contrast", f"the evidence does not say {word.text!r} of it")
    return None


def _widened(laid: Alignment) -> Finding | None:
    """ "Most boats sank" may not become "Boats sank"."""
    for index, places in sorted(laid.candidates.items()):
        parts = [_partial(laid.evidence, place) for place in places]
        if laid.claim.words[index].pos == "NOUN" and parts and all(parts):
            own = {laid.claim.words[i].folded for i in laid.claim.children[index]}
            if not {*parts} & PARTIAL and "the" not in own:
                continue
            ours = {laid.claim.words[i].folded for i in laid.claim.subtree(index)} | {_whole(laid.claim, index)}
            if not ours & (PARTIAL | COUNTING | {"majority"}) and not laid.quantities[0]:
                return fail("contrast", f"the evidence says {parts[0]!r} {laid.claim.words[index].text!r}")
    return None


def _partial(sentence: Parsed, index: int) -> str:
    """The word that says how many of these are meant, where it is not all."""
    found = [
        sentence.words[i].folded for i in sentence.children[index] if sentence.words[i].dep in ("amod", "det", "nummod")
    ]
    return next((word for word in (*found, _whole(sentence, index)) if word in PARTIAL | COUNTING), "")


def _whole(sentence: Parsed, index: int) -> str:
    """The word that these are a part of: "most of the boats"."""
    above = sentence.words[sentence.words[index].head]
    return sentence.words[above.head].folded if sentence.words[index].dep == "pobj" and above.folded == "of" else ""


def _ranked(laid: Alignment, degree: Word) -> bool:
    """Whether the evidence has the very word, or another of its degree beside what the claim says it of."""
    if any(word.folded == degree.folded for word in laid.evidence.words):
        return True
    above = next((i for i in laid.claim.ancestors(degree.index) if laid.candidates.get(i)), None)
    places = laid.candidates[above] if above is not None else ()
    beside = {i for place in places for i in (place, *laid.evidence.children[place], laid.evidence.words[place].head)}
    near = [laid.evidence.words[i] for i in beside]
    return any(word.tag in DEGREES[degree.folded] or {word.folded, word.lemma} & RANKED for word in near)
