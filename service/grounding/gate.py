"""A claim against one evidence sentence at a time; every test must pass, and doubt is a failure."""

import re
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Literal

from index.types import Record
from index.words import fold
from service.grounding.tokens import Token, numbers, tokenise

Reason = Literal[
    "supported", "empty", "quote", "number", "name", "negation", "hedge", "speaker", "words", "order", "no_evidence"
]

SKIPPED = 2
"""Meaningful words that may be left out across a clause boundary: leaving out more joins two statements into one."""
BOUNDARY = re.compile(
    r"[,;:()–—]|\b(?:while|and|but|or|which|who|that|because|although|though|whereas|when|after|before)\b"
)
REACH = 4
"""Tokens after a negator that it is taken to govern."""
QUOTATION = re.compile(r"[“\"]([^“”\"]+)[”\"]")
HEDGES = frozenset(
    "alleged allegedly reportedly may might could would possibly probably perhaps apparently suspected potential "
    "potentially likely seems seemed appears appeared believed claimed attempted threatened planned expected".split()
)
REPORTING = frozenset(
    "said says saying told stated states claimed claims alleged alleges allegedly according reported reportedly "
    "reports warned warns noted notes added adds mentioned argued argues contended announced denied accused quoted "
    "insisted testified revealed suggested suggests stressed highlighted asserted declared admitted acknowledged "
    "explained commented predicted believes believed".split()
)


class Support(Record):
    """What a claim may rest on: an evidence sentence and the words that belong to it."""

    quote: str
    attribution: str = ""
    """The article's words for who spoke, when they stand outside the sentence."""


class Finding(Record):
    """What the gate found, in a word for programs and a line for people."""

    accepted: bool
    reason: Reason
    detail: str
    support: int | None = None
    """Which of the supports carried the claim, counted from 0."""


Test = Callable[[str, Support], Finding | None]


def check(claim: str, supports: Sequence[Support]) -> Finding:
    """Whether one of `supports` alone carries the whole claim; the failure told is that of the nearest one."""
    if not any(token.is_content for token in tokenise(claim)):
        return _fail("empty", "it says nothing that could be checked")
    if not supports:
        return _fail("no_evidence", "it names no evidence")
    nearest: tuple[int, Finding] | None = None
    for number, support in enumerate(supports):
        passed, failure = _run(claim, support)
        if failure is None:
            return Finding(accepted=True, reason="supported", detail="the evidence says so", support=number)
        if nearest is None or passed > nearest[0]:
            nearest = (passed, failure)
    assert nearest is not None
    return nearest[1]


def _run(claim: str, support: Support) -> tuple[int, Finding | None]:
    for passed, test in enumerate(TESTS):
        if failure := test(claim, support):
            return passed, failure
    return len(TESTS), None


def _quotes(claim: str, support: Support) -> Finding | None:
    held = " ".join(fold(support.quote).split())
    for quoted in QUOTATION.findall(claim):
        if " ".join(fold(quoted).split()).strip(" .,") not in held:
            return _fail("quote", f"the words “{quoted}” are not in the evidence")
    return None


def _numbers(claim: str, support: Support) -> Finding | None:
    held = set(numbers(support.quote))
    for number in numbers(claim):
        if number not in held:
            return _fail("number", f"the evidence has no {number}")
    return None


def _names(claim: str, support: Support) -> Finding | None:
    held = {token.stem for text in (support.quote, support.attribution) for token in tokenise(text)}
    held |= {part for stem in held for part in re.split(r"[-–]", stem)}
    for token in tokenise(claim):
        if token.is_name and not {token.stem, *re.split(r"[-–]", token.stem)} & held:
            return _fail("name", f"the evidence does not name {token.text!r}")
    return None


def _negation(claim: str, support: Support) -> Finding | None:
    ours, theirs = tokenise(claim), tokenise(support.quote)
    for mine, other, told in (
        (ours, theirs, "the claim denies what the evidence does not"),
        (theirs, ours, "the evidence denies it"),
    ):
        others_negated = _negated(other)
        others_words = {token.stem for token in other if token.is_content}
        for stem in _negated(mine):
            if stem in others_words and stem not in others_negated:
                return _fail("negation", f"{told}: {stem!r}")
    if any(t.is_negator for t in ours) and not any(t.is_negator for t in theirs):
        return _fail("negation", "the claim denies something, the evidence does not")
    return None


def _negated(tokens: Sequence[Token]) -> set[str]:
    found: set[str] = set()
    for i, token in enumerate(tokens):
        if token.is_negator:
            found |= {t.stem for t in tokens[i + 1 : i + 1 + REACH] if t.is_content}
    return found


def _hedges(claim: str, support: Support) -> Finding | None:
    ours = {token.folded for token in tokenise(claim)}
    lost = [t.text for t in tokenise(support.quote) if t.folded in HEDGES and not ours & (HEDGES | REPORTING)]
    return _fail("hedge", f"the evidence says {lost[0]!r}, the claim says it plainly") if lost else None


def _speaker(claim: str, support: Support) -> Finding | None:
    ours = {token.folded for token in tokenise(claim)}
    said = [t.text for t in tokenise(support.quote) if t.folded in REPORTING and not t.is_name]
    if said and not ours & REPORTING:
        return _fail("speaker", f"the evidence reports what somebody {said[0]!r}, the claim states it as fact")
    return None


def _words(claim: str, support: Support) -> Finding | None:
    # Every word, not most of them: the small model's favourite slip is one stronger word ("massacre" for "attack").
    held = {token.stem for text in (support.quote, support.attribution) for token in tokenise(text)}
    missing = sorted({token.text for token in tokenise(claim) if token.is_content and token.stem not in held})
    return _fail("words", f"the evidence does not say {', '.join(map(repr, missing))}") if missing else None


def _order(claim: str, support: Support) -> Finding | None:
    evidence = f"{support.quote} {support.attribution}"
    theirs = [token for token in tokenise(evidence) if token.is_content]
    held = {token.stem for token in theirs}
    ours = [token.stem for token in tokenise(claim) if token.is_content and token.stem in held]
    aligned = _align(ours, [token.stem for token in theirs])
    if len(aligned) < len(ours):
        return _fail("order", "the evidence joins these words in another way")
    for before, after in pairwise(aligned):
        between = evidence[theirs[before].end : theirs[after].start]
        if after - before - 1 >= SKIPPED and BOUNDARY.search(between):
            return _fail("order", f"it joins two statements of the evidence and leaves out “{between.strip()}”")
    return None


def _align(ours: Sequence[str], theirs: Sequence[str]) -> list[int]:
    """Positions in `theirs` of a longest common subsequence with `ours` (Wagner and Fischer, 1974)."""
    lengths = [[0] * (len(theirs) + 1) for _ in range(len(ours) + 1)]
    for i, mine in reversed(list(enumerate(ours))):
        for j, other in reversed(list(enumerate(theirs))):
            longer = max(lengths[i + 1][j], lengths[i][j + 1])
            lengths[i][j] = 1 + lengths[i + 1][j + 1] if mine == other else longer
    found: list[int] = []
    i = j = 0
    while i < len(ours) and j < len(theirs):
        if ours[i] == theirs[j]:
            found.append(j)
            i, j = i + 1, j + 1
        elif lengths[i + 1][j] >= lengths[i][j + 1]:
            i += 1
        else:
            j += 1
    return found


def _fail(reason: Reason, detail: str) -> Finding:
    return Finding(accepted=False, reason=reason, detail=detail)


TESTS: tuple[Test, ...] = (_quotes, _numbers, _names, _negation, _hedges, _speaker, _words, _order)
