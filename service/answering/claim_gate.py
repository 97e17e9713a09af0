"""Claim gate of composed sentences: accepts a sentence by the checks, else by the entailment model if no veto fires."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from index.search.scored_sentence import ScoredSentence
from index.words import stems, words
from service.grounding import EntailmentModel, Support, check, explain, judge, support_of
from service.language.attribution_clauses import strip_attribution
from service.language.clauses import has_main_verb, main_clauses
from service.language.parsing import Parsed, parse
from service.language.pronouns import ANAPHORIC_PRONOUNS

VETOES = frozenset(
    {"names", "quotations", "numbers", "dates", "negation", "antonymy", "degree", "modality", "attribution"}
)
"""Checks whose failure the entailment model cannot overrule."""
LEAST_LOG_ODDS = 3.0
"""Least log-odds of a sentence that no veto stops: of 343 altered claims that the checks reject
(`evals/data/cases/claims.jsonl`) none passes, and 7 of 42 faithful ones."""
ARTICLE_NOUNS = frozenset("article piece text story".split())
"""Nouns by which a writer names the cited article itself as the speaker."""
SUBJECT_PRONOUNS = frozenset("he she it they".split())
MAX_SUBJECT_WORDS = 9
MAX_FURTHER = 4
"""Number of offered sentences, beyond those that the sentence names, that are tried as its evidence."""
MIN_SHARED = 0.3
"""Least share of a sentence's stems that a further evidence sentence has."""


@dataclass(frozen=True)
class Acceptance:
    """Acceptance: whether a composed sentence may be shown, which evidence carries it, and else why not."""

    accepted: bool
    reason: str
    evidence: tuple[ScoredSentence, ...] = ()
    text: str = ""
    """The sentence as it is to be shown: with the name in place of a leading pronoun."""


class ClaimGate:
    """Claim gate: holds a composed sentence against the evidence that it names and the evidence that resembles it."""

    def __init__(self, entailment: EntailmentModel | None) -> None:
        """`entailment`: a second judge of what the checks reject; without one, the checks alone decide."""
        self._entailment = entailment

    def accept(
        self, claim: str, named: Sequence[ScoredSentence], offered: Sequence[ScoredSentence], previous: str = ""
    ) -> Acceptance:
        """Accept a whole sentence that its evidence carries, or all of whose main clauses are carried.

        Args:
            named: the evidence that the sentence cites; may be empty or wrong.
            offered: all sentences that the writer was given.
            previous: the sentence that the writer wrote before it, whose subject a leading pronoun may mean.
        """
        if not has_main_verb(claim):
            return Acceptance(False, "it is not a whole sentence")
        if (pronoun := _dangling(parse(claim))) is None:
            return self._accept_named(claim, named, offered)
        for wording in _with_subject(claim, pronoun, previous):
            if (found := self._accept_named(wording, named, offered)).accepted:
                return found
        return Acceptance(False, f"it begins with “{pronoun}” and does not name who or what is meant", tuple(named))

    def _accept_named(
        self, claim: str, named: Sequence[ScoredSentence], offered: Sequence[ScoredSentence]
    ) -> Acceptance:
        stated = _without_article(claim)
        evidence = [*named, *_further(stated, named, offered)]
        supports = [support_of(each) for each in evidence]
        finding = check(stated, supports)
        if finding.accepted:
            return Acceptance(True, finding.detail, tuple(evidence[i] for i in finding.supports), claim)
        if found := self._entailed(stated, evidence, offered):
            return Acceptance(True, "the cited sentences carry it together", found, claim)
        parts = main_clauses(parse(stated))
        carried = [self._carried(part, evidence, supports, offered) for part in parts] if len(parts) > 1 else []
        if carried and all(carried):
            carrying = _distinct(each for part in carried for each in part)
            return Acceptance(True, "each part of it is in the evidence", carrying, claim)
        return Acceptance(False, finding.detail, tuple(evidence[i] for i in finding.supports))

    def _carried(
        self,
        part: str,
        evidence: Sequence[ScoredSentence],
        supports: Sequence[Support],
        offered: Sequence[ScoredSentence],
    ) -> tuple[ScoredSentence, ...]:
        if (finding := check(part, supports)).accepted:
            return tuple(evidence[i] for i in finding.supports)
        return self._entailed(part, evidence, offered)

    def _entailed(
        self, claim: str, evidence: Sequence[ScoredSentence], offered: Sequence[ScoredSentence]
    ) -> tuple[ScoredSentence, ...]:
        """Return the sentences that carry a claim together by the entailment model, if no veto fires; else none."""
        if self._entailment is None or not evidence:
            return ()
        nearest = evidence[0]
        around = {each.location: each for each in (*evidence, *offered) if each.article_id == nearest.article_id}
        statements = sorted(around.values(), key=lambda each: each.start)
        judged = judge(claim, nearest, statements, dict.fromkeys(stems(claim), 1.0), self._entailment)
        if judged.entailment.log_odds < LEAST_LOG_ODDS:
            return ()
        failures = explain(claim, [joined_support(judged.premise.sentences)])[0].failures
        failed = {each.check for each in failures}
        if failed & VETOES or any(each.reason in ("empty", "no_evidence") for each in failures):
            return ()
        return judged.premise.sentences


