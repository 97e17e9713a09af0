"""Names and their short forms, as the sentence or common use shows them."""

from collections.abc import Iterator, Sequence

from service.language.parsing import Parsed, Word

WELL_KNOWN = (
    frozenset(
        {"us", "usa", "u.s", "u.s.", "u.s.a", "america", "american", "united states", "united states of america"}
    ),
    frozenset({"uk", "u.k", "u.k.", "britain", "british", "united kingdom", "great britain"}),
    frozenset({"un", "u.n", "u.n.", "united nations"}),
    frozenset({"eu", "e.u", "e.u.", "european union"}),
    frozenset({"uae", "u.a.e.", "emirates", "united arab emirates"}),
)
"""The few that every newspaper uses without saying what they mean."""


def shortened(word: Word, claim: Parsed, evidence: Parsed) -> Iterator[int]:
    """Where the evidence has initials for the claim's name, or the name for the claim's initials."""
    run = name_run(claim, word.index)
    for other in evidence.words:
        if _known(run, name_run(evidence, other.index)) or _initials_of(other.text, run, word.text):
            yield other.index
    theirs = [w for w in evidence.words if w.text[:1].isupper()]
    for other in theirs:
        if _initials_of(word.text, name_run(evidence, other.index), other.text):
            yield other.index


def name_run(sentence: Parsed, index: int) -> tuple[str, ...]:
    """The words of the name that this word belongs to: capitals side by side, hyphens and "of" between them."""
    words = sentence.words
    start = end = index
    while start > 0 and _continues(words, start - 1):
        start -= 1
    while end + 1 < len(words) and _continues(words, end + 1):
        end += 1
    return tuple(word.text for word in words[start : end + 1] if word.text not in "-–")


def _continues(words: Sequence[Word], index: int) -> bool:
    if words[index].text[:1].isupper():
        return True
    before = after = index
    while before >= 0 and _joins(words[before]):
        before -= 1
    while after < len(words) and _joins(words[after]):
        after += 1
    between = before < index < after and before >= 0 and after < len(words)
    return between and words[before].pos != "PUNCT" and words[after].text[:1].isupper()


def _joins(word: Word) -> bool:
    return word.text in "-–" or word.folded in ("of", "e", "the", "for", "al", "ul")


def _known(one: Sequence[str], other: Sequence[str]) -> bool:
    ours, theirs = " ".join(one).casefold(), " ".join(other).casefold()
    return ours != theirs and any(_within(ours, names) and _within(theirs, names) for names in WELL_KNOWN)


def _within(run: str, names: frozenset[str]) -> bool:
    return run.removeprefix("the ") in names


def _initials_of(short: str, run: Sequence[str], word: str = "") -> bool:
    """Whether `short` is the initials of words in `run` that stand side by side, `word` one of them."""
    letters = short.replace(".", "").casefold()
    if not (2 <= len(letters) <= 6) or sum(c.isupper() for c in short) < 2:
        return False
    parts = [part for each in run for part in each.split("-") if part]
    for kept in (parts, [part for part in parts if part[0].isupper()]):
        for start in range(len(kept) - len(letters) + 1):
            window = kept[start : start + len(letters)]
            spelled = "".join(part[0] for part in window).casefold() == letters
            if (
                spelled
                and not any(part.isupper() for part in window)
                and (not word or set(word.split("-")) & set(window))
            ):
                return True
    return False
