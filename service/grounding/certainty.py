"""How surely it is said: what is possible, wanted or planned may not become done."""

from service.grounding.alignment import Alignment
from service.grounding.findings import Finding, fail
from service.grounding.lexicon import same
from service.grounding.parsing import Parsed, Word

POSSIBLE = frozenset(
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
REAL = frozenset("begin continue start manage help come go keep proceed use serve make let".split())
"""Verbs whose object clause happens: leaving them out changes little."""


def hedge(laid: Alignment) -> Finding | None:
    """What the evidence holds possible, wanted or planned, the claim may not state as done."""
    ours = {form for word in laid.claim.words for form in (word.folded, word.lemma)}
    softened = bool(ours & POSSIBLE)
    for index, place in sorted(laid.chosen.items()):
        mine, theirs = laid.claim.words[index], laid.evidence.words[place]
        for word in _softeners(laid.evidence, place):
            if not softened and not _named(word, laid):
                return fail("hedge", f"the evidence says {word.text!r}, the claim says it plainly")
        if mine.pos != "VERB":
            continue
        above = _intended(laid.evidence, place)
        if above is not None and not _named(above, laid):
            return fail("hedge", f"the evidence says {above.text!r}, the claim says it as done")
        if theirs.pos == "VERB" and (failure := _modals(laid, index, place, softened)):
            return failure
    return None


def _softeners(evidence: Parsed, index: int) -> list[Word]:
    found = [evidence.words[i] for i in evidence.children[index]]
    return [
        word
        for word in found
        if (word.folded in POSSIBLE or word.lemma in POSSIBLE) and word.dep in ("aux", "advmod", "amod", "acomp")
    ]


def _intended(evidence: Parsed, index: int) -> Word | None:
    word = evidence.words[index]
    if word.dep not in ("xcomp", "acl") or word.tag != "VB":
        return None
    above = evidence.words[word.head]
    return above if above.lemma not in REAL and above.is_content else None


def _modals(laid: Alignment, index: int, place: int, softened: bool) -> Finding | None:
    mine, theirs = _modal(laid.claim, index), _modal(laid.evidence, place)
    if mine and mine != theirs:
        return fail("hedge", f"the evidence does not say {mine!r}")
    if theirs in ("would", "should", "must") and mine != theirs and not softened:
        return fail("hedge", f"the evidence says {theirs!r}, the claim says it plainly")
    return None


def _modal(sentence: Parsed, index: int) -> str:
    for i in sentence.children[index]:
        if sentence.words[i].dep == "aux" and sentence.words[i].folded in MODALS:
            return MODALS[sentence.words[i].folded]
    return ""


def _named(word: Word, laid: Alignment) -> bool:
    return any(same(ours, word) for ours in laid.claim.words if ours.is_content or ours.pos in ("AUX", "VERB"))
