"""Word alignment: maps each content word of a claim to its counterparts in the evidence and picks the likeliest."""

from collections.abc import Sequence

from index.types import Record
from service.grounding.support import Support
from service.language.aliases import acronym_matches, alias_matches
from service.language.attribution_clauses import AttributionClause, strip_attribution
from service.language.dates import Date, dates
from service.language.lexicon import equivalent, equivalent_names
from service.language.names import name_containing
from service.language.parsing import Parsed, Word
from service.language.pronouns import ANAPHORIC_PRONOUNS, PRONOUN_POSITIONS, anaphors, is_participant
from service.language.quantities import Quantity, quantities
from service.language.reported_speech import ReportedSpan, reported_spans
from service.language.semantic_roles import dependency_distances

UNIT_WORDS = frozenset("percent percentage dollar dollars euro euros pound pounds rupee rupees".split())
LIGHT_WORDS = frozenset(
    "also however meanwhile moreover further furthermore including include specifically particularly particular "
    "namely respectively overall indeed thus hence therefore additionally notably "
    "around approximately roughly fact mean means way manage able among "
    "year month closely away".split()
)
"""Words of a claim that need no counterpart, because they carry no factual content."""


class Alignment(Record):
    """A claim with the words of one support that correspond to its own."""

    claim: Parsed
    evidence: Parsed
    support: Support
    text: str
    """The claim as it was written."""
    attributions: tuple[tuple[AttributionClause, ...], tuple[AttributionClause, ...]]
    """Attribution clauses around the whole sentence: of the claim, of the evidence."""
    reported: tuple[ReportedSpan, ...]
    """Reported speech inside the claim."""
    core: frozenset[int]
    """The claim's content words, less those that only say who said it."""
    candidates: dict[int, tuple[int, ...]]
    """For each core word its counterparts in the evidence; a pronoun where its antecedent stands in the context."""
    chosen: dict[int, int]
    """The likeliest counterpart of each core word that has one."""
    quantities: tuple[tuple[Quantity, ...], tuple[Quantity, ...]]
    dates: tuple[tuple[Date, ...], tuple[Date, ...]]

    @property
    def covered(self) -> float:
        """Share of the core words that have a counterpart."""
        return 1 - len(self.missing()) / max(1, len(self.core))

    def missing(self) -> list[Word]:
        """Core words without a counterpart."""
        return [self.claim.words[i] for i in sorted(self.core) if not self.candidates.get(i)]


def align(text: str, support: Support) -> Alignment:
    """Align a claim with the sentence of a support, both without their attribution clauses."""
    ours_read, theirs_read = strip_attribution(text), strip_attribution(support.quote, support.attribution)
    claim, evidence = ours_read.body, theirs_read.body
    reported = reported_spans(claim)
    ours, theirs = tuple(quantities(claim)), tuple(quantities(evidence))
    our_dates, their_dates = tuple(dates(claim)), tuple(dates(evidence))
    figures = _value_words(claim, ours, our_dates)
    meant = {w.index for w in claim.words if w.is_content and not {w.folded, w.lemma} & LIGHT_WORDS}
    core = frozenset(meant - figures) - _reporting(reported, meant - figures)
    candidates = {i: _counterparts(claim.words[i], claim, evidence, support) for i in core}
    candidates |= _equal_values(ours, theirs, our_dates, their_dates)
    return Alignment(
        claim=claim,
        evidence=evidence,
        support=support,
        text=text,
        attributions=(ours_read.attributions, theirs_read.attributions),
        reported=reported,
        core=core,
        candidates=candidates,
        chosen=_choose(candidates, evidence),
        quantities=(ours, theirs),
        dates=(our_dates, their_dates),
    )


def _value_words(claim: Parsed, amounts: Sequence[Quantity], days: Sequence[Date]) -> frozenset[int]:
    """Words that the checks of numbers and dates compare."""
    spelled = frozenset(i for found in (amounts, days) for each in found for i in each.indices)
    return spelled | {w.index for w in claim.words if amounts and w.folded in UNIT_WORDS}


