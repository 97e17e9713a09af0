"""Scorers: each a pure function from a case and what happened to a score with its reason.

A score that cannot be given says why: the measure does not apply to this case, or the run broke.
"""

import re
import string
from collections.abc import Sequence

from evals.harness.cases import Case, Gold
from evals.harness.fidelity import inexact_quotes, speaker_kept, unsupported_tokens
from evals.harness.scores import BROKEN, NOT_APPLICABLE, Located, Observed, Score, Scorer
from service.answering.types import Citation

PUNCTUATION = str.maketrans(dict.fromkeys(string.punctuation + "“”‘’–—…", " "))
OVERLAP = 0.5
"""Share of the shorter of two spans that must coincide for them to be the same sentence."""


def normalise(text: str) -> str:
    """Lower case, no punctuation, no articles, single spaces: SQuAD's way, typographic marks included."""
    return " ".join(word for word in text.lower().translate(PUNCTUATION).split() if word not in ("a", "an", "the"))


def contains(text: str, alternatives: Sequence[str]) -> str | None:
    """The first alternative that stands in `text` as whole tokens."""
    padded = f" {normalise(text)} "
    return next((a for a in alternatives if normalise(a) and f" {normalise(a)} " in padded), None)


def answer_accuracy(case: Case, seen: Observed) -> Score:
    """Answerable questions: one of the right answers stands in a cited answer; a refusal scores 0."""
    if not case.answerable:
        return NOT_APPLICABLE
    if seen.answer is None:
        return BROKEN
    if seen.answer.verdict != "answered":
        return Score(value=0.0, reason="refused")
    if not seen.answer.citations:
        return Score(value=0.0, reason="cites nothing")
    found = contains(seen.answer.text, case.answers)
    return Score(value=float(found is not None), reason=f"holds {found!r}" if found else "holds none of the answers")


def all_answers(case: Case, seen: Observed) -> Score:
    """Questions with several right answers: whether every one of them stands in the answer."""
    if not (case.answerable and case.require_all_answers):
        return NOT_APPLICABLE
    if seen.answer is None:
        return BROKEN
    text = seen.answer.text if seen.answer.verdict == "answered" else ""
    lacking = [answer for answer in case.answers if not contains(text, [answer])]
    return Score(value=float(not lacking), reason=f"lacks {', '.join(lacking)}" if lacking else "")


def all_answers_alone(case: Case, seen: Observed) -> Score:
    """The same, and no wrong answer beside them (RAMDocs' strict measure)."""
    found = all_answers(case, seen)
    if not found.value or seen.answer is None:
        return found
    wrong = contains(seen.answer.text, case.wrong_answers)
    return Score(value=0.0, reason=f"also holds {wrong!r}") if wrong else found


def wrongly_refused(case: Case, seen: Observed) -> Score:
    """Answerable questions: 1 when refused; lower is better."""
    if not case.answerable:
        return NOT_APPLICABLE
    return BROKEN if seen.answer is None else Score(value=float(seen.answer.verdict != "answered"))


def refusal_recall(case: Case, seen: Observed) -> Score:
    """Unanswerable questions: 1 when refused."""
    if case.answerable:
        return NOT_APPLICABLE
    return BROKEN if seen.answer is None else Score(value=float(seen.answer.verdict != "answered"))


def cited_sentences(case: Case, seen: Observed) -> Score:
    """Answers: the share of sentences all of whose citations resolve to the stored words."""
    if seen.answer is None:
        return BROKEN
    if not seen.answer.sentences:
        return NOT_APPLICABLE
    sound = {c.number for c, ok in zip(seen.answer.citations, seen.resolving, strict=True) if ok}
    backed = [bool(s.citations) and set(s.citations) <= sound for s in seen.answer.sentences]
    return Score(value=sum(backed) / len(backed))


def fabricated_citations(case: Case, seen: Observed) -> Score:
    """Answers: the share of citations that do not resolve; lower is better."""
    if seen.answer is None:
        return BROKEN
    if not seen.resolving:
        return NOT_APPLICABLE
    return Score(value=1.0 - sum(seen.resolving) / len(seen.resolving))


def citation_precision(case: Case, seen: Observed) -> Score:
    """Answered answerable questions: the share of citations that are gold sentences (or of gold articles)."""
    if not case.answerable or (seen.answer is not None and not seen.answer.citations):
        return NOT_APPLICABLE
    if seen.answer is None:
        return BROKEN
    right = [_is_gold(case, seen, citation) for citation in seen.answer.citations]
    return Score(value=sum(right) / len(right))


def citation_recall(case: Case, seen: Observed) -> Score:
    """Answerable questions: the share of needed gold sentences (or articles) that are cited; a refusal scores 0."""
    if not case.answerable or not (seen.gold or case.evidence_doc_ids):
        return NOT_APPLICABLE
    if seen.answer is None:
        return BROKEN
    if seen.gold:
        hits = [any(same_sentence(g, c) for c in seen.answer.citations) for g in seen.gold]
    else:
        cited = {citation.article_id for citation in seen.answer.citations}
        hits = [article in cited for article in case.evidence_doc_ids]
    whole = case.all_evidence or not seen.gold
    return Score(value=sum(hits) / len(hits) if whole else float(any(hits)))


