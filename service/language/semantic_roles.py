"""Semantic roles: agents and patients of verbs and event nouns, across passives, relative clauses and coordination."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Literal

import numpy as np

from index.types import Record
from service.language.parsing import NOMINAL, Parsed, Word

Role = Literal["agent", "patient"]

ROLES: tuple[Role, ...] = ("agent", "patient")
VERBAL = ("VERB", "AUX")
SUBJECTS = ("nsubj", "csubj")
PASSIVE_SUBJECTS = ("nsubjpass", "csubjpass")
RELATIONS_BY_ROLE = {"agent": SUBJECTS, "patient": (*PASSIVE_SUBJECTS, "dobj", "obj", "dative", "oprd")}
PATIENT_EVENT_NOUNS = frozenset(
    "arrest detention capture killing murder assassination execution abduction kidnapping seizure extradition "
    "deportation expulsion imprisonment release rescue torture poisoning beating hanging indictment conviction "
    "dismissal removal appointment nomination promotion election recruitment destruction demolition closure creation "
    "establishment formation construction acquisition purchase sale theft loss defeat occupation overthrow ouster "
    "resignation death".split()
)
"""Event nouns whose genitive ("of B", "B's") is the patient, not the agent."""
UNCONNECTED = 99.0
"""Distance of two words that no path connects."""


class SemanticRole(Record):
    """One argument of a predicate and its role."""

    head: int
    """Index of the predicate: a verb or an event noun."""
    role: Role
    word: int
    """Index of the argument."""
    inferred: bool = False
    """Whether the argument comes from another clause ("went there to do so")."""


@lru_cache(maxsize=2048)
def semantic_roles(sentence: Parsed) -> tuple[SemanticRole, ...]:
    """Return every agent and patient of every verb and event noun, also where syntax and role differ (passives)."""
    found: list[SemanticRole] = []
    for word in sentence.words:
        if word.pos in VERBAL:
            own = {each for role in ROLES for arg in _own(sentence, word, role) for each in coordinated(sentence, arg)}
            controlled = _is_controlled(sentence, word)
            found += [
                SemanticRole(head=word.index, role=role, word=arg, inferred=controlled and arg not in own)
                for role, arg in _arguments(sentence, word)
            ]
        elif word.pos == "NOUN":
            found += _event_noun_roles(sentence, word)
    return tuple(dict.fromkeys(found))


def _is_controlled(sentence: Parsed, verb: Word) -> bool:
    """Whether the verb has no subject and depends on another clause that may supply one."""
    own = any(sentence.words[i].dep in (*SUBJECTS, *PASSIVE_SUBJECTS) for i in sentence.children[verb.index])
    return not own and verb.dep in ("xcomp", "advcl", "pcomp", "acl")


def _event_noun_roles(sentence: Parsed, noun: Word) -> Iterator[SemanticRole]:
    """Yield the roles of an event noun: "A's victory over B", "the attack by A on B", "the arrest of B"."""
    has_patient_genitive = noun.lemma in PATIENT_EVENT_NOUNS
    for index in sentence.children[noun.index]:
        child = sentence.words[index]
        if child.dep == "poss":
            yield SemanticRole(head=noun.index, role="patient" if has_patient_genitive else "agent", word=index)
        for below in sentence.children[index] if child.dep in ("prep", "agent") else ():
            if sentence.words[below].dep != "pobj":
                continue
            if child.folded in ("by", "over", "against", "on"):
                yield SemanticRole(head=noun.index, role="agent" if child.folded == "by" else "patient", word=below)
            elif child.folded == "of" and has_patient_genitive:
                yield from (
                    SemanticRole(head=noun.index, role="patient", word=each) for each in coordinated(sentence, below)
                )


def _arguments(sentence: Parsed, verb: Word) -> Iterator[tuple[Role, int]]:
    agents, patients = list(_own(sentence, verb, "agent")), list(_own(sentence, verb, "patient"))
    if _passive(sentence, verb):
        patients = patients or list(_shared_subjects(sentence, verb))
        agents = agents or list(_agents_of_conjuncts(sentence, verb))
    else:
        if not agents and not (verb.tag == "VBN" and verb.dep == "acl"):
            agents = list(_shared_subjects(sentence, verb))
        patients = patients or list(_objects_of_conjuncts(sentence, verb))
    for arg in agents:
        yield from (("agent", each) for each in coordinated(sentence, arg))
    for arg in patients:
        yield from (("patient", each) for each in coordinated(sentence, arg))


def _agents_of_conjuncts(sentence: Parsed, verb: Word) -> Iterator[int]:
    """Yield the agents of coordinated participles that share one ("planned and paid for by B")."""
    for index in sentence.children[verb.index]:
        if sentence.words[index].dep == "conj" and _passive(sentence, sentence.words[index]):
            yield from _own(sentence, sentence.words[index], "agent")


def _objects_of_conjuncts(sentence: Parsed, verb: Word) -> Iterator[int]:
    """Yield the objects of coordinated verbs that share one ("trains and funds B")."""
    following = [sentence.words[i] for i in sentence.children[verb.index]]
    if any(word.dep in ("prep", "ccomp", "xcomp", "prt", "acomp", "attr") for word in following):
        return
    for word in following:
        if word.dep == "conj" and word.tag == verb.tag:
            yield from (i for i in sentence.children[word.index] if sentence.words[i].dep == "dobj")


def _own(sentence: Parsed, verb: Word, role: Role) -> Iterator[int]:
    for index in sentence.children[verb.index]:
        child = sentence.words[index]
        if child.dep in RELATIONS_BY_ROLE[role]:
            yield from _antecedents(sentence, verb, index)
        elif child.dep == "attr" and role == "patient":
            yield index
        elif child.dep == "agent" and role == "agent":
            yield from (i for i in sentence.children[index] if sentence.words[i].dep == "pobj")
    if verb.dep == "amod" and verb.tag == "VBN" and role == "patient":
        yield verb.head  # "the captured pilot"
    if verb.dep == "acl" and sentence.words[verb.head].pos in NOMINAL and (verb.tag == "VBN") == (role == "patient"):
        yield verb.head


def _antecedents(sentence: Parsed, verb: Word, index: int) -> Iterator[int]:
    """Yield the possible antecedents of a relative pronoun: the noun that its clause modifies, then nouns above it."""
    if sentence.words[index].tag not in ("WDT", "WP"):
        yield index
        return
    clause = next((i for i in (verb.index, *sentence.ancestors(verb.index)) if sentence.words[i].dep == "relcl"), None)
    if clause is None:
        yield index
        return
    head = sentence.words[clause].head
    yield head
    joined = sentence.words[sentence.words[head].head]
    if sentence.words[head].dep == "attr" and joined.lemma == "be":
        # "A is the one who did it": the agent is A.
        yield from (i for i in sentence.children[joined.index] if sentence.words[i].dep == "nsubj")
    for above in sentence.ancestors(head):
        if sentence.words[above].pos in VERBAL:
            return
        if sentence.words[above].pos in NOMINAL:
            yield above


def _shared_subjects(sentence: Parsed, verb: Word) -> Iterator[int]:
    """Yield the subjects shared with the governing clause, or the objects of a verb that controls this one."""
    if verb.dep not in ("conj", "xcomp", "advcl", "pcomp") or verb.head == verb.index:
        return
    above = sentence.words[verb.head]
    if verb.dep == "advcl" and any(sentence.words[i].dep == "mark" for i in sentence.children[verb.index]):
        return
    while above.pos == "ADP" and above.head != above.index:
        above = sentence.words[above.head]
    objects = [i for i in sentence.children[above.index] if sentence.words[i].dep == "dobj"]
    if verb.dep == "xcomp" and objects:
        yield from objects
        return
    if above.pos in VERBAL:
        yield from [role.word for role in _subject_roles(sentence, above)]


def _subject_roles(sentence: Parsed, verb: Word) -> list[SemanticRole]:
    args = list(_arguments(sentence, verb))
    subject: Role = "patient" if _passive(sentence, verb) else "agent"
    return [SemanticRole(head=verb.index, role=role, word=arg) for role, arg in args if role == subject]


def _passive(sentence: Parsed, verb: Word) -> bool:
    deps = {sentence.words[i].dep for i in sentence.children[verb.index]}
    if "auxpass" in deps or deps & set(PASSIVE_SUBJECTS):
        return True
    first = sentence.words[verb.head]
    return (
        verb.dep == "conj"
        and verb.tag == "VBN"
        and first.tag == "VBN"
        and not deps & {"aux", *SUBJECTS}
        and (first.index != verb.index and _passive(sentence, first))
    )


def coordinated(sentence: Parsed, index: int) -> list[int]:
    """Return the indices of a noun and of its conjuncts and appositions: "A and B", "the spokesman, C"."""
    found, waiting = [], [index]
    while waiting:
        current = waiting.pop(0)
        found.append(current)
        waiting += [i for i in sentence.children[current] if sentence.words[i].dep in ("conj", "appos")]
    word = sentence.words[index]
    while word.dep == "appos" and word.head not in found:
        found.append(word.head)
        word = sentence.words[word.head]
    return found


@lru_cache(maxsize=2048)
def dependency_distances(sentence: Parsed) -> tuple[tuple[float, ...], ...]:
    """Return all distances between words in the dependency tree, with added edges from predicates to their arguments.

    Edges of function words cost 0, edges into another clause 3. Shape (words, words), symmetric; `UNCONNECTED` where no
    path exists. All shortest paths by Floyd (1962, Algorithm 97) and Warshall (1962).
    """
    n = len(sentence.words)
    table = np.full((n, n), UNCONNECTED)
    np.fill_diagonal(table, 0.0)
    steps = [(w.index, w.head, _cost(sentence, w)) for w in sentence.words if w.head != w.index]
    for i, j, cost in (*steps, *((found.head, found.word, 1.0) for found in semantic_roles(sentence))):
        table[i, j] = table[j, i] = min(table[i, j], cost)
    # Not scipy's shortest_path: in a dense matrix it reads a cost of 0 as "no edge".
    for k in range(n):
        np.minimum(table, table[:, k, None] + table[k], out=table)
    return tuple(map(tuple, table.tolist()))


def _cost(sentence: Parsed, word: Word) -> float:
    """Return the cost of the edge between a word and its head."""
    above = sentence.words[word.head]
    if word.dep == "conj":
        return 3.0 if word.pos in VERBAL or above.pos in VERBAL else 0.4
    if word.dep in ("appos", "compound", "flat"):
        return 0.4
    if word.dep in ("advcl", "ccomp", "parataxis"):
        return 1.0 if word.tag == "VBG" else 3.0
    if not word.is_content and word.pos not in NOMINAL:
        return 0.0 if word.pos in ("ADP", "PART", "AUX", "DET", "SCONJ") else 0.5
    return 1.0
