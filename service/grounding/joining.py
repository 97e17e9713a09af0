"""Who did what to whom: words that the claim joins must be joined in the evidence, the same way round."""

from service.grounding.alignment import PRONOUNS, Alignment
from service.grounding.findings import Finding, fail
from service.grounding.parsing import NOMINAL
from service.grounding.relations import FAR, distances, relations

NEAR = 2.0
"""Steps in the grammar that two words of one statement may be apart."""


def roles(laid: Alignment) -> Finding | None:
    """Each agent and patient of the claim fills the same part in the evidence, where the evidence fills it."""
    for found in relations(laid.claim):
        if found.head not in laid.core or found.word not in laid.candidates:
            continue
        acts = laid.candidates.get(found.head, ())
        places = laid.candidates.get(found.word, ())
        if not acts or not places:
            continue
        theirs = [r for r in relations(laid.evidence) if r.head in acts]
        same = {r.word for r in theirs if r.role == found.role}
        other = {r.word for r in theirs if r.role != found.role}
        if set(places) & same:
            continue
        doer, deed = laid.claim.words[found.word].text, laid.claim.words[found.head].text
        if set(places) & other:
            part = "does" if found.role == "agent" else "suffers"
            return fail("role", f"in the evidence {doer!r} is not the one that {part} {deed!r}")
        if any(_points_to(laid, s, p) for s in same for p in places):
            continue
        if same and not any(distances(laid.evidence)[s][p] <= 0.5 for s in same for p in places):
            told = ", ".join(laid.evidence.words[i].text for i in sorted(same))
            return fail("role", f"in the evidence it is {told!r}, not {doer!r}, with {deed!r}")
    return None


def _points_to(laid: Alignment, pronoun: int, name: int) -> bool:
    """Whether the evidence's pronoun may stand for this earlier word of the same sentence."""
    word = laid.evidence.words[pronoun]
    return word.pos == "PRON" and word.folded in PRONOUNS and name < pronoun


def joined(laid: Alignment) -> Finding | None:
    """Each word stands near the word it hangs on; a verbatim stretch needs no second look."""
    if _verbatim(laid):
        return None
    near, ours = distances(laid.evidence), distances(laid.claim)
    for index in sorted(laid.core & laid.candidates.keys()):
        above = [i for i in laid.claim.ancestors(index) if laid.candidates.get(i)][:2]
        if not above or not laid.candidates[index]:
            continue
        # A phrase may hang on the noun or on the verb above it: parsers and writers differ, the meaning does not.
        apart = [
            min((near[i][j] for i in _places(laid, index) for j in _places(laid, each)), default=FAR)
            - max(NEAR, ours[index][each] + 1.0)
            for each in above
        ]
        if min(apart) > 0:
            one, other = sorted((laid.claim.words[index], laid.claim.words[above[0]]), key=lambda word: word.index)
            return fail("relation", f"the evidence does not join {one.text!r} and {other.text!r} in this way")
    return None


def _places(laid: Alignment, index: int) -> list[int]:
    """Where a word stands in the evidence, and the later pronouns that may stand for it."""
    found = list(laid.candidates[index])
    if laid.claim.words[index].pos in NOMINAL:
        found += [
            w.index for w in laid.evidence.words if found and w.pos == "PRON" and _points_to(laid, w.index, found[0])
        ]
    return found


def _verbatim(laid: Alignment) -> bool:
    """Whether the claim's words are one unbroken stretch of the evidence's."""
    ours = [laid.chosen[i] for i in sorted(laid.chosen)]
    theirs = [w.index for w in laid.evidence.words if w.is_content or w.index in set(ours)]
    places = [theirs.index(i) for i in ours]
    return (
        len(places) == len(laid.core | laid.chosen.keys()) and places == list(range(places[0], places[0] + len(places)))
        if places
        else False
    )
