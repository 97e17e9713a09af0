"""Modality check: a claim may not state as fact what the evidence calls possible, wanted, planned or conditional."""

from collections.abc import Iterator

from service.grounding.alignment import Alignment
from service.grounding.check_record import Check, Example
from service.grounding.findings import Finding, FindingMessage, fail
from service.language.lexicon import equivalent
from service.language.parsing import Parsed, Word

HEDGES = frozenset(
    "may might could allegedly alleged reportedly possibly probably perhaps apparently suspected suspect potential "
    "potentially likely seem seemingly appear supposedly purportedly believed presumably claim allege possible "
    "almost nearly".split()
)
MODALS = {
    "will": "will",
    "shall": "will",
    "'ll": "will",
    "wo": "will",
    "should": "should",
    "must": "must",
    "would": "would",
}
PRIVATIVE_MODIFIERS = frozenset(
    "former ex onetime erstwhile late retired ousted deposed outgoing incoming elect designate acting interim deputy "
    "vice assistant shadow would-be aspiring prospective presumptive future planned proposed intended attempted failed "
    "foiled thwarted abortive aborted botched unsuccessful cancelled canceled postponed rejected fake false bogus "
    "counterfeit mock sham simulated fictional fictitious imaginary hypothetical supposed so-called self-styled "
    "self-proclaimed self-described honorary unofficial virtual quasi pseudo ideological spiritual symbolic".split()
)
"""Privative modifiers: a "foiled attack" is no attack, a "former mayor" no mayor."""
AUXILIARY_RELATIONS = ("aux", "auxpass")
CONDITIONAL_CONJUNCTIONS = frozenset({"if", "unless", "whether"})
HYPOTHETICAL_NOUNS = frozenset(
    "potential possibility risk threat danger chance hope prospect plan proposal attempt bid fear allegation "
    "accusation rumour rumor suspicion likelihood".split()
)
LAPSED_ADVERBS = frozenset("once formerly previously".split())
MISTAKEN_ADVERBS = frozenset("wrongly falsely mistakenly erroneously incorrectly inaccurately misleadingly".split())
IMPLICATIVE_VERBS = frozenset("able begin continue start manage help come go keep proceed use serve make let".split())
"""Verbs whose object clause holds when they do: leaving them out changes little."""


def lost_modality(alignment: Alignment) -> Iterator[Finding]:
    """Yield each hedge, condition, intention or modal verb that the claim drops or adds."""
    ours = {form for word in alignment.claim.words for form in (word.folded, word.lemma)}
    for index, place in sorted({**_light_verbs(alignment), **alignment.chosen}.items()):
        mine, theirs = alignment.claim.words[index], alignment.evidence.words[place]
        hedged = _is_hedged(alignment.claim, index)
        for word in _hedges(alignment.evidence, place):
            if not hedged and (word.dep == "aux" or not _is_repeated(word, alignment)):
                yield fail("hedge", FindingMessage.STATED_PLAINLY, found=word.text)
        if failure := _lost_privative(alignment, index) or _lost_lapse(alignment, index):
            yield failure
        if mine.pos not in ("VERB", "AUX") and mine.dep not in ("ROOT", "attr", "acomp"):
            continue
        if (condition := _condition(alignment.evidence, place)) and not ours & CONDITIONAL_CONJUNCTIONS:
            yield fail("hedge", FindingMessage.CONDITION_LEFT_OUT, found=condition.text)
        if (mistaken := _mistaken_adverb(alignment.evidence, place)) and not _is_repeated(mistaken, alignment):
            yield fail("hedge", FindingMessage.LEFT_OUT, found=mistaken.text)
        if (
            mine.pos == "VERB"
            and (guess := _hypothetical_noun(alignment.evidence, place))
            and not _is_repeated(guess, alignment)
        ):
            yield fail("hedge", FindingMessage.STATED_AS_DONE, found=guess.text)
        above = _intended(alignment.evidence, place)
        if above is not None and not _is_repeated(above, alignment):
            yield fail("hedge", FindingMessage.STATED_AS_DONE, found=above.text)
        if theirs.pos == "VERB" and (failure := _modals(alignment, index, place, hedged)):
            yield failure


