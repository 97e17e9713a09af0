"""Question scorers: pure functions from a case and its observation to a score with a reason.

A missing score has a status: the metric does not apply to the case, or the run ended in an error.
"""

from collections.abc import Callable
from functools import wraps

from evals.harness.cases import Case
from evals.harness.fidelity import added_words, invented_tokens, keeps_speaker
from evals.harness.metric_registry import ScorerTable, register
from evals.harness.scores import BROKEN, NOT_APPLICABLE, Observed, Score, Scorer
from evals.harness.text_matching import contains, same_sentence, states
from service.answering.types import Answer, Citation

scorer = SCORERS = ScorerTable[[Case, Observed], Score]()
"""Question scorers by metric name, in the order of reports."""


def answerable(case: Case, seen: Observed) -> bool:
    """Whether the case is an answerable question."""
    return case.answerable


def of_answer(
    applies: Callable[[Case, Observed], bool] = lambda case, seen: True,
) -> Callable[[Callable[[Case, Observed, Answer], Score]], Scorer]:
    """Decorate a scorer that reads the answer: without an answer return BROKEN, or NOT_APPLICABLE if not `applies`."""

    def decorate(scorer: Callable[[Case, Observed, Answer], Score]) -> Scorer:
        @wraps(scorer)
        def score(case: Case, seen: Observed) -> Score:
            if not applies(case, seen):
                return NOT_APPLICABLE
            return BROKEN if seen.answer is None else scorer(case, seen, seen.answer)

        return score

    return decorate


@scorer(says="answerable: a right answer stands in the cited answer", flips=True)
@of_answer(answerable)
def answer_accuracy(case: Case, seen: Observed, answer: Answer) -> Score:
    """Answerable questions: whether a cited answer contains a right answer; a refusal scores 0."""
    if answer.verdict != "answered":
        return Score(value=0.0, reason="refused")
    if not answer.citations:
        return Score(value=0.0, reason="cites nothing")
    found = contains(answer.text, case.answers)
    return Score(value=float(found is not None), reason=f"holds {found!r}" if found else "holds none of the answers")


@scorer(says="questions with several answers: all of them given")
@of_answer(lambda case, seen: case.answerable and case.require_all_answers)
def all_answers(case: Case, seen: Observed, answer: Answer) -> Score:
    """Questions that require several answers: whether the answer contains all of them."""
    text = answer.text if answer.verdict == "answered" else ""
    lacking = [each for each in case.answers if not contains(text, [each])]
    return Score(value=float(not lacking), reason=f"lacks {', '.join(lacking)}" if lacking else "")


@scorer(says="the same, and no wrong one beside them")
def all_answers_alone(case: Case, seen: Observed) -> Score:
    """Like `all_answers`, and without any known wrong answer (the strict metric of RAMDocs)."""
    found = all_answers(case, seen)
    if not found.value or seen.answer is None:
        return found
    wrong = contains(seen.answer.text, case.wrong_answers)
    return Score(value=0.0, reason=f"also holds {wrong!r}") if wrong else found


@scorer(says="facts of broad questions that stand in the cited answer")
@of_answer(lambda case, seen: case.answerable and bool(case.nuggets))
def nugget_recall(case: Case, seen: Observed, answer: Answer) -> Score:
    """Questions with nuggets: the share of them that the answer contains; a refusal scores 0."""
    text = answer.text if answer.verdict == "answered" else ""
    lacking = [nugget.text for nugget in case.nuggets if not states(text, nugget.any)]
    return Score(value=1.0 - len(lacking) / len(case.nuggets), reason=f"lacks {lacking[0]!r}" if lacking else "")


@scorer(says="answerable: refused", better="lower")
@of_answer(answerable)
def wrongly_refused(case: Case, seen: Observed, answer: Answer) -> Score:
    """Answerable questions: 1 when refused; lower is better."""
    return Score(value=float(answer.verdict != "answered"))


