"""Claim verdicts: decide on one claim from its evidence, by the checks, the quotations and the entailment model."""

import itertools
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from index.search.scored_sentence import ScoredSentence
from index.words import stems
from service.checking.altered_quotes import altered_quote, difference, is_quoted_exactly, other_speaker, quotations
from service.checking.reported_claims import attributes, named, quotation_of, report_of, spoken_support
from service.checking.types import CheckVerdict
from service.grounding import (
    MARGIN,
    OPEN,
    UNREPORTED,
    Correction,
    Finding,
    Judgement,
    check,
    has_every_figure,
    other_values,
    put_right,
)
from service.language.attribution_clauses import strip_attribution
from service.language.clauses import main_clauses
from service.language.judged_language import NOT_JUDGED, is_judged
from service.language.parsing import parse, parse_all
from service.language.quotations import plain

ATTRIBUTION = ("attribution", "attribution_setting")
CARRIED = "the cited sentences say so in other words"
COMPARE = "the cited sentences seem to say so; compare them with yours"
NOT_FOUND = "no article was found to say so"
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
    parse_all(" ".join(text.split()) for each in evidence for text in (claim, each.text, each.context))
    finding = _check(claim, evidence)
    nearest = tuple(evidence[i] for i in finding.supports)
    if finding.accepted:
        return _flat(claim, evidence, nearest, judge) or Ruling("supported", finding.detail, cited=nearest)
    if quoted := _misquoted(claim, evidence, judge):
        return quoted
    if finding.message in UNREPORTED and _is_reported(claim, nearest):
        return _attributed(claim, nearest, judge, finding.found[0] if finding.found else "")
    if not _is_for_judge(claim, finding, evidence):
        judge = _without_judge
    judged = judge(claim, evidence)
    found = _judged(claim, judged, judge) if judged else None
    if found and found.verdict != "likely_supported":
        return found
    is_open = judged is not None and judged.entailment.log_odds >= OPEN
    if not is_open and (right := _checked_right(claim, finding, nearest, judge)):
        return right
    if judged and not is_open and (right := _judged_right(claim, judged, judge)):
        return right
    if found:
        return found
    if judged and (partly := _partly(claim, evidence, judge)):
        return partly
    # The checks' findings are about the nearest sentence, so they say nothing of the collection.
    reason = finding.detail if finding.reason == "empty" else NOT_FOUND
    return Ruling(verdict="not_found", reason=reason, closest=_closest(claim, evidence))


def _check(claim: str, evidence: Sequence[ScoredSentence], without: Collection[str] = ()) -> Finding:
    return check(claim, [spoken_support(each) for each in evidence], without=without)


def _support(claim: str, evidence: Sequence[ScoredSentence], judge: Judge) -> tuple[ScoredSentence, ...] | None:
    """Return the sentences by which the gate accepts a claim: those of the checks, or a premise; None if it does not.

    Nothing is suggested that does not pass it.
    """
    finding = _check(claim, evidence)
    if finding.accepted:
        return tuple(evidence[i] for i in finding.supports)
    judged = judge(claim, evidence) if _is_for_judge(claim, finding, evidence) else None
    return judged.premise.sentences if judged is not None and judged.supported else None


def _flat(
    claim: str, evidence: Sequence[ScoredSentence], nearest: Sequence[ScoredSentence], judge: Judge
) -> Ruling | None:
    """Return that a claim needs attribution, where the checks accept it only by words that are somebody's.

    They see whose words stand in a quotation; a report that they do not see ("the assumption is that ...") the
    entailment model does.
    """
    if attributes(claim):
        return None
    spoken = [(each, speaker) for each in nearest if (speaker := quotation_of(each)) is not None]
    if not spoken and not ((judged := judge(claim, nearest)) and judged.attributed):
        return None
    own = [each for each in evidence if (quotation_of(each) is None if spoken else each not in nearest)]
    if own and (finding := _check(claim, own)).accepted:
        return _flat(claim, own, tuple(own[i] for i in finding.supports), judge)
    cited, speaker = (tuple(each for each, _ in spoken), spoken[0][1]) if spoken else (tuple(nearest), "")
    return _attributed(claim, cited, judge, speaker)