def _lost_privative(alignment: Alignment, index: int) -> Finding | None:
    """A privative modifier that the evidence has with every occurrence of the noun, and the claim leaves out."""
    found = []
    for place in alignment.candidates.get(index, ()):
        beside = (alignment.evidence.words[i] for i in alignment.evidence.children[place])
        found.append(
            next((w for w in beside if w.folded in PRIVATIVE_MODIFIERS and w.dep in ("amod", "compound", "nmod")), None)
        )
    changing = [word for word in found if word is not None]
    always = bool(changing) and len(changing) == len(found)
    if (
        alignment.claim.words[index].pos != "NOUN"
        or not always
        or any(_is_repeated(word, alignment) for word in changing)
    ):
        return None
    return fail(
        "hedge", FindingMessage.SAID_WITH_MORE, found=changing[0].text, beside=alignment.claim.words[index].text
    )


def _lost_lapse(alignment: Alignment, index: int) -> Finding | None:
    """Return a lapsed adverb that the claim drops: "the once feared mayor" is not "the feared mayor"."""
    word = alignment.claim.words[index]
    if word.pos not in ("ADJ", "NOUN") or any(each.folded in LAPSED_ADVERBS for each in alignment.claim.words):
        return None
    found = [
        [
            alignment.evidence.words[i]
            for i in alignment.evidence.children[place]
            if alignment.evidence.words[i].folded in LAPSED_ADVERBS
        ]
        for place in alignment.candidates.get(index, ())
    ]
    if found and all(found):
        return fail("hedge", FindingMessage.SAID_WITH_MORE, found=found[0][0].text, beside=word.text)
    return None


def _hypothetical_noun(evidence: Parsed, place: int) -> Word | None:
    """The noun that makes a word hypothetical: "the potential for misuse" is no misuse."""
    word = evidence.words[place]
    for _ in range(2):
        above = evidence.words[word.head]
        if above.lemma in HYPOTHETICAL_NOUNS and above.pos == "NOUN":
            return above
        if word.dep not in ("pobj", "pcomp", "acl", "prep"):
            return None
        word = above
    return None


def _is_hedged(claim: Parsed, index: int) -> bool:
    """Whether a hedge bears on the word, its clause or one around it."""
    above = (index, *claim.ancestors(index))
    near = [claim.words[i] for each in above for i in (each, *claim.children[each])]
    return any({word.folded, word.lemma} & HEDGES for word in near)


def _light_verbs(alignment: Alignment) -> dict[int, int]:
    """Verbs that are no content words, where the evidence has the same one once."""
    found = {}
    for word in alignment.claim.words:
        places = [
            other.index for other in alignment.evidence.words if other.pos == "VERB" and other.lemma == word.lemma
        ]
        if word.pos == "VERB" and len(places) == 1:
            found[word.index] = places[0]
    return found


def _hedges(evidence: Parsed, index: int) -> list[Word]:
    # "allegedly with the support": the adverb hangs on the preposition, and softens what that brings.
    above = evidence.words[index].head if evidence.words[index].dep == "pobj" else index
    found = [evidence.words[i] for i in {*evidence.children[index], *evidence.children[above]}]
    return [
        word
        for word in found
        if (word.folded in HEDGES or word.lemma in HEDGES) and word.dep in ("aux", "advmod", "amod", "acomp")
    ]


def _condition(evidence: Parsed, place: int) -> Word | None:
    """The conditional conjunction of the clause of a word, of one above it, or of one that depends on it."""
    above = [i for i in (place, *evidence.ancestors(place)) if evidence.words[i].pos in ("VERB", "AUX")]
    for verb in above:
        below = (i for i in evidence.children[verb] if evidence.words[i].dep == "advcl" and verb == above[0])
        for clause in (verb, *below):
            for i in evidence.children[clause]:
                if evidence.words[i].folded in CONDITIONAL_CONJUNCTIONS and evidence.words[i].dep == "mark":
                    return evidence.words[i]
    return None


def _intended(evidence: Parsed, index: int) -> Word | None:
    """The verb above an infinitive, which is wanted, planned or thought: "is assumed to have left"."""
    word = evidence.words[index]
    marks = {evidence.words[i].tag for i in evidence.children[index]}
    if word.dep not in ("xcomp", "acl") or not (word.tag == "VB" or "TO" in marks):
        return None
    above = evidence.words[word.head]
    return above if above.lemma not in IMPLICATIVE_VERBS and above.is_content else None


def _mistaken_adverb(evidence: Parsed, place: int) -> Word | None:
    """The adverb that calls a word, or the verb above it, mistaken: "was wrongly assumed to have left"."""
    above = [place, *(i for i in [evidence.words[place].head] if evidence.words[place].dep in ("xcomp", "ccomp"))]
    beside = (evidence.words[i] for each in above for i in evidence.children[each])
    return next((word for word in beside if word.folded in MISTAKEN_ADVERBS), None)


