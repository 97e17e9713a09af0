"""How much, and how many of them: a degree may not be added, nor "most of them" become all."""

from service.grounding.alignment import Alignment
from service.grounding.findings import Finding, fail
from service.language.parsing import Parsed, Word

MOST, MORE = ("JJS", "RBS"), ("JJR", "RBR")
DEGREES = {"most": MOST, "least": MOST, "fewest": MOST, "more": MORE, "less": MORE, "fewer": MORE}
"""Words of degree, and the tags of words that may say the same."""
RANKED = frozenset("majority over than above exceed additional further another increase".split())
"""Words that say a degree without being one."""
PARTIAL = frozenset("most some few half part".split())
"""Of those whom these count, not all are meant."""
COUNTING = frozenset("several many numerous".split())
"""Those whom these count are no more "the" ones."""
WHOLE = frozenset("all every each any whole entire".split())


def graded(alignment: Alignment) -> Finding | None:
    """Every "most" and "more" is said of the same in the evidence, and "some" are not told as all."""
    return _heightened(alignment) or _widened(alignment) or _made_whole(alignment)


def _heightened(alignment: Alignment) -> Finding | None:
    counted = frozenset(i for quantity in alignment.quantities[0] for i in quantity.indices)
    for word in alignment.claim.words:
        if word.folded in DEGREES and word.index not in counted and not _ranked(alignment, word):
            return fail("contrast", f"the evidence does not say {word.text!r} of it")
    return None


def _widened(alignment: Alignment) -> Finding | None:
    """ "Most boats sank" may not become "Boats sank"."""
    for index, places in sorted(alignment.candidates.items()):
        parts = [_partial(alignment.evidence, place) for place in places]
        if alignment.claim.words[index].pos == "NOUN" and parts and all(parts):
            own = {alignment.claim.words[i].folded for i in alignment.claim.children[index]}
            if not {*parts} & PARTIAL and "the" not in own:
                continue
            ours = {alignment.claim.words[i].folded for i in alignment.claim.subtree(index)} | {
                _whole(alignment.claim, index)
            }
            if not ours & (PARTIAL | COUNTING | {"majority"}) and not alignment.quantities[0]:
                return fail("contrast", f"the evidence says {parts[0]!r} {alignment.claim.words[index].text!r}")
    return None


def _made_whole(alignment: Alignment) -> Finding | None:
    """ "All boats" does not follow from "40 boats" because "all" is said of something else."""
    for word in alignment.claim.words:
        places = alignment.candidates.get(word.head, ())
        if word.folded in WHOLE and places:
            beside = {
                alignment.evidence.words[i].folded for place in places for i in alignment.evidence.children[place]
            }
            beside |= {_whole(alignment.evidence, place) for place in places}
            if not beside & WHOLE:
                return fail(
                    "contrast", f"the evidence does not say {word.text!r} of {alignment.claim.words[word.head].text!r}"
                )
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


def _ranked(alignment: Alignment, degree: Word) -> bool:
    """Whether the evidence has the very word, or another of its degree beside what the claim says it of."""
    if any(word.folded == degree.folded for word in alignment.evidence.words):
        return True
    above = next((i for i in alignment.claim.ancestors(degree.index) if alignment.candidates.get(i)), None)
    places = alignment.candidates[above] if above is not None else ()
    beside = {
        i
        for place in places
        for i in (place, *alignment.evidence.children[place], alignment.evidence.words[place].head)
    }
    near = [alignment.evidence.words[i] for i in beside]
    return any(word.tag in DEGREES[degree.folded] or {word.folded, word.lemma} & RANKED for word in near)
