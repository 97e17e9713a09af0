"""Degree and quantifiers: a degree may not be added, nor "most of them" become all."""

from collections.abc import Iterator

from service.grounding.alignment import Alignment
from service.grounding.checks import Check, Example
from service.grounding.findings import Finding, Message, fail
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


def other_degrees(alignment: Alignment) -> Iterator[Finding]:
    """Each degree that the claim adds, each "some" that it leaves out, each "all" that it adds."""
    yield from _added_degrees(alignment)
    yield from _lost_quantifiers(alignment)
    yield from _added_universals(alignment)


def _added_degrees(alignment: Alignment) -> Iterator[Finding]:
    counted = frozenset(i for quantity in alignment.quantities[0] for i in quantity.indices)
    for word in alignment.claim.words:
        if word.folded in DEGREES and word.index not in counted and not _ranked(alignment, word):
            yield fail("contrast", Message.NOT_SAID_OF_IT, claimed=word.text)


def _lost_quantifiers(alignment: Alignment) -> Iterator[Finding]:
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
                beside = alignment.claim.words[index].text
                yield fail("contrast", Message.SAID_WITH_MORE, found=parts[0], beside=beside)


def _added_universals(alignment: Alignment) -> Iterator[Finding]:
    """ "All boats" does not follow from "40 boats" because "all" is said of something else."""
    for word in alignment.claim.words:
        places = alignment.candidates.get(word.head, ())
        if word.folded in WHOLE and places:
            beside = {
                alignment.evidence.words[i].folded for place in places for i in alignment.evidence.children[place]
            }
            beside |= {_whole(alignment.evidence, place) for place in places}
            if not beside & WHOLE:
                head = alignment.claim.words[word.head].text
                yield fail("contrast", Message.NOT_SAID_OF, claimed=word.text, beside=head)


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


DEGREE = Check(
    id="degree",
    phenomenon='Degree and quantifiers: no "most" is added, and "some" does not become all.',
    run=other_degrees,
    accepts=(
        Example("The strike hit the coast most.", "The strike hit the coast most of all."),
        Example("The most popular pier is in Quillby.", "The most popular pier, it is said, is in Quillby."),
        Example("All boats sank.", "All boats of the crew sank."),
        Example("Many new rowers are pilots.", "Many of the new rowers are pilots."),
    ),
    rejects=(
        Example("The strike hit the coast most.", "The strike hit the coast."),
        Example("The strike hit more ports.", "The strike hit ports."),
        Example("The boats sank.", "Most boats sank."),
        Example("Boats of the port sank.", "Some of the boats of the port sank."),
        Example("The monks fled.", "Several monks fled."),
        Example("All people left.", "More than 40 people of all ages left."),
    ),
)