def _modals(alignment: Alignment, index: int, place: int, hedged: bool) -> Finding | None:
    mine, theirs = _modal(alignment.claim, index), _modal(alignment.evidence, place)
    if mine and mine != theirs:
        return fail("hedge", FindingMessage.NOT_SAID, claimed=mine)
    if theirs in ("would", "should", "must") and mine != theirs and not hedged:
        return fail("hedge", FindingMessage.STATED_PLAINLY, found=theirs)
    if theirs == "will" and not mine and _is_past(alignment.claim, index):
        return fail("hedge", FindingMessage.STATED_AS_DONE, found="will")
    if _can(alignment.evidence, place) and not _has_modal(alignment.claim, index) and not hedged:
        return fail("hedge", FindingMessage.STATED_PLAINLY, found="can")
    return None


def _is_past(sentence: Parsed, index: int) -> bool:
    helpers = {
        sentence.words[i].folded for i in sentence.children[index] if sentence.words[i].dep in AUXILIARY_RELATIONS
    }
    return sentence.words[index].tag in ("VBD", "VBN") or bool(helpers & {"was", "were", "has", "have", "had", "did"})


def _can(sentence: Parsed, index: int) -> bool:
    return any(sentence.words[i].dep == "aux" and sentence.words[i].lemma == "can" for i in sentence.children[index])


def _has_modal(sentence: Parsed, index: int) -> bool:
    able = any(word.lemma in ("able", "capable", "can") for word in sentence.words)
    return able or any(sentence.words[i].tag == "MD" for i in sentence.children[index])


def _modal(sentence: Parsed, index: int) -> str:
    for i in sentence.children[index]:
        if sentence.words[i].dep == "aux" and sentence.words[i].folded in MODALS:
            return MODALS[sentence.words[i].folded]
    word = sentence.words[index]
    while word.dep == "conj" and word.tag == "VB" and word.head != word.index:
        word = sentence.words[word.head]
    # "have to", which is no helper to the parser
    infinite = any(sentence.words[i].tag == "TO" for i in sentence.children[word.index])
    return "must" if word.dep == "xcomp" and infinite and sentence.words[word.head].lemma == "have" else ""


def _is_repeated(word: Word, alignment: Alignment) -> bool:
    return any(
        equivalent(ours, word) for ours in alignment.claim.words if ours.is_content or ours.pos in ("AUX", "VERB")
    )


BOILER = "If the water level drops, the lead melts and the steam escapes, warning the stokers."
ASKED = "The clerk asked whether the council had sold the pier."
VELT = "Velt, who was wrongly assumed to have been killed, owns a pier."

MODALITY = Check(
    id="modality",
    phenomenon="Modality: what is possible, wanted or planned is not stated as done.",
    run=lost_modality,
    accepts=(
        Example("The former mayor met an owner.", "The former mayor met an owner on Monday."),
        Example("The mayor met an owner.", "The former mayor and the mayor met an owner."),
        Example("The mayor met an owner.", "The angry mayor met an owner."),
        Example("If the water level drops, the steam escapes.", BOILER),
        Example("The clerk asked whether the pier had been sold by the council.", ASKED),
    ),
    rejects=(
        Example(
            "The pier delays the crew, and the ferry may be sold.",
            "The pier may delay the crew, and the ferry may be sold.",
        ),
        Example("They must pay.", "They may pay."),
        Example("Velt paid the fee.", "Velt has to pay the fee."),
        Example("The mayor met an owner.", "The former mayor met an owner."),
        Example("Police stopped the attack on the pier.", "Police stopped the planned attack on the pier."),
        Example("The water level drops, and the steam escapes, warning the stokers.", BOILER),
        Example("The steam escapes, warning the stokers.", BOILER),
        Example("The lead melts.", BOILER),
        Example("The council had sold the pier.", ASKED),
        Example("The new pump is used against floods.", "The new pump can be used against floods."),
        Example("The yard allowed the ferry to leave.", "The yard will allow the ferry to leave."),
        Example(
            "The yard grew with the support of the bank.", "The yard grew, allegedly with the support of the bank."
        ),
        Example("The council closed the quay.", "The council could close the quay."),
        Example(
            "The mayor sheltered Anna Berg.",
            "“The arrest of Anna Berg has renewed allegations that the mayor sheltered her,” a police report said.",
        ),
        Example("Velt was killed.", VELT),
        Example("Velt was assumed to have been killed.", VELT),
        Example("The feared crew rows.", "The once feared crew rows now."),
        Example("The board misused funds, the board warned.", "The board warned of the potential for misuse of funds."),
    ),
)
