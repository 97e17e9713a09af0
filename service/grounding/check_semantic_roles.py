"""Semantic roles check: agents and patients of the claim are those of the evidence."""

from collections.abc import Iterator

from service.grounding.alignment import LIGHT_WORDS, Alignment
from service.grounding.check_record import Check, Example
from service.grounding.findings import Finding, FindingMessage, fail
from service.language.parsing import Parsed
from service.language.pronouns import ANAPHORIC_PRONOUNS
from service.language.semantic_roles import (
    PATIENT_EVENT_NOUNS,
    SemanticRole,
    dependency_distances,
    semantic_roles,
)

MAX_SAME_ENTITY_DISTANCE = 0.8
"""Steps in the dependency graph within which two words name the same: "A, the spokesman"."""
RAISING_VERBS = frozenset(
    "expect believe say think report allege know suppose consider understand schedule set have need seem appear tend "
    "begin start continue likely".split()
)
"""Raising verbs: their subject is not their agent."""
AMOUNT_NOUNS = frozenset("percent % $ dollar euro pound number amount total share sum ton tonne dozen lot".split())


def other_roles(alignment: Alignment) -> Iterator[Finding]:
    """Each agent or patient whose role the evidence gives to another."""
    for role in semantic_roles(alignment.claim):
        if not role.inferred and (failure := _other_role(alignment, role)):
            yield failure


def _other_role(alignment: Alignment, found: SemanticRole) -> Finding | None:
    positions, events = _positions(alignment, found.word), _events(alignment, found.head)
    event, argument = alignment.claim.words[found.head], alignment.claim.words[found.word].text
    if not events or not positions or _is_raising(alignment.claim, found.head):
        return None
    theirs = [r for r in semantic_roles(alignment.evidence) if r.head in events]
    same = {
        each for r in theirs if r.role == found.role for each in (r.word, *_measured_nouns(alignment.evidence, r.word))
    }
    if set(positions) & same:
        return None
    if set(positions) & {r.word for r in theirs if r.role != found.role}:
        if event.lemma == "be":
            return None  # "A is B" and "B is A"
        message = FindingMessage.NOT_AGENT if found.role == "agent" else FindingMessage.NOT_PATIENT
        return fail("role", message, claimed=argument, beside=event.text)
    if any(may_refer_to(alignment, s, p) for s in same for p in positions):
        return None
    unnamed = found.role == "agent" and (_is_by(alignment.claim, found.word) or _are_passive(alignment, events))
    if not same and unnamed and not any(_may_be_agent(alignment, p, events) for p in positions):
        return fail("role", FindingMessage.NOT_AGENT, claimed=argument, beside=event.text)
    near = dependency_distances(alignment.evidence)
    if any(near[a][p] <= 1.0 and alignment.evidence.words[p].head == a for a in events for p in positions):
        return None
    if (event.pos == "NOUN" and event.lemma not in PATIENT_EVENT_NOUNS) or event.lemma == "be":
        # What a noun owns or an "is" joins is said in many ways; only the wrong way round is an error.
        return None
    if same and not any(near[s][p] <= MAX_SAME_ENTITY_DISTANCE for s in same for p in positions):
        instead = ", ".join(alignment.evidence.words[i].text for i in sorted(same))
        return fail("role", FindingMessage.OTHER_ARGUMENT, claimed=argument, found=instead, beside=event.text)
    return None


def _is_by(sentence: Parsed, index: int) -> bool:
    return sentence.words[index].dep == "pobj" and sentence.words[sentence.words[index].head].folded == "by"


def _are_passive(alignment: Alignment, events: tuple[int, ...]) -> bool:
    """Whether the evidence has the events in the passive, which may leave the agent out."""
    return all(
        any(alignment.evidence.words[i].dep == "auxpass" for i in alignment.evidence.children[event])
        and alignment.evidence.words[event].pos == "VERB"
        for event in events
    )


def _may_be_agent(alignment: Alignment, place: int, events: tuple[int, ...]) -> bool:
    """Whether the evidence's word, or the name it is part of, could be the agent.

    Not what another is "of", nor the subject of a verb that has no part in the event.
    """
    word = alignment.evidence.words[place]
    while word.dep in ("compound", "appos", "amod", "nmod", "flat") and word.head != word.index:
        word = alignment.evidence.words[word.head]
    above = alignment.evidence.words[word.head]
    first = min(alignment.evidence.subtree(word.index) & {*range(place + 1)}, default=place)
    if word.index in events or (first > 0 and alignment.evidence.words[first - 1].folded == "by"):
        return True
    if word.dep == "pobj":
        return above.folded in ("by", "from") or above.head in events
    if word.dep in ("nsubj", "nsubjpass"):
        parts = [
            i
            for i in alignment.evidence.children[above.index]
            if alignment.evidence.words[i].dep in ("dobj", "oprd", "xcomp", "conj", "attr")
        ]
        return above.index in events or any({*events} & alignment.evidence.subtree(i) for i in parts)
    return True