@scorer(says="not answerable: refused", flips=True)
@of_answer(lambda case, seen: not case.answerable)
def refusal_recall(case: Case, seen: Observed, answer: Answer) -> Score:
    """Unanswerable questions: 1 when refused."""
    return Score(value=float(answer.verdict != "answered"))


register("balanced", "half answering well, half refusing well")


@scorer(says="sentences whose citations resolve to exact words", invariant=1.0)
@of_answer()
def cited_sentences(case: Case, seen: Observed, answer: Answer) -> Score:
    """Answers: the share of sentences that have citations, all resolving to the stored words."""
    if not answer.sentences:
        return NOT_APPLICABLE
    sound = {c.number for c, ok in zip(answer.citations, seen.resolving, strict=True) if ok}
    backed = [bool(s.citations) and set(s.citations) <= sound for s in answer.sentences]
    return Score(value=sum(backed) / len(backed))


@scorer(says="citations that are gold sentences")
@of_answer(answerable)
def citation_precision(case: Case, seen: Observed, answer: Answer) -> Score:
    """Answered answerable questions: the share of citations of gold sentences (or gold articles)."""
    if not answer.citations:
        return NOT_APPLICABLE
    right = [_is_gold(case, seen, citation) for citation in answer.citations]
    return Score(value=sum(right) / len(right))


@scorer(says="gold sentences that are cited")
@of_answer(lambda case, seen: case.answerable and bool(seen.gold or case.evidence_doc_ids))
def citation_recall(case: Case, seen: Observed, answer: Answer) -> Score:
    """Answerable questions: the share of needed gold sentences (or articles) that are cited; a refusal scores 0."""
    if seen.gold:
        hits = [any(same_sentence(g, c) for c in answer.citations) for g in seen.gold]
    else:
        cited = {citation.article_id for citation in answer.citations}
        hits = [article in cited for article in case.evidence_doc_ids]
    whole = case.all_evidence or not seen.gold
    return Score(value=sum(hits) / len(hits) if whole else float(any(hits)))


@scorer(says="first citation is into an article with evidence")
@of_answer(answerable)
def cited_article(case: Case, seen: Observed, answer: Answer) -> Score:
    """Answered answerable questions: whether the first citation is of a gold article."""
    if not answer.citations:
        return NOT_APPLICABLE
    return Score(value=float(answer.citations[0].article_id in case.evidence_doc_ids))


@scorer(says="citations that do not resolve", better="lower", invariant=0.0)
@of_answer()
def fabricated_citations(case: Case, seen: Observed, answer: Answer) -> Score:
    """Answers: the share of citations that do not resolve; lower is better."""
    if not seen.resolving:
        return NOT_APPLICABLE
    return Score(value=1.0 - sum(seen.resolving) / len(seen.resolving))


@scorer(says="numbers or names that the evidence lacks", better="lower", invariant=0.0)
@of_answer()
def unsupported_tokens(case: Case, seen: Observed, answer: Answer) -> Score:
    """Answers: the number of names and numbers in neither the cited quotes nor their source lines; must be 0."""
    if not answer.sentences:
        return NOT_APPLICABLE
    found = invented_tokens(answer)
    return Score(value=float(len(found)), reason=", ".join(found))


@scorer(says="quotations that are not the cited words", better="lower", invariant=0.0)
@of_answer()
def inexact_quotes(case: Case, seen: Observed, answer: Answer) -> Score:
    """Answers: the number of words in quoted sentences that are neither cited nor attribution; must be 0."""
    if all(sentence.style != "quote" for sentence in answer.sentences):
        return NOT_APPLICABLE
    found = added_words(answer)
    return Score(value=float(len(found)), reason=", ".join(found))


@scorer(says="quoted sentences that keep who says so", invariant=1.0)
@of_answer()
def speaker_kept(case: Case, seen: Observed, answer: Answer) -> Score:
    """Answers that quote a speaker in the article: the share of sentences that keep the attribution; must be 1."""
    kept = keeps_speaker(answer)
    return Score(value=sum(kept) / len(kept)) if kept else NOT_APPLICABLE