def _reporting(reported: Sequence[ReportedSpan], meant: frozenset[int] | set[int]) -> frozenset[int]:
    """Return the words of reporting clauses; the attribution check compares them where they report a core word."""
    own = {span: {span.verb} | (span.speaker - span.content) for span in reported if span.verb is not None}
    every = frozenset[int | None]().union(*own.values())
    tested = [words for span, words in own.items() if span.content & (meant - every)]
    return frozenset(i for words in tested for i in words if i is not None)


def _counterparts(word: Word, claim: Parsed, evidence: Parsed, support: Support) -> tuple[int, ...]:
    found = tuple(other.index for other in evidence.words if other.is_content and equivalent(word, other))
    also = tuple(alias_matches(word, claim, evidence, support.known)) if word.is_name else ()
    if word.is_name and found:
        return tuple(dict.fromkeys((*_longest_match(word, claim, found, evidence), *also)))
    if also:
        return also
    if word.is_name:
        found = found or tuple(w.index for w in evidence.words if w.text[:1].isupper() and equivalent_names(word, w))
        found = found or tuple(acronym_matches(word, claim, evidence))
    if found:
        return found
    back = tuple(anaphors(evidence))
    if (
        support.context
        and is_participant(claim, word, PRONOUN_POSITIONS)
        and _may_be_antecedent(word, strip_attribution(support.context).body)
    ):
        return back
    if word.index in anaphors(claim):
        # "the group" in the claim, after its name: whatever name or pronoun stands there in the evidence.
        return (*back, *(w.index for w in evidence.words if w.is_name))
    return ()


def _may_be_antecedent(word: Word, before: Parsed) -> bool:
    """Whether a pronoun may refer to this word of the sentence before: to its subject, or to the only name in it.

    The subject is what a text is about (Grosz, Joshi and Weinstein 1995); where another is named beside it, nothing
    here can tell which is meant.
    """
    found = [other for other in before.words if other.is_content and equivalent(word, other)]
    if not word.is_name:
        return bool(found)
    others = [other for other in before.words if other.is_name and other.pos == "PROPN" and not equivalent(word, other)]
    subjects = [w.index for w in before.words if w.dep in ("nsubj", "nsubjpass") and before.words[w.head].dep == "ROOT"]
    subject = frozenset[int]().union(*(before.subtree(i) for i in subjects))
    # A pronoun in the subject: the sentence speaks of somebody named still earlier.
    goes_on = any(before.words[i].folded in ANAPHORIC_PRONOUNS for i in subject)
    return any(other.index in subject or not (goes_on or _names_another(before, other, others)) for other in found)


def _names_another(before: Parsed, one: Word, others: Sequence[Word]) -> bool:
    """Whether any of the other names is not part of this name."""
    return any(other.text not in name_containing(before, one.index) for other in others)


def _longest_match(word: Word, claim: Parsed, found: tuple[int, ...], evidence: Parsed) -> tuple[int, ...]:
    """Among candidates of one surname, keep those with the first names of the claim: "B Smith" is not "A Smith"."""
    ours = {part.casefold() for part in name_containing(claim, word.index)}
    runs = {i: {part.casefold() for part in name_containing(evidence, i)} for i in found}
    best = max((len(ours & run), -len(run - ours)) for run in runs.values())
    return tuple(i for i, run in runs.items() if (len(ours & run), -len(run - ours)) == best)


def _equal_values(
    ours: Sequence[Quantity], theirs: Sequence[Quantity], our_dates: Sequence[Date], their_dates: Sequence[Date]
) -> dict[int, tuple[int, ...]]:
    found = {q.index: tuple(o.index for o in theirs if (o.value, o.unit) == (q.value, q.unit)) for q in ours}
    found |= {d.index: tuple(o.index for o in their_dates if d.within(o)) for d in our_dates}
    return {index: matches for index, matches in found.items() if matches}


def _choose(candidates: dict[int, tuple[int, ...]], evidence: Parsed) -> dict[int, int]:
    """Choose one counterpart for each word: unambiguous words first, then the candidate nearest to those."""
    chosen = {i: found[0] for i, found in candidates.items() if len(found) == 1}
    far = dependency_distances(evidence)
    for i, found in sorted(candidates.items(), key=lambda pair: (len(pair[1]), pair[0])):
        if i not in chosen and found:
            chosen[i] = min(found, key=lambda j: (sum(far[j][k] for k in chosen.values()), j))
    return chosen
