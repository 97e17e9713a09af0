"""Antonymy check: rejects a claim that has the opposite of an evidence word, or that adds "only" or "all"."""

from collections.abc import Iterator

from service.grounding.alignment import Alignment
from service.grounding.check_record import Check, Example
from service.grounding.findings import Finding, FindingMessage, fail
from service.language.parsing import Parsed

ANTONYMS: tuple[frozenset[str], ...] = tuple(
    frozenset(group.split())
    for group in (
        "before after|until since|from to toward towards|against for|with without|over under|above below|"
        "inside outside|more less fewer|most least|up down|all some few many none|always never sometimes|"
        "increase decrease|support oppose|first last|north south east west|friend enemy|win lose|accept reject|"
        "confirm deny|allow ban|open close|strengthen weaken|gain lose|begin end|include exclude|join leave|"
        "entirely partly|both neither|men women|ally enemy|despite because|unlike like"
    ).split("|")
)
EXACTING_WORDS = frozenset("all every each only always entirely fully exclusively solely both".split())
"""Words that a claim may not add: without them it says less."""
EQUIVALENT_WORDS = {
    "every": "all",
    "each": "all",
    "entirely": "all",
    "fully": "all",
    "exclusively": "only",
    "solely": "only",
}


def opposites(alignment: Alignment) -> Iterator[Finding]:
    """Yield each claim word whose antonym is in the evidence, and each exhaustive word that the claim adds."""
    ours, theirs = _forms(alignment.claim), _forms(alignment.evidence)
    for word in sorted(ours - theirs):
        group = next((group for group in ANTONYMS if word in group), frozenset())
        if group & theirs and not group & ours & theirs:
            yield fail("contrast", FindingMessage.SAID_OTHERWISE, claimed=word, found=min(group & theirs))
        elif word in ("before", "after", "without", "against") and not group & theirs:
            yield fail("contrast", FindingMessage.NOT_SAID, claimed=word)
    added = {EQUIVALENT_WORDS.get(word, word) for word in ours & EXACTING_WORDS} - {
        EQUIVALENT_WORDS.get(word, word) for word in theirs
    }
    for word in sorted(added):
        yield fail("contrast", FindingMessage.NOT_SAID, claimed=word)


def _forms(sentence: Parsed) -> set[str]:
    return {form for word in sentence.words for form in (word.folded, word.lemma)}


ANTONYMY = Check(
    id="antonymy",
    phenomenon='Antonymy: no word stands for its opposite, and no "only" or "all" is added.',
    run=opposites,
    rejects=(
        Example(
            "The ferry carried fuel and grain against the islands.",
            "The ferry sailed from Quillby to Norwick and carried fuel and grain for the islands, although the harbour "
            "was closed.",
        ),
        Example("The fee deterred them to landing.", "The fee deterred them from landing."),
        Example("The report only said that the pier was closed.", "The report said that the pier was closed."),
    ),
)
