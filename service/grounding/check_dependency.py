"""Dependency check: a word and its head in the claim must be close in the evidence's dependency graph."""

from collections.abc import Iterator

from service.grounding.alignment import Alignment
from service.grounding.check_record import Check, Example
from service.grounding.check_semantic_roles import may_refer_to
from service.grounding.findings import Finding, FindingMessage, fail
from service.language.parsing import NOMINAL
from service.language.semantic_roles import (
    UNCONNECTED,
    dependency_distances,
)

MAX_DISTANCE = 3.0
"""Steps in the dependency graph between two words of one statement."""


def unconnected_words(alignment: Alignment) -> Iterator[Finding]:
    """Each word far from the word it depends on, unless the claim is verbatim."""
    if _is_verbatim(alignment):
        return
    near, ours = dependency_distances(alignment.evidence), dependency_distances(alignment.claim)
    for index in sorted(alignment.core & alignment.candidates.keys()):
        above = [i for i in alignment.claim.ancestors(index) if alignment.candidates.get(i)][:2]
        if not above or not alignment.candidates[index]:
            continue
        # A phrase may hang on the noun or on the verb above it: parsers and writers differ, the meaning does not.
        apart = [
            min(
                (near[i][j] for i in _positions(alignment, index) for j in _positions(alignment, each)),
                default=UNCONNECTED,
            )
            - max(MAX_DISTANCE, ours[index][each] + 1.0)
            for each in above
        ]
        if min(apart) > 0:
            one, other = sorted(
                (alignment.claim.words[index], alignment.claim.words[above[0]]), key=lambda word: word.index
            )
            yield fail("relation", FindingMessage.NOT_JOINED, claimed=(one.text, other.text))


def _positions(alignment: Alignment, index: int) -> list[int]:
    """Positions of a word in the evidence, and of the later pronouns that may refer to it."""
    found = list(alignment.candidates[index])
    if alignment.claim.words[index].pos in NOMINAL:
        found += [
            w.index
            for w in alignment.evidence.words
            if found and w.pos == "PRON" and may_refer_to(alignment, w.index, found[0])
        ]
    return found


def _is_verbatim(alignment: Alignment) -> bool:
    """Whether the claim's content words are consecutive in the evidence."""
    ours = [alignment.chosen[i] for i in sorted(alignment.chosen)]
    theirs = [w.index for w in alignment.evidence.words if w.is_content or w.index in set(ours)]
    places = [theirs.index(i) for i in ours]
    return (
        len(places) == len(alignment.core | alignment.chosen.keys())
        and places == list(range(places[0], places[0] + len(places)))
        if places
        else False
    )


DEPENDENCY = Check(
    id="dependency",
    phenomenon="Dependency: words that the claim joins are joined in the evidence.",
    run=unconnected_words,
    rejects=(
        Example(
            "A blast killed 40 at a rally in Easton.",
            "In 2021, a blast in Norwick killed 40 and injured 90, while in 2019, it struck at a rally in Easton.",
        ),
        Example(
            "Dana Rowe is Quillby's coach.", "Coach Dana Rowe chose to row instead of sailing past Quillby's pier."
        ),
    ),
)
