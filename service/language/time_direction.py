"""Time direction: whether the clause of a date looks back or ahead, read from the tense of the verb that governs it."""

from typing import Literal, NamedTuple

from service.language.parsing import Parsed, Word
from service.language.reporting_verbs import REPORTING_VERBS

Direction = Literal["past", "future"]

PLANNING_VERBS = frozenset("schedule scheduled plan expect due".split())
"""Lemmas of words which say that something is still to come ("is expected on Friday", "is due on Friday")."""
FUTURE_AUXILIARIES = frozenset("will shall 'll wo".split())
POSSIBILITY_AUXILIARIES = frozenset("may might should must".split())
ABILITY_AUXILIARIES = frozenset("can ca could 'd".split())
AIMED_PREPOSITIONS = frozenset("for before until till through to toward towards ahead by".split())
"""What follows these after a past verb may lie on either side of the publication date ("set a date for Friday")."""
PRECEDING_PREPOSITIONS = frozenset("for before ahead until till".split())
"""The same of an event on that day ("ahead of a march on Friday")."""
PROPOSING_VERBS = frozenset("call demand propose postpone cancel promise threaten".split())
"""Verbs whose object may be ahead of them ("called for a vote on Friday" may date the call or the vote)."""
SIMULTANEOUS_VERBS = frozenset("decline refuse fail manage begin start continue".split())
"""Verbs whose infinitive happens, or does not, at their own time ("declined to comment on Monday")."""


class Tense(NamedTuple):
    """Tense of a verb: which way it looks, and whether it is the simple present or the future of a past moment."""

    direction: Direction | None = None
    is_present: bool = False
    is_backshifted: bool = False
    """Whether the future is seen from a past moment ("said it would close")."""
    is_perfect: bool = False
    """Whether it is the present perfect."""
    is_pluperfect: bool = False
    is_progressive: bool = False
    """Whether it is a future in the present progressive ("are meeting on Friday")."""


PAST, FUTURE, PRESENT, OPEN = Tense("past"), Tense("future"), Tense(is_present=True), Tense()


class Clause(NamedTuple):
    """The clause that a date belongs to."""

    verb: int
    """Index of the governing verb."""
    tense: Tense
    prepositions: frozenset[str]
    """Prepositions between the date and the verb."""
    is_attached: bool
    """Whether the date modifies the verb itself and not a noun below it."""


def governing_clause(sentence: Parsed, index: int, own: frozenset[int]) -> Clause | None:
    """Return the clause that governs the date at `index`; None without a verb (a headline, a list).

    Args:
        own: indices of all words of the date.
    """
    between: list[Word] = []
    verb = None
    for i in sentence.ancestors(index):
        if sentence.words[i].pos in ("VERB", "AUX"):
            verb = i
            break
        between.append(sentence.words[i])
    beside = _report_beside(sentence, min(own))
    if beside is not None:
        verb, between = beside, []
    if verb is None:
        return None
    tense = _tense(sentence, verb)
    prepositions = frozenset(word.folded for word in between if word.pos in ("ADP", "SCONJ", "ADV"))
    nouns = [word for word in between if word.index not in own and word.pos in ("NOUN", "PROPN", "NUM", "PRON", "ADJ")]
    complements = [sentence.words[i] for i in sentence.children[verb] if sentence.words[i].dep == "acomp"]
    plans = any(word.lemma in PLANNING_VERBS for word in (*between, *complements))
    is_over = ("until" in prepositions and _is_negated_past(sentence, verb, tense)) or (
        "by" in prepositions and tense.is_pluperfect
    )
    nearest = frozenset(word.folded for word in between[:1])
    proposes = "after" not in prepositions and _proposes(sentence, verb, min(own))
    is_aimed = bool(nearest & AIMED_PREPOSITIONS or prepositions & PRECEDING_PREPOSITIONS or plans or proposes)
    if "since" in prepositions or is_over:
        tense = PAST
    elif tense.direction == "past" and is_aimed:
        tense = OPEN
    elif tense.is_present and is_aimed:
        tense = FUTURE
    elif tense.is_progressive and (nouns or any(sentence.words[i].dep == "dobj" for i in sentence.children[verb])):
        tense = OPEN  # "are investigating an attack on Friday"
    return Clause(verb, tense, prepositions, is_attached=not nouns)


def _proposes(sentence: Parsed, verb: int, date: int) -> bool:
    """Whether the date may be that of an event which the verb demands, moves or calls off."""
    children = [sentence.words[i] for i in sentence.children[verb]]
    if sentence.words[verb].lemma == "call":
        return any(word.folded in ("for", "off") for word in children)
    has_object = any(
        word.dep == "dobj" and (word.index < date or date in sentence.subtree(word.index)) for word in children
    )
    return sentence.words[verb].lemma in PROPOSING_VERBS and has_object


def _report_beside(sentence: Parsed, first: int) -> int | None:
    """Return the reporting verb right before the date ("said on Monday", "said late Monday"), however it is parsed."""
    i = first - 1
    while i > 0 and sentence.words[i].folded in ("on", "late", "early"):
        i -= 1
    word = sentence.words[max(i, 0)]
    return i if word.pos == "VERB" and word.tag == "VBD" and word.lemma in REPORTING_VERBS else None


