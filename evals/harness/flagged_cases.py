"""Flagged cases: those whose article was removed, or no longer has the words of their evidence; they are not scored."""

from collections.abc import Sequence

from evals.harness.cases import Case
from evals.harness.runner import EvalContext, run_questions
from evals.harness.summary import Report
from evals.harness.text_matching import locate
from index.errors import InputError, NotFound
from service.workspace import Workspace


def run_current(context: EvalContext, cases: Sequence[Case]) -> Report:
    """Run the cases whose evidence is still in the articles, and name the others in the report.

    Raises:
        InputError: the evidence of no case is.
    """
    flagged = {case.id for case in cases if not has_evidence(context.workspace, case)}
    current = [case for case in cases if case.id not in flagged]
    if not current:
        raise InputError("no article has the evidence of any case; name the articles from which the cases were made")
    report = run_questions(context, current)
    return report.model_copy(update={"flagged": tuple(case.id for case in cases if case.id in flagged)})


def has_evidence(workspace: Workspace, case: Case) -> bool:
    """Whether every article that the case names is there and has the quoted words."""
    try:
        texts = {each: workspace.article(each).text for each in (*case.evidence_doc_ids, *_quoted(case))}
    except NotFound:
        return False
    return all(locate(gold, texts[gold.doc_id]) for gold in case.evidence)


def _quoted(case: Case) -> list[str]:
    return [gold.doc_id for gold in case.evidence]
