"""Claim verdicts: decide on one claim from its evidence, by the checks, the quotations and the entailment model."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from index.search.scored_sentence import ScoredSentence
from index.words import stems
from service.checking.altered_quotes import altered_quote, is_quoted_exactly, quotations
from service.checking.reported_claims import attributes, report_of
from service.checking.types import CheckVerdict
from service.grounding import (
    MARGIN,
    OPEN,
    UNREPORTED,
    Correction,
    Finding,
    Judgement,
    check,
    other_values,
    put_right,
    support_of,
)
from service.language.attribution_clauses import strip_attribution
from service.language.clauses import main_clauses
from service.language.judged_language import NOT_JUDGED, is_judged
from service.language.parsing import parse
from service.language.quotations import plain

ATTRIBUTION = ("attribution", "attribution_setting")
CARRIED = "the cited sentences say so in other words"
COMPARE = "the cited sentences seem to say so; compare them with yours"
MIN_ABOUT = 0.3
"""Least share of a claim's words that a sentence and its context must have to be shown as the closest."""
ABSENT = -2.0
"""Log-odds of the best premise up to which a clause counts as not found beside one that is supported."""
MIN_CLAUSE_WORDS = 4
"""Fewest words of a clause that is judged by itself."""

Judge = Callable[[str, Sequence[ScoredSentence]], Judgement | None]
"""Function that judges a claim by the entailment model, on these sentences, best first; None without a model."""


@dataclass(frozen=True)
class Ruling:
    """Ruling: the verdict on a claim, why, the sentences cited, the closest one, and the claim put right."""

    verdict: CheckVerdict
    reason: str
    cited: tuple[ScoredSentence, ...] = ()
    closest: tuple[ScoredSentence, ...] = ()
    suggestion: str | None = None
    """The claim with the difference put right, or with the attribution put in."""


def rule(claim: str, evidence: Sequence[ScoredSentence], judge: Judge) -> Ruling:
    """Return the ruling on a claim.

    Args:
        evidence: the sentences most relevant to the claim, best first.
    """
    if not is_judged(claim):
        return _verbatim(claim, evidence)
    finding = check(claim, [support_of(each) for each in evidence])
    nearest = tuple(evidence[i] for i in finding.supports)
    if finding.accepted:
        return Ruling(verdict="supported", reason=finding.detail, cited=nearest)
    if altered := altered_quote(claim, evidence):
        cited = tuple(evidence[i] for i in altered[1])
        return Ruling(verdict="altered_quote", reason=altered[0], cited=cited)
    if finding.message in UNREPORTED and _is_reported(claim, nearest):
        return _attributed(claim, finding.detail, nearest, finding.found[0] if finding.found else "")
    if not _is_for_judge(claim, finding, evidence):
        judge = _without_judge
    judged = judge(claim, evidence)
    found = _judged(claim, judged) if judged else None
    if found and found.verdict != "likely_supported":
        return found
    is_open = judged is not None and judged.entailment.log_odds >= OPEN
    if not is_open and (right := _checked_right(claim, finding, nearest, judge)):
        return _contradicted(right, nearest)
    if judged and not is_open and (right := _judged_right(claim, judged, judge)):
        return _contradicted(right, judged.premise.sentences)
    if found:
        return found
    if judged and (partly := _partly(claim, evidence, judge)):
        return partly
    return Ruling(verdict="not_found", reason=finding.detail, closest=_closest(claim, evidence))


def _without_judge(claim: str, evidence: Sequence[ScoredSentence]) -> Judgement | None:
    """Judge nothing: quoted words are the article's own or not, and the entailment model does not decide on them."""
    return None


def _verbatim(claim: str, evidence: Sequence[ScoredSentence]) -> Ruling:
    verbatim = [each for each in evidence if plain(claim) and plain(claim) in plain(each.text)]
    if verbatim:
        return Ruling(verdict="supported", reason="these are the article's own words", cited=tuple(verbatim[:1]))
    reason = f"not found as it stands. {NOT_JUDGED}"
    return Ruling(verdict="not_found", reason=reason, closest=_closest(claim, evidence))


