"""Anaphora: pronouns and definite nouns ("the group") that refer to something named before."""

from index.types import Record
from service.language.parsing import Parsed, Word

NEUTER_PRONOUNS = frozenset("it its itself".split())
PLURAL_PRONOUNS = frozenset("they them their theirs themselves".split())
PERSON_PRONOUNS = frozenset("he him his himself she her hers herself".split())
REFLEXIVE_PRONOUNS = frozenset("himself herself itself themselves".split())
INDEPENDENT_POSSESSIVES = frozenset("hers theirs".split())
"""Possessives without a noun after them."""
POSSESSIVE_DETERMINERS = frozenset("his her its their".split())
ANAPHORIC_PRONOUNS = (PERSON_PRONOUNS | NEUTER_PRONOUNS | PLURAL_PRONOUNS) - INDEPENDENT_POSSESSIVES
DEMONSTRATIVES = frozenset("this that these those".split())
DEFINITE_DETERMINERS = DEMONSTRATIVES | {"the"}
DEFINITE_NOUNS = frozenset(
    "group outfit organisation organization report country agreement company party agency man woman leader statement "
    "ministry government city province attack operation official network body force".split()
)
"""Nouns that refer to something named before when they follow "the" or a demonstrative (definite descriptions)."""


class ReferentPositions(Record):
    """Syntactic positions of the participants of an event, by dependency relation."""

    relations: frozenset[str]
    prepositions: frozenset[str]
    """Prepositions whose object is a participant too."""
    passed_through: frozenset[str]
    """Relations within a noun phrase: the position of the head decides."""


PRONOUN_POSITIONS = ReferentPositions(
    relations=frozenset("nsubj nsubjpass dobj poss".split()),
    prepositions=frozenset("by of with against between".split()),
    passed_through=frozenset("compound amod det appos flat nmod".split()),
)
"""Positions of a name that a pronoun could replace: subject, object or possessor, not place or time."""
ANTECEDENT_POSITIONS = ReferentPositions(
    relations=PRONOUN_POSITIONS.relations | {"agent", "ROOT"},
    prepositions=PRONOUN_POSITIONS.prepositions | {"from", "to", "for"},
    passed_through=frozenset("compound amod appos flat nmod conj".split()),
)
"""Positions of a name that a later pronoun may refer to."""


def is_participant(sentence: Parsed, word: Word, positions: ReferentPositions) -> bool:
    """Whether a word, or the noun phrase that contains it, is in one of these positions."""
    for index in (word.index, *sentence.ancestors(word.index)):
        each = sentence.words[index]
        if each.dep in positions.relations:
            return True
        if each.dep == "pobj":
            return sentence.words[each.head].folded in positions.prepositions
        if each.dep not in positions.passed_through:
            return False
    return False


def anaphors(sentence: Parsed) -> list[int]:
    """Return the indices of the pronouns, then the definite nouns, that need an antecedent in an earlier sentence."""
    found = [w.index for w in sentence.words if w.folded in ANAPHORIC_PRONOUNS and w.pos == "PRON"]
    for word in sentence.words:
        if word.lemma in DEFINITE_NOUNS and word.pos == "NOUN":
            determiners = {sentence.words[i].folded for i in sentence.children[word.index]}
            if determiners & DEFINITE_DETERMINERS:
                found.append(word.index)
    return found