def _misquoted(claim: str, evidence: Sequence[ScoredSentence], judge: Judge) -> Ruling | None:
    """Return how the words in quotation marks differ from the article's, or their speaker from the article's."""
    if altered := altered_quote(claim, evidence):
        right = claim.replace(altered.claimed, altered.found)
        reason = difference(altered.claimed, altered.found)
        cited = (evidence[altered.position],)
        is_right = _support(right, evidence, judge) is not None
        return Ruling("altered_quote", reason, cited=cited, suggestion=right if is_right else None)
    if other := other_speaker(claim, evidence):
        right = claim.replace(other.claimed, other.found)
        reason = f"the article has {other.found} say these words, not {other.claimed}"
        cited = (evidence[other.position],)
        if carrying := _support(right, evidence, judge):
            return Ruling("contradicted", reason, cited=carrying, suggestion=right)
        return Ruling("altered_quote", reason, cited=cited)
    return None


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
    return not strip_attribution(claim).attributions and _check(claim, nearest, without=ATTRIBUTION).accepted


def _is_for_judge(claim: str, finding: Finding, evidence: Sequence[ScoredSentence]) -> bool:
    """Whether the entailment model may decide: never on quoted words, which are the article's own or not."""
    return finding.reason != "empty" and all(is_quoted_exactly(words, evidence) for words in quotations(claim))


def _judged(claim: str, judged: Judgement, judge: Judge) -> Ruling | None:
    sentences = judged.premise.sentences
    seen = tuple(dict.fromkeys(each for premise in judged.premises for each in premise.sentences))
    report = None if attributes(claim) else report_of(claim, seen)
    if (
        report
        and has_every_figure(seen, claim)
        and (judged.likely if report.is_quoted else judged.attributed and not judged.supported)
    ):
        return _attributed(claim, seen[report.position : report.position + 1], judge, report.speaker)
    if judged.supported:
        return Ruling(verdict="supported", reason=CARRIED, cited=sentences)
    if judged.attributed and report is None and not attributes(claim) and has_every_figure(seen, claim):
        return _attributed(claim, sentences, judge, "")
    return Ruling(verdict="likely_supported", reason=COMPARE, cited=sentences) if judged.likely else None


def _attributed(claim: str, cited: tuple[ScoredSentence, ...], judge: Judge, speaker: str) -> Ruling:
    report = report_of(claim, cited)
    name = (report.speaker if report else "") or named(speaker, cited[0])
    reason = f"said by {name}" if name else "it stands in somebody's words"
    right = f"{claim.rstrip(' .!')}, according to {name}." if name else ""
    suggestion = right if name and _support(right, cited, judge) else None
    reason = f"{reason}; the article does not state it itself"
    return Ruling(verdict="needs_attribution", reason=reason, cited=cited, suggestion=suggestion)


def _contradicted(right: Correction, cited: tuple[ScoredSentence, ...]) -> Ruling:
    reason = f"the article says “{right.found}”, the text “{right.claimed}”"
    return Ruling(verdict="contradicted", reason=reason, cited=cited, suggestion=right.text)


def _checked_right(claim: str, finding: Finding, nearest: Sequence[ScoredSentence], judge: Judge) -> Ruling | None:
    """Return the correction of the difference that the checks found, with the sentences that support it."""
    for correction in put_right(claim, finding, " ".join(each.text for each in nearest)):
        if cited := _support(correction.text, nearest, judge):
            return _contradicted(correction, cited)
    return None


def _judged_right(claim: str, judged: Judgement, judge: Judge) -> Ruling | None:
    """Return the value put in by which the claim becomes supported, and much more likely than before."""
    sentences = judged.premise.sentences
    best: tuple[float, Ruling] | None = None
    for correction in other_values(parse(claim), parse(" ".join(each.text for each in sentences))):
        found = judge(correction.text, sentences)
        if found and found.supported and found.entailment.log_odds >= judged.entailment.log_odds + MARGIN:
            ruling = _contradicted(correction, found.premise.sentences)
            best = max(best or (found.score, ruling), (found.score, ruling), key=lambda each: each[0])
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