def _positions(alignment: Alignment, index: int) -> tuple[int, ...] | None:
    """Positions of a word in the evidence; also of a light word ("a year"), which other checks leave out."""
    word = alignment.claim.words[index]
    if index in alignment.candidates or word.pos != "NOUN" or word.lemma not in LIGHT_WORDS:
        return alignment.candidates.get(index)
    return tuple(other.index for other in alignment.evidence.words if other.lemma == word.lemma)


def _is_raising(sentence: Parsed, verb: int) -> bool:
    """Whether a verb is a raising verb with an infinitive: "A is expected to do it"."""
    word = sentence.words[verb]
    return word.lemma in RAISING_VERBS and any(sentence.words[i].dep == "xcomp" for i in sentence.children[verb])


def _measured_nouns(sentence: Parsed, index: int) -> list[int]:
    """The nouns that an amount measures: "$76 million in fees" are fees."""
    word = sentence.words[index]
    if word.pos not in ("NUM", "SYM") and word.lemma not in AMOUNT_NOUNS:
        return []
    links = [i for i in sentence.children[index] if sentence.words[i].folded in ("of", "in")]
    return [i for link in links for i in sentence.children[link] if sentence.words[i].dep == "pobj"]


def _events(alignment: Alignment, head: int) -> tuple[int, ...]:
    """Positions of an event in the evidence; "have" and "be" only as the same verb."""
    if head in alignment.core:
        return alignment.candidates.get(head, ())
    verb = alignment.claim.words[head]
    if verb.lemma not in ("have", "be"):
        return ()
    return tuple(w.index for w in alignment.evidence.words if w.lemma == verb.lemma and w.dep not in ("aux", "auxpass"))


def may_refer_to(alignment: Alignment, pronoun: int, name: int) -> bool:
    """Whether a pronoun of the evidence may refer to an earlier word of the same sentence."""
    word, meant = alignment.evidence.words[pronoun], alignment.evidence.words[name]
    owns = meant.dep == "poss" and not meant.is_name
    describes = owns or (meant.dep in ("compound", "amod", "nmod") and not alignment.evidence.words[meant.head].is_name)
    return word.pos == "PRON" and word.folded in ANAPHORIC_PRONOUNS and name < pronoun and not describes


VILLAGE = (
    "The village of Easton lies about 300 km from the hills of Norwick and about 260 km from the coast of Zorbach."
)
SUPPER = "In May, the mayor of Zorbach met the harbour master in Quillby, where a strike had closed the docks."
BOARD = "The board, which owns the pier, is expected to close the harbour before May."
ARREST = "The arrest of Ann Velt, a member of the Tarn Crew, by the Norwick police has renewed the debate."

SEMANTIC_ROLES = Check(
    id="semantic_roles",
    phenomenon="Semantic roles: agents and patients of the claim are those of the evidence.",
    run=other_roles,
    accepts=(
        Example("In May, the harbour master was met in Quillby by the mayor of Zorbach.", SUPPER),
        Example("The board opened the inquiry.", "The inquiry was opened by the board in May."),
        Example("The harbour is expected to be closed by the board before May.", BOARD),
    ),
    rejects=(
        Example("The harbour master of Zorbach met the mayor in Quillby.", SUPPER),
        Example("The board is expected to be closed by the harbour before May.", BOARD),
        Example("The board currently realizes a year.", "The board currently realizes about 500 fairs a year."),
        Example("The mayor is the one who sets fees.", "Calling the board, which sets fees, is a duty of the mayor."),
        Example(
            "Easton lies about 260 km from the hills of Norwick.",
            VILLAGE,
        ),
        Example("The Tarn Crew was arrested by the Norwick police.", ARREST),
        Example("Ann Velt was arrested by the Tarn Crew.", ARREST),
        Example("The crew found the leak.", "By the time the leak was found, the crew was at sea."),
        Example("The club tried to sell the boat.", "In the club's final days, he tried to sell the boat."),
        Example("Norwick captured the Quillby pier.", "A captured boat of Norwick passed the Quillby pier."),
        Example(
            "In her final days, the mayor tried to sell her boat.",
            "In the mayor's final days, he tried to sell his boat.",
        ),
    ),
)