def joined_support(sentences: Sequence[ScoredSentence]) -> Support:
    """Return sentences of one article as one support."""
    first = support_of(sentences[0])
    spoken = [support_of(each).attribution for each in sentences]
    return first.model_copy(
        update={
            "quote": " ".join(each.text for each in sentences),
            "attribution": " ".join(dict.fromkeys(filter(None, spoken))),
        }
    )


def _further(claim: str, named: Sequence[ScoredSentence], offered: Sequence[ScoredSentence]) -> list[ScoredSentence]:
    """Return the offered sentences that share most stems with the claim and are not named."""
    wanted = stems(claim)
    if not wanted:
        return []
    places = {each.location for each in named}
    shared = [(len(wanted & each.stems) / len(wanted), -i) for i, each in enumerate(offered)]
    best = [-i for share, i in sorted(shared, reverse=True) if share >= MIN_SHARED]
    return [offered[i] for i in best if offered[i].location not in places][:MAX_FURTHER]


def _dangling(claim: Parsed) -> str | None:
    """Return the pronoun that stands before any noun of the sentence; None if there is none."""
    for word in claim.words:
        if word.pos in ("NOUN", "PROPN"):
            return None
        if word.pos == "PRON" and word.folded in ANAPHORIC_PRONOUNS:
            expletive = word.folded == "it" and claim.words[word.head].lemma == "be"
            return None if expletive else word.text
    return None


def _with_subject(claim: str, pronoun: str, previous: str) -> Iterator[str]:
    """Yield the claim with each subject of the previous sentence in place of its first word, a subject pronoun."""
    if not claim.startswith(f"{pronoun} ") or pronoun.lower() not in SUBJECT_PRONOUNS or not previous:
        return
    before = parse(previous)
    for word in before.words:
        if word.dep in ("nsubj", "nsubjpass") and word.pos in ("NOUN", "PROPN"):
            inside = sorted(before.subtree(word.index))
            start, end = before.words[inside[0]].start, before.words[inside[-1]].end
            subject = before.text[start:end]
            if len(inside) <= MAX_SUBJECT_WORDS:
                yield subject[:1].upper() + subject[1:] + claim[len(pronoun) :]


def _without_article(claim: str) -> str:
    """Return what a sentence says, without "the article says that": a citation says that anyway."""
    split = strip_attribution(claim)
    speakers = [words(each.speaker.lower()) for each in split.attributions]
    return split.body.text if speakers and all(ARTICLE_NOUNS & {*each} for each in speakers) else claim


def _distinct(sentences: Iterable[ScoredSentence]) -> tuple[ScoredSentence, ...]:
    return tuple({each.location: each for each in sentences}.values())