def _closest(claim: str, evidence: Sequence[ScoredSentence]) -> tuple[ScoredSentence, ...]:
    """Return the best sentence that shares enough of the claim's words, alone or with the sentence before it."""
    words = stems(claim)
    about = (each for each in evidence if len(words & (each.stems | stems(each.context))) >= MIN_ABOUT * len(words))
    return tuple(itertools.islice(about, 1))


def _is_reported(claim: str, nearest: Sequence[ScoredSentence]) -> bool:
    """Whether the claim names no speaker and is supported but for that."""
    if strip_attribution(claim).attributions:
        return False
    return check(claim, [support_of(each) for each in nearest], without=ATTRIBUTION).accepted


def _is_for_judge(claim: str, finding: Finding, evidence: Sequence[ScoredSentence]) -> bool:
    """Whether the entailment model may decide: never on quoted words, which are the article's own or not."""
    return finding.reason != "empty" and all(is_quoted_exactly(words, evidence) for words in quotations(claim))


def _judged(claim: str, judged: Judgement) -> Ruling | None:
    sentences = judged.premise.sentences
    seen = tuple(dict.fromkeys(each for premise in judged.premises for each in premise.sentences))
    if judged.attributed and not judged.supported and not attributes(claim) and (report := report_of(claim, seen)):
        says = f"{report.speaker} says so" if report.speaker else "it stands in somebody's words"
        reason = f"{says}; the article does not state it itself"
        return _attributed(claim, reason, seen[report.position : report.position + 1], report.speaker)
    if judged.supported:
        return Ruling(verdict="supported", reason=CARRIED, cited=sentences)
    return Ruling(verdict="likely_supported", reason=COMPARE, cited=sentences) if judged.likely else None


def _attributed(claim: str, reason: str, cited: tuple[ScoredSentence, ...], speaker: str) -> Ruling:
    suggestion = f"{claim.rstrip(' .!')}, according to {speaker}." if speaker else None
    return Ruling(verdict="needs_attribution", reason=reason, cited=cited, suggestion=suggestion)


def _contradicted(right: Correction, cited: tuple[ScoredSentence, ...]) -> Ruling:
    reason = f"the article says “{right.found}”, the text “{right.claimed}”"
    return Ruling(verdict="contradicted", reason=reason, cited=cited, suggestion=right.text)


def _checked_right(claim: str, finding: Finding, nearest: Sequence[ScoredSentence], judge: Judge) -> Correction | None:
    """Return the correction of the difference that the checks found, after which the nearest evidence supports it."""
    supports = [support_of(each) for each in nearest]
    for correction in put_right(claim, finding, " ".join(each.text for each in nearest)):
        if check(correction.text, supports).accepted:
            return correction
        judged = judge(correction.text, nearest)
        if judged is not None and judged.supported:
            return correction
    return None


def _judged_right(claim: str, judged: Judgement, judge: Judge) -> Correction | None:
    """Return the value put in by which the claim becomes supported, and much more likely than before."""
    evidence = parse(" ".join(each.text for each in judged.premise.sentences))
    best: tuple[float, Correction] | None = None
    for correction in other_values(parse(claim), evidence):
        found = judge(correction.text, judged.premise.sentences)
        if found and found.supported and found.entailment.log_odds >= judged.entailment.log_odds + MARGIN:
            best = max(best or (found.score, correction), (found.score, correction), key=lambda each: each[0])
    return best[1] if best else None


def _partly(claim: str, evidence: Sequence[ScoredSentence], judge: Judge) -> Ruling | None:
    """Return which clauses of a claim are supported, where some are and others are far from it."""
    clauses = [clause for clause in main_clauses(parse(claim)) if len(clause.split()) >= MIN_CLAUSE_WORDS]
    if len(clauses) < 2:
        return None
    judged = [(clause, found) for clause in clauses if (found := judge(clause, evidence))]
    carried = [(clause, found) for clause, found in judged if found.supported]
    open_ = [clause for clause, found in judged if found.entailment.log_odds <= ABSENT]
    if not carried or not open_:
        return None
    cited = tuple(dict.fromkeys(each for _, found in carried for each in found.premise.sentences))
    reason = f"found: {_listed([clause for clause, _ in carried])}; not found: {_listed(open_)}"
    return Ruling(verdict="partly_supported", reason=reason, cited=cited)


def _listed(clauses: Sequence[str]) -> str:
    return ", ".join(f"“{clause.rstrip(' .')}”" for clause in clauses)
