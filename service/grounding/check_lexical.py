"""Lexical coverage: every content word and name of the claim has a counterpart in the evidence."""

from collections import Counter, defaultdict

from service.grounding.alignment import Alignment
from service.grounding.findings import Finding, fail
from service.language.parsing import Parsed
from service.language.semantic_roles import coordinated


def words(alignment: Alignment) -> Finding | None:
    """Every meaningful word has its stand-in: one stronger word is the small model's favourite slip."""
    missing = sorted({word.text for word in alignment.missing() if not word.is_name})
    return fail("words", f"the evidence does not say {', '.join(map(repr, missing))}") if missing else None


def repeated(alignment: Alignment) -> Finding | None:
    """Nothing is said more often than in the evidence: "A fell and B fell" does not follow from "A rose and B fell"."""
    said: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for index in sorted(alignment.core):
        word = alignment.claim.words[index]
        if not word.is_name and word.pos in ("VERB", "ADJ", "ADV") and (places := alignment.candidates.get(index)):
            said[places].append(index)
    for index in alignment.core:
        listed = [
            alignment.claim.words[i].folded for i in coordinated(alignment.claim, index) if _is_bare(alignment.claim, i)
        ]
        word = alignment.claim.words[index]
        of = alignment.claim.words[word.head]
        itself = of.folded == "of" and alignment.claim.words[of.head].folded == word.folded  # "the law of the law"
        if itself or len(set(listed)) < len(listed):
            return fail("words", f"it lists {alignment.claim.words[index].text!r} with itself")
    for places, words_ in said.items():
        if len(words_) > len(places):
            return fail(
                "words", f"the evidence says {alignment.claim.words[words_[0]].text!r} only {len(places)} time(s)"
            )
    ours, theirs = (Counter((each.value, each.unit) for each in found) for found in alignment.quantities)
    for (value, unit), times in ours.items():
        if times > theirs[value, unit] > 0:
            return fail(
                "number", f"the evidence says {value:g} {unit}".strip() + f" only {theirs[value, unit]} time(s)"
            )
    for date in alignment.dates[0]:
        times = sum(other.written == date.written for other in alignment.dates[0])
        known = sum(date.within(other) for other in alignment.dates[1])
        if times > known > 0:
            return fail("date", f"the evidence says {date.written} only {known} time(s)")
    return None


def _is_bare(sentence: Parsed, index: int) -> bool:
    """Whether nothing tells which one is meant."""
    below = {sentence.words[i].dep for i in sentence.children[index]}
    return sentence.words[index].dep != "appos" and below <= {"det", "cc", "conj", "punct"}


def names(alignment: Alignment) -> Finding | None:
    """Every name is in the evidence, or is what a pronoun of it stands for."""
    missing = [word.text for word in alignment.missing() if word.is_name]
    return fail("name", f"the evidence does not name {missing[0]!r}") if missing else None
