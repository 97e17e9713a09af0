"""Copula check: "A is B" needs evidence that identifies A with B; also rejects a pronoun of another gender."""

from collections.abc import Iterator

from service.grounding.alignment import Alignment
from service.grounding.check_record import Check, Example
from service.grounding.findings import Finding, FindingMessage, fail
from service.language.parsing import NOMINAL, Parsed, Word
from service.language.pronouns import GENDERS
from service.language.semantic_roles import coordinated, semantic_roles

IDENTIFYING_VERBS = frozenset(
    "be become remain serve act name elect appoint call describe know dub label consider see regard include comprise "
    "make rank list designate declare crown represent form".split()
)
"""Verbs that identify two nouns with each other."""
EXAMPLE_PREPOSITIONS = frozenset("as like including include".split())


def other_identities(alignment: Alignment) -> Iterator[Finding]:
    """Yield each "A is B" that the evidence does not express, and each pronoun of another gender."""
    yield from _not_identified(alignment)
    yield from _other_gender(alignment)


def _not_identified(alignment: Alignment) -> Iterator[Finding]:
    for verb in alignment.claim.words:
        if verb.lemma != "be" or verb.dep in ("aux", "auxpass"):
            continue
        subjects = {r.word for r in semantic_roles(alignment.claim) if r.head == verb.index and r.role == "agent"}
        whats = [i for i in alignment.claim.children[verb.index] if alignment.claim.words[i].dep == "attr"]
        for one in sorted(subjects):
            for other in (each for what in whats for each in _counted_nouns(alignment.claim, what)):
                ours, theirs = alignment.candidates.get(one, ()), alignment.candidates.get(other, ())
                named = alignment.claim.words[one].pos in NOMINAL and alignment.claim.words[other].pos in NOMINAL
                if (
                    named
                    and ours
                    and theirs
                    and not any(_identified(alignment.evidence, a, b) for a in ours for b in theirs)
                ):
                    what, who = alignment.claim.words[other].text, alignment.claim.words[one].text
                    yield fail("role", FindingMessage.NOT_IDENTIFIED, claimed=what, beside=who)


def _counted_nouns(sentence: Parsed, index: int) -> Iterator[int]:
    """A noun, or the nouns that it counts: "one of the pilots"."""
    links = [i for i in sentence.children[index] if sentence.words[i].folded == "of"]
    parts = [i for link in links for i in sentence.children[link] if sentence.words[i].dep == "pobj"]
    yield from (parts if parts and sentence.words[index].pos in ("NUM", "PRON") else [index])


def _identified(sentence: Parsed, one: int, other: int) -> bool:
    groups = [{*_noun_phrase(sentence, each)} for each in (one, other)]
    if groups[0] & groups[1] or _side_by_side(sentence, *sorted((one, other))):
        return True
    if any(sentence.words[i].pos == "PRON" for group in groups for i in group):
        return True
    for found in {r.head for r in semantic_roles(sentence)}:
        if sentence.words[found].lemma in IDENTIFYING_VERBS and all(
            group & _identified_by(sentence, found) for group in groups
        ):
            return True
    return any(
        sentence.words[sentence.words[i].head].folded in EXAMPLE_PREPOSITIONS
        and _exemplified(sentence, i) & groups[1 - n]
        for n, group in enumerate(groups)
        for i in group
    )


def _noun_phrase(sentence: Parsed, index: int) -> Iterator[int]:
    """A noun phrase: its head, what modifies it before, and its appositions."""
    word = _counting_word(sentence, sentence.words[index])
    while word.dep in ("compound", "nmod", "flat", "appos", "amod", "nummod") and word.head != word.index:
        yield word.index
        word = _counting_word(sentence, sentence.words[word.head])
    for each in coordinated(sentence, word.index):
        yield each
        yield from (i for i in sentence.children[each] if sentence.words[i].dep in ("compound", "nmod", "flat"))


def _counting_word(sentence: Parsed, word: Word) -> Word:
    """The counting word of "one of the pilots", which is the head of the phrase; else the word itself."""
    link = sentence.words[word.head]
    above = sentence.words[link.head]
    counts = above.pos in ("NUM", "PRON") or above.lemma in ("many", "most", "some", "several", "part", "few")
    return above if word.dep == "pobj" and link.folded == "of" and counts else word


def _side_by_side(sentence: Parsed, first: int, last: int) -> bool:
    """Whether a comma alone separates the two phrases: an apposition, whatever the parser takes it for."""
    between = sentence.words[first + 1 : last]
    commas = sum(word.text == "," for word in between)
    return commas == 1 and all(
        word.text == "," or word.pos in ("DET", "ADJ", "NOUN", "PROPN", "NUM") for word in between
    )


def _identified_by(sentence: Parsed, verb: int) -> set[int]:
    """What a verb identifies: its arguments, and the object of its "as"."""
    found = {r.word for r in semantic_roles(sentence) if r.head == verb}
    below = [sentence.words[i] for i in sentence.children[verb]]
    direct = [word.index for word in below if word.dep in ("attr", "oprd", "nsubj", "nsubjpass", "dobj", "prep")]
    found |= {i for each in direct for i in (each, *_counted_nouns(sentence, each), *sentence.children[each])}
    return {each for i in found for each in coordinated(sentence, i)}


def _exemplified(sentence: Parsed, index: int) -> set[int]:
    """The nouns before a "such as" or "including"."""
    link = sentence.words[sentence.words[index].head]
    return {each for i in (link.head, sentence.words[link.head].head) for each in coordinated(sentence, i)}


def _other_gender(alignment: Alignment) -> Iterator[Finding]:
    for word in alignment.claim.words:
        ours = next((group for group in GENDERS if word.folded in group), None)
        places = alignment.candidates.get(word.head, ())
        if ours is None or not places:
            continue
        beside = {
            alignment.evidence.words[i].folded
            for place in places
            for i in alignment.evidence.children[place]
            if alignment.evidence.words[i].dep == word.dep
        }
        if any(group & beside for group in GENDERS) and not ours & beside:
            head = alignment.claim.words[word.head].text
            yield fail("role", FindingMessage.NOT_SAID_WITH, claimed=word.text, beside=head)


ARREST = "The arrest of Ann Velt, a member of the Tarn Crew, by the Norwick police has renewed the debate."

COPULA = Check(
    id="copula",
    phenomenon='Copula: "A is B" is said in the evidence in some form, and "he" does not become "she".',
    run=other_identities,
    accepts=(
        Example("Ann Velt is a member of the Tarn Crew.", ARREST),
        Example("Dana Rowe is a coach.", "Coach Dana Rowe chose to row instead of sailing past Quillby's pier."),
        Example("Dana Rowe was one of the lead rowers.", "Dana Rowe, one of the lead rowers, left."),
        Example("Velt was the mayor of Norwick.", "Velt became the mayor of Norwick."),
        Example("A closed pier is the worst sight.", "The worst sight is a closed pier."),
    ),
    rejects=(Example("Ann Velt is the police.", ARREST),),
)
