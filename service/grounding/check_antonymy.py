"""Antonymy: small words that turn a sentence round ("before", "against", "only")."""

from service.grounding.alignment import Alignment
from service.grounding.findings import Finding, fail
from service.language.parsing import Parsed

OPPOSITES: tuple[frozenset[str], ...] = tuple(
    frozenset(group.split())
    for group in (
        "before after|until since|from to toward towards|against for|with without|over under|above below|"
        "inside outside|more less fewer|most least|up down|all some few many none|always never sometimes|"
        "increase decrease|support oppose|first last|north south east west|friend enemy|win lose|accept reject|"
        "confirm deny|allow ban|open close|strengthen weaken|gain lose|begin end|include exclude|join leave|"
        "entirely partly|both neither|men women|ally enemy|despite because|unlike like"
    ).split("|")
)


EXACTING = frozenset("all every each only always entirely fully exclusively solely both".split())
"""Words that a claim may not add: they say more than their absence."""


EQUAL = {"every": "all", "each": "all", "entirely": "all", "fully": "all", "exclusively": "only", "solely": "only"}


def contrast(alignment: Alignment) -> Finding | None:
    """Small words that turn a sentence round ("before", "against", "only") agree."""
    ours, theirs = _small(alignment.claim), _small(alignment.evidence)
    for word in sorted(ours - theirs):
        group = next((group for group in OPPOSITES if word in group), frozenset())
        if group & theirs and not group & ours & theirs:
            return fail("contrast", f"the evidence says {sorted(group & theirs)[0]!r}, not {word!r}")
        if word in ("before", "after", "without", "against") and not group & theirs:
            return fail("contrast", f"the evidence does not say {word!r}")
    added = {EQUAL.get(word, word) for word in ours & EXACTING} - {EQUAL.get(word, word) for word in theirs}
    if added:
        return fail("contrast", f"the evidence does not say {sorted(added)[0]!r}")
    return None


def _small(sentence: Parsed) -> set[str]:
    return {form for word in sentence.words for form in (word.folded, word.lemma)}
