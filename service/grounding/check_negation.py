"""Negation check: claim and evidence must agree on polarity."""

from collections.abc import Iterator

from service.grounding.alignment import Alignment
from service.grounding.check_record import Check, Example
from service.grounding.findings import Finding, FindingMessage, fail
from service.language.parsing import Parsed, Word
from service.language.semantic_roles import semantic_roles

REPLACIVE_PAIRS = frozenset({("instead", "of"), ("rather", "than")})
NEGATED_RELATIONS = ("nsubj", "nsubjpass", "dobj", "prt", "aux")


def other_polarity(alignment: Alignment) -> Iterator[Finding]:
    """Yield each word that is negated in only one of claim and evidence, then any negation that the claim adds."""
    for ours in sorted(alignment.chosen):
        word = alignment.claim.words[ours]
        # "is back": the parser takes the predicate for an adverb
        is_predicate = word.pos == "ADV" and word.dep == "advmod" and alignment.claim.words[word.head].lemma == "be"
        if word.is_name or not (is_predicate or word.pos in ("VERB", "NOUN", "ADJ", "AUX")):
            continue
        mine = negated(alignment.claim, ours)
        found = {negated(alignment.evidence, theirs) for theirs in _same_role_counterparts(alignment, ours)}
        if len(found) == 2 and word.pos == "VERB":
            yield fail("ambiguous", FindingMessage.DENIED_AND_SAID, claimed=word.text)
        elif mine not in found:
            message = FindingMessage.CLAIM_DENIES if mine else FindingMessage.EVIDENCE_DENIES
            yield fail("negation", message, claimed=word.text)
    if _negators(alignment.claim) > _negators(alignment.evidence):
        yield fail("negation", FindingMessage.DENIAL_ADDED)


def _same_role_counterparts(alignment: Alignment, index: int) -> list[int]:
    """The counterparts of a word that have its agents and patients; all of them when none can be distinguished."""
    parts = [
        (r.role, r.word)
        for r in semantic_roles(alignment.claim)
        if r.head == index and alignment.candidates.get(r.word)
    ]
    theirs = {(r.head, r.role, r.word) for r in semantic_roles(alignment.evidence)}
    scores = {
        place: sum(any((place, role, i) in theirs for i in alignment.candidates[arg]) for role, arg in parts)
        for place in alignment.candidates[index]
    }
    best = max(scores.values())
    return [place for place, score in scores.items() if score == best]


def _negators(sentence: Parsed) -> int:
    return sum(word.is_negator for word in sentence.words)


def negated(sentence: Parsed, index: int) -> bool:
    """Whether a negator bears on the word, or on the verb whose subject or object it is."""
    word = sentence.words[index]
    if _is_replaced(sentence, word):
        return True
    if word.pos in ("VERB", "AUX"):
        return _is_denied(sentence, index)
    above = sentence.words[word.head]
    if _own_negators(sentence, index) or above.folded == "without":
        return True
    if above.dep == "agent":
        return _is_denied(sentence, above.head)
    predicates = ("attr", "acomp", "advmod") if above.lemma == "be" else ("attr", "acomp")
    return (
        word.dep in (*NEGATED_RELATIONS, *predicates)
        and above.pos in ("VERB", "AUX")
        and _is_denied(sentence, above.index)
    )


def _is_replaced(sentence: Parsed, word: Word) -> bool:
    """Whether "instead of" or "rather than" comes before the word; parsers attach these in many ways."""
    before = word.index - 1
    while before > 0 and sentence.words[before].pos in ("DET", "ADJ", "PART", "ADV") and word.index - before < 4:
        before -= 1
    return before > 0 and (sentence.words[before - 1].folded, sentence.words[before].folded) in REPLACIVE_PAIRS


def _is_denied(sentence: Parsed, verb: int) -> bool:
    """Whether a verb has a negator, itself or at an argument ("no attack was mounted"), or "without" above it."""
    word = sentence.words[verb]
    arguments = [i for i in sentence.children[verb] if sentence.words[i].dep in NEGATED_RELATIONS]
    without = word.dep == "pcomp" and sentence.words[word.head].folded == "without"
    return without or any(_own_negators(sentence, i) for i in (verb, *arguments))


def _own_negators(sentence: Parsed, index: int) -> int:
    return sum(sentence.words[i].is_negator for i in sentence.children[index])


NEGATION = Check(
    id="negation",
    phenomenon="Negation: claim and evidence agree on polarity.",
    run=other_polarity,
    rejects=(
        Example(
            "No blast in Norwick killed 40.",
            "In 2021, a blast in Norwick killed 40 and injured 90, while in 2019, it struck at a rally in Easton.",
            reason="negation",
        ),
        Example(
            "Mayor Ellen Marsh said the bridge may open before 12 March.",
            "Mayor Ellen Marsh said the bridge may not open before 12 March.",
            reason="negation",
        ),
        Example("The port was not no match for the canal.", "The port was no match for the canal.", reason="negation"),
        Example(
            "The bridge is unsafe, the engineer never said.",
            "The bridge is unsafe, the engineer said in Norwick on Friday.",
            reason="negation",
        ),
        Example(
            "Coach Dana Rowe chose to sail past the pier.",
            "Coach Dana Rowe chose to row instead of sailing past Quillby's pier.",
            reason="negation",
        ),
        Example("Rowe will be back.", "Rowe said goodbye, so he won't be back.", reason="negation"),
    ),
)
