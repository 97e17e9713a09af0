"""Reader check: whether the product's own retrieval and reader find the evidence of a drafted question."""

from collections.abc import Sequence

from evals.harness.drafting.question_templates import Draft, claim_of
from index.search.scored_sentence import ScoredSentence
from service.workspace import Workspace

BROAD_RANKS = 3
"""Number of best sentences among which the evidence of a question without one short answer must be."""
MIN_RELEVANCE = 1.0
"""Log-odds of the reader from which the best sentence answers; below it most drafts are badly worded."""
MIN_ENTAILMENT = 0.5
"""Probability from which the evidence carries the clause that a question was made from, as a statement or a report."""


def ranked(workspace: Workspace, question: str) -> list[ScoredSentence]:
    """Return the sentences that the product's retrieval and reader find for a question, best first."""
    vector, passages = workspace.retrieve(question)
    return workspace.finder.find(question, vector, passages)


def answers(workspace: Workspace, draft: Draft) -> bool:
    """Whether the evidence carries the draft's clause, and the product finds it and the answer in it."""
    return carries(workspace, draft) and finds(draft, ranked(workspace, draft.question))


def finds(draft: Draft, found: Sequence[ScoredSentence]) -> bool:
    """Whether the evidence is the best sentence with the draft's answer, or for a broad question among the first."""
    if draft.answer is None:
        return any(
            _is_of(sentence, each) for sentence in found[:BROAD_RANKS] for each in (draft.source, *draft.further)
        )
    best = next(iter(found), None)
    if best is None or best.answer is None or best.signals["relevance"] < MIN_RELEVANCE:
        return False
    start, end = draft.source.start + draft.answer.start, draft.source.start + draft.answer.end
    return _is_of(best, draft.source) and best.answer.start < end and start < best.answer.end


def _is_of(sentence: ScoredSentence, evidence: ScoredSentence) -> bool:
    same = sentence.article_id == evidence.article_id
    return same and sentence.start < evidence.end and evidence.start < sentence.end


def carries(workspace: Workspace, draft: Draft) -> bool:
    """Whether the evidence entails the shortened clause that the question was made from."""
    model = workspace.engines.entailment
    if draft.clause is None or model is None:
        return True
    (found,) = model([(claim_of(draft.clause), draft.source.text)])
    return found.supported + found.attributed >= MIN_ENTAILMENT