def _tense(sentence: Parsed, verb: int) -> Tense:
    word = sentence.words[verb]
    auxiliaries = [sentence.words[i] for i in sentence.children[verb] if sentence.words[i].dep in ("aux", "auxpass")]
    folded = {each.folded for each in auxiliaries}
    is_perfect = any(each.lemma in ("have", "'ve") for each in auxiliaries)
    if folded & FUTURE_AUXILIARIES:
        return FUTURE
    if "would" in folded:
        return Tense("future", is_backshifted=True) if not is_perfect and is_reported(sentence, verb) else OPEN
    if folded & POSSIBILITY_AUXILIARIES:
        return FUTURE if not is_perfect else OPEN if "should" in folded else PAST
    if folded & ABILITY_AUXILIARIES:
        return PAST if is_perfect or ("could" in folded and _is_negated(sentence, verb)) else OPEN
    if any(each.tag == "TO" for each in auxiliaries):
        return OPEN if is_perfect else _infinitive(sentence, word)
    tags = {word.tag, *(each.tag for each in auxiliaries)}
    if is_perfect and (_is_plan(sentence, word) or _is_inverted(sentence, auxiliaries)):
        return OPEN
    if is_perfect:
        is_now = bool(tags & {"VBZ", "VBP"})
        return Tense("past", is_perfect=is_now, is_pluperfect=not is_now)
    if tags & {"VBZ", "VBP"}:
        return _present(sentence, word, auxiliaries)
    if "VBD" in tags:
        return _past(sentence, word, auxiliaries)
    return _non_finite(sentence, word)


def _is_inverted(sentence: Parsed, auxiliaries: list[Word]) -> bool:
    """Whether the clause is a condition that was not met: "had the vote been held on Sunday"."""
    subjects = [i for each in auxiliaries for i in sentence.children[each.head] if sentence.words[i].dep[:5] == "nsubj"]
    return any(each.folded == "had" and each.index < min(subjects, default=0) for each in auxiliaries)


def _is_plan(sentence: Parsed, word: Word) -> bool:
    """Whether a verb says that something is to come: "is expected", "was set for"."""
    is_set_for = word.lemma == "set" and any(sentence.words[i].folded == "for" for i in sentence.children[word.index])
    return word.lemma in PLANNING_VERBS or is_set_for


def _present(sentence: Parsed, word: Word, auxiliaries: list[Word]) -> Tense:
    if auxiliaries and _is_plan(sentence, word):
        return FUTURE
    if auxiliaries and word.tag == "VBG":
        return Tense("future", is_progressive=True)
    in_future = word.dep == "advcl" and _tense_above(sentence, word.index).direction == "future"
    return FUTURE if in_future or _has_infinitive(sentence, word.index) else PRESENT


def _has_infinitive(sentence: Parsed, verb: int) -> bool:
    """Whether an infinitive depends on the verb ("plans to march", "is to rule")."""
    return any(
        sentence.words[i].dep == "xcomp" and any(sentence.words[j].tag == "TO" for j in sentence.children[i])
        for i in sentence.children[verb]
    )


def _is_negated(sentence: Parsed, verb: int) -> bool:
    return any(sentence.words[i].is_negator for i in sentence.children[verb])


def _is_negated_past(sentence: Parsed, verb: int, tense: Tense) -> bool:
    """Whether nothing had happened before ("it was not until Tuesday that")."""
    return tense.direction == "past" and _is_negated(sentence, verb)


def _infinitive(sentence: Parsed, word: Word) -> Tense:
    above = _tense_above(sentence, word.index)
    if sentence.words[word.head].lemma in SIMULTANEOUS_VERBS and word.dep == "xcomp":
        return above
    return _aimed(above)


def _past(sentence: Parsed, word: Word, auxiliaries: list[Word]) -> Tense:
    if _is_plan(sentence, word):
        return OPEN
    if auxiliaries and word.tag == "VBG" and is_reported(sentence, word.index):
        return OPEN  # "said it was closing on Friday"
    return PAST


def _non_finite(sentence: Parsed, word: Word) -> Tense:
    above = _tense_above(sentence, word.index)
    if word.dep in ("conj", "xcomp", "ccomp") and word.tag in ("VB", "VBG", "VBN"):
        return above
    if _is_plan(sentence, word):
        return _aimed(above)
    if word.tag == "VBN":
        return PAST  # "a man arrested on Friday"
    if word.dep in ("advcl", "pcomp"):
        return above if above.direction == "past" or word.dep == "advcl" else OPEN
    is_of_subject = sentence.words[word.head].dep == "nsubj"  # "the mayor, speaking on Friday, said"
    return above if above.direction == "future" or is_of_subject else OPEN


def _aimed(above: Tense) -> Tense:
    """Return the tense of an infinitive or a plan: ahead, unless the verb above is past, so that it may be over."""
    if above.is_present or above.is_perfect:
        return FUTURE
    return above if above.direction == "future" else OPEN


def _tense_above(sentence: Parsed, index: int) -> Tense:
    for i in sentence.ancestors(index):
        if sentence.words[i].pos in ("VERB", "AUX"):
            return _tense(sentence, i)
    return OPEN


def is_reported(sentence: Parsed, verb: int) -> bool:
    """Whether the verb stands below a reporting verb."""
    return any(sentence.words[i].lemma in REPORTING_VERBS for i in sentence.ancestors(verb))
