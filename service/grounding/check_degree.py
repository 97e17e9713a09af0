"""Degree check: a claim may not add a degree word ("most", "very"), nor turn "some" or "most" into all."""

from collections.abc import Iterator

from service.grounding.alignment import Alignment
from service.grounding.check_record import Check, Example
from service.grounding.findings import Finding, FindingMessage, fail
from service.language.parsing import Parsed, Word

SUPERLATIVE_TAGS, COMPARATIVE_TAGS = ("JJS", "RBS"), ("JJR", "RBR")
DEGREE_WORDS = {
    "most": SUPERLATIVE_TAGS,
    "least": SUPERLATIVE_TAGS,
    "fewest": SUPERLATIVE_TAGS,
    "more": COMPARATIVE_TAGS,
    "less": COMPARATIVE_TAGS,
    "fewer": COMPARATIVE_TAGS,
}
"""Words of degree with the tags of words that may say the same."""
DEGREE_CONTENT_WORDS = frozenset("majority over than above exceed additional further another increase".split())
"""Other words that say a degree."""
PARTIAL_QUANTIFIERS = frozenset("most some few half part".split())
"""Quantifiers of a part, which a claim may not leave out."""
VAGUE_QUANTIFIERS = frozenset("several many numerous".split())
"""Quantifiers that a claim may not leave out where it adds "the"."""
UNIVERSAL_QUANTIFIERS = frozenset("all every each any whole entire".split())


def other_degrees(alignment: Alignment) -> Iterator[Finding]:
    """Yield each degree word that the claim adds, each "some" that it drops, and each "all" that it adds."""
    yield from _added_degrees(alignment)
    yield from _lost_quantifiers(alignment)
    yield from _added_universals(alignment)


def _added_degrees(alignment: Alignment) -> Iterator[Finding]:
    counted = frozenset(i for quantity in alignment.quantities[0] for i in quantity.indices)
    for word in alignment.claim.words:
        if word.folded in DEGREE_WORDS and word.index not in counted and not _has_degree(alignment, word):
            yield fail("contrast", FindingMessage.NOT_SAID_OF_IT, claimed=word.text)


def _lost_quantifiers(alignment: Alignment) -> Iterator[Finding]:
    """Yield each partial quantifier that the claim drops: "Most boats sank" does not support "Boats sank"."""
    for index, places in sorted(alignment.candidates.items()):
        parts = [_quantifier(alignment.evidence, place) for place in places]
        if alignment.claim.words[index].pos == "NOUN" and parts and all(parts):
            own = {alignment.claim.words[i].folded for i in alignment.claim.children[index]}
            if not {*parts} & PARTIAL_QUANTIFIERS and "the" not in own:
                continue
            ours = {alignment.claim.words[i].folded for i in alignment.claim.subtree(index)} | {
                _partitive_head(alignment.claim, index)
            }
            if not ours & (PARTIAL_QUANTIFIERS | VAGUE_QUANTIFIERS | {"majority"}) and not alignment.quantities[0]:
                beside = alignment.claim.words[index].text
                yield fail("contrast", FindingMessage.SAID_WITH_MORE, found=parts[0], beside=beside)


def _added_universals(alignment: Alignment) -> Iterator[Finding]:
    """ "All boats" does not follow from "40 boats" because "all" is said of something else."""
    for word in alignment.claim.words:
        places = alignment.candidates.get(word.head, ())
        if word.folded in UNIVERSAL_QUANTIFIERS and places:
            beside = {
                alignment.evidence.words[i].folded for place in places for i in alignment.evidence.children[place]
            }
            beside |= {_partitive_head(alignment.evidence, place) for place in places}
            if not beside & UNIVERSAL_QUANTIFIERS:
                head = alignment.claim.words[word.head].text
                yield fail("contrast", FindingMessage.NOT_SAID_OF, claimed=word.text, beside=head)


def _quantifier(sentence: Parsed, index: int) -> str:
    """The quantifier of a noun that means fewer than all."""
    found = [
        sentence.words[i].folded for i in sentence.children[index] if sentence.words[i].dep in ("amod", "det", "nummod")
    ]
    return next(
        (
            word
            for word in (*found, _partitive_head(sentence, index))
            if word in PARTIAL_QUANTIFIERS | VAGUE_QUANTIFIERS
        ),
        "",
    )


def _partitive_head(sentence: Parsed, index: int) -> str:
    """The head of a partitive: "most" in "most of the boats"."""
    above = sentence.words[sentence.words[index].head]
    return sentence.words[above.head].folded if sentence.words[index].dep == "pobj" and above.folded == "of" else ""


def _has_degree(alignment: Alignment, degree: Word) -> bool:
    """Whether the evidence has the same word, or another of that degree beside the same head."""
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
    return any(
        word.tag in DEGREE_WORDS[degree.folded] or {word.folded, word.lemma} & DEGREE_CONTENT_WORDS for word in near
    )


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