@scorer(says="a known wrong answer stands alone", better="lower")
@of_answer(lambda case, seen: case.answerable and bool(case.wrong_answers))
def wrong_answer_given(case: Case, seen: Observed, answer: Answer) -> Score:
    """Questions with known wrong answers: 1 if the answer contains one and no right one; lower is better."""
    wrong = contains(answer.text, case.wrong_answers)
    right = contains(answer.text, case.answers)
    return Score(value=float(wrong is not None and right is None), reason=f"holds {wrong!r}" if wrong else "")


@scorer(says="written sentences that the gate withheld", better="neither")
@of_answer()
def withheld_share(case: Case, seen: Observed, answer: Answer) -> Score:
    """Generated answers: the share of generated sentences that the gate withheld."""
    composed = sum(sentence.style == "compose" for sentence in answer.sentences)
    written = composed + len(answer.withheld)
    return Score(value=len(answer.withheld) / written) if written else NOT_APPLICABLE


def retrieval_hit(depth: int) -> Scorer:
    """Return a scorer: whether a gold article is among the first `depth` (answerable questions)."""

    def score(case: Case, seen: Observed) -> Score:
        if not case.answerable or not case.evidence_doc_ids:
            return NOT_APPLICABLE
        return Score(value=float(bool(set(seen.retrieved[:depth]) & set(case.evidence_doc_ids))))

    return score


scorer("retrieval_hit@1", says="an article with evidence is first")(retrieval_hit(1))
scorer("retrieval_hit@5", says="an article with evidence is among five")(retrieval_hit(5))
scorer("retrieval_hit@10", says="an article with evidence is among ten", better="neither")(retrieval_hit(10))


def retrieval_cover(depth: int) -> Scorer:
    """Return a scorer: the share of gold articles among the first `depth` (answerable questions)."""

    def score(case: Case, seen: Observed) -> Score:
        if not case.answerable or not case.evidence_doc_ids:
            return NOT_APPLICABLE
        wanted = set(case.evidence_doc_ids)
        return Score(value=len(wanted & set(seen.retrieved[:depth])) / len(wanted))

    return score


scorer("retrieval_cover@4", says="articles with evidence among four", better="neither")(retrieval_cover(4))
scorer("retrieval_cover@10", says="articles with evidence among ten", better="neither")(retrieval_cover(10))


@scorer(says="one over the rank of the first article with evidence")
def retrieval_mrr(case: Case, seen: Observed) -> Score:
    """Answerable questions: reciprocal rank of the first gold article, 0 beyond rank 10."""
    if not case.answerable or not case.evidence_doc_ids:
        return NOT_APPLICABLE
    ranks = (rank for rank, article in enumerate(seen.retrieved[:10], 1) if article in case.evidence_doc_ids)
    return Score(value=1.0 / next(ranks, float("inf")))


def evidence_hit(depth: int) -> Scorer:
    """Return a scorer: whether a gold sentence, or one with an answer, is among the first `depth`."""

    def score(case: Case, seen: Observed) -> Score:
        if not case.answerable:
            return NOT_APPLICABLE
        first = seen.evidence[:depth]
        if seen.gold:
            return Score(value=float(any(same_sentence(g, c) for g in seen.gold for c in first)))
        return Score(value=float(any(contains(c.quote, case.answers) for c in first)))

    return score


scorer("evidence_hit@1", says="the gold sentence is first")(evidence_hit(1))
scorer("evidence_hit@3", says="a gold sentence is among three")(evidence_hit(3))


register("evidence_p50", "seconds to the first evidence, median", better="neither")
register("seconds_p50", "seconds to the whole answer, median", better="neither")
register("seconds_p95", "seconds to the whole answer, 95th percentile", better="neither")


def _is_gold(case: Case, seen: Observed, citation: Citation) -> bool:
    if seen.gold:
        return any(same_sentence(gold, citation) for gold in seen.gold)
    return citation.article_id in case.evidence_doc_ids