def cited_article(case: Case, seen: Observed) -> Score:
    """Answered answerable questions: whether the first citation is into an article that holds evidence."""
    if not case.answerable or (seen.answer is not None and not seen.answer.citations):
        return NOT_APPLICABLE
    if seen.answer is None:
        return BROKEN
    return Score(value=float(seen.answer.citations[0].article_id in case.evidence_doc_ids))


def wrong_answer_given(case: Case, seen: Observed) -> Score:
    """Questions with known wrong answers: 1 when one stands in the answer and no right one does; lower is better."""
    if not case.wrong_answers or not case.answerable:
        return NOT_APPLICABLE
    if seen.answer is None:
        return BROKEN
    wrong = contains(seen.answer.text, case.wrong_answers)
    right = contains(seen.answer.text, case.answers)
    return Score(value=float(wrong is not None and right is None), reason=f"holds {wrong!r}" if wrong else "")


def withheld_share(case: Case, seen: Observed) -> Score:
    """Answers for which a model wrote: the share of its sentences that the gate withheld."""
    if seen.answer is None:
        return BROKEN
    composed = sum(sentence.style == "compose" for sentence in seen.answer.sentences)
    written = composed + len(seen.answer.withheld)
    return Score(value=len(seen.answer.withheld) / written) if written else NOT_APPLICABLE


def retrieval_hit(depth: int) -> Scorer:
    """Answerable questions: whether an article with evidence is among the first `depth`."""

    def score(case: Case, seen: Observed) -> Score:
        if not case.answerable or not case.evidence_doc_ids:
            return NOT_APPLICABLE
        return Score(value=float(bool(set(seen.retrieved[:depth]) & set(case.evidence_doc_ids))))

    return score


def retrieval_cover(depth: int) -> Scorer:
    """Answerable questions: the share of the articles with evidence among the first `depth`."""

    def score(case: Case, seen: Observed) -> Score:
        if not case.answerable or not case.evidence_doc_ids:
            return NOT_APPLICABLE
        wanted = set(case.evidence_doc_ids)
        return Score(value=len(wanted & set(seen.retrieved[:depth])) / len(wanted))

    return score


def retrieval_mrr(case: Case, seen: Observed) -> Score:
    """Answerable questions: one over the rank of the first article with evidence, 0 beyond the tenth."""
    if not case.answerable or not case.evidence_doc_ids:
        return NOT_APPLICABLE
    ranks = (rank for rank, article in enumerate(seen.retrieved[:10], 1) if article in case.evidence_doc_ids)
    return Score(value=1.0 / next(ranks, float("inf")))


def evidence_hit(depth: int) -> Scorer:
    """Answerable questions: whether a gold sentence (or one holding an answer) is among the first `depth`."""

    def score(case: Case, seen: Observed) -> Score:
        if not case.answerable:
            return NOT_APPLICABLE
        first = seen.evidence[:depth]
        if seen.gold:
            return Score(value=float(any(same_sentence(g, c) for g in seen.gold for c in first)))
        return Score(value=float(any(contains(c.quote, case.answers) for c in first)))

    return score


SCORERS: dict[str, Scorer] = {
    "answer_accuracy": answer_accuracy,
    "all_answers": all_answers,
    "all_answers_alone": all_answers_alone,
    "wrongly_refused": wrongly_refused,
    "refusal_recall": refusal_recall,
    "cited_sentences": cited_sentences,
    "citation_precision": citation_precision,
    "citation_recall": citation_recall,
    "cited_article": cited_article,
    "fabricated_citations": fabricated_citations,
    "unsupported_tokens": unsupported_tokens,
    "inexact_quotes": inexact_quotes,
    "speaker_kept": speaker_kept,
    "wrong_answer_given": wrong_answer_given,
    "withheld_share": withheld_share,
    "retrieval_hit@1": retrieval_hit(1),
    "retrieval_hit@5": retrieval_hit(5),
    "retrieval_hit@10": retrieval_hit(10),
    "retrieval_cover@4": retrieval_cover(4),
    "retrieval_cover@10": retrieval_cover(10),
    "retrieval_mrr": retrieval_mrr,
    "evidence_hit@1": evidence_hit(1),
    "evidence_hit@3": evidence_hit(3),
}


def same_sentence(gold: Located, citation: Citation) -> bool:
    """Whether the two spans are one sentence, give or take a dateline or a cut."""
    if gold.article_id != citation.article_id:
        return False
    common = min(gold.end, citation.end) - max(gold.start, citation.start)
    return common >= OVERLAP * min(gold.end - gold.start, citation.end - citation.start)


def locate(gold: Gold, text: str) -> Located | None:
    """Where a gold sentence stands in its article, white space aside."""
    pattern = r"\s+".join(re.escape(word) for word in gold.quote.split())
    found = re.search(pattern, text)
    return Located(article_id=gold.doc_id, start=found.start(), end=found.end()) if found else None


def _is_gold(case: Case, seen: Observed, citation: Citation) -> bool:
    if seen.gold:
        return any(same_sentence(gold, citation) for gold in seen.gold)
    return citation.article_id in case.evidence_doc_ids
