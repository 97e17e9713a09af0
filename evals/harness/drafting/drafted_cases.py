"""Drafted cases: drafts as cases that no person has accepted yet."""

from evals.harness.cases import Case, Gold
from evals.harness.drafting.question_templates import Draft


def as_case(number: int, draft: Draft) -> Case:
    """Return a draft as a case with its evidence, to be accepted by a person."""
    if draft.kind == "near_miss":
        return Case(
            id=f"draft-{number:03}",
            question=draft.question,
            answerable=False,
            type=draft.kind,
            accepted=False,
            origin="drafted",
            note=f"accept it only if no article answers it; made from: {draft.source.text}",
        )
    return Case(
        id=f"draft-{number:03}",
        question=draft.question,
        answerable=True,
        answers=draft.answers,
        type=draft.kind,
        evidence_doc_ids=(draft.source.article_id,),
        evidence=tuple(Gold(doc_id=each.article_id, quote=each.quote) for each in (draft.source, *draft.further)),
        nuggets=draft.nuggets,
        accepted=False,
        origin="drafted",
    )
