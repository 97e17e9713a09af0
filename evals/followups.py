"""Follow-ups in a talk: are they understood, and is a question that stands by itself left alone?"""

from collections.abc import Callable, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from evals.cases import Gold
from evals.scorers import Score
from evals.summarising import CaseResult, Metric, Report, average, current_commit
from index.errors import InputError
from index.reading import first_problem
from index.types import utc_now
from service.desk import Desk
from service.types import Answer, Question

NAMES = ("followup_resolved", "followup_untouched", "followup_cited", "unresolved_cited")


class FollowupCase(BaseModel):
    """A question after others, and what it must have become."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(min_length=1)
    kind: str
    talk: tuple[str, ...] = Field(min_length=1)
    """The questions before it, oldest first; each is put and answered."""
    question: str = Field(min_length=1)
    expected_asked_contains: tuple[str, ...] = ()
    expected_asked_lacks: tuple[str, ...] = ()
    self_contained: bool
    """It must be answered exactly as it was put."""
    gold: tuple[Gold, ...] = ()
    """Words of the article that answer it; none when no article does."""
    tags: tuple[str, ...] = ()


def read_followups(path: Path) -> list[FollowupCase]:
    """The follow-ups of a JSON-lines file.

    Raises:
        InputError: a line is malformed or an id comes twice; with file and line.
    """
    found: dict[str, FollowupCase] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            case = FollowupCase.model_validate_json(line)
        except ValidationError as error:
            raise InputError(f"{path}:{number}: {first_problem(error)}") from error
        if case.id in found:
            raise InputError(f"{path}:{number}: the id {case.id!r} comes twice")
        found[case.id] = case
    return list(found.values())


def run_followups(
    desk: Desk,
    cases: Sequence[FollowupCase],
    name: str,
    embedder: str,
    progress: Callable[[str], None] = lambda line: None,
) -> Report:
    """Every talk through the real service; the last question once more without the talk, to see what it gives."""
    results: list[CaseResult] = []
    for case in cases:
        for earlier in case.talk:
            desk.ask(Question(text=earlier, conversation=case.id))
        answer = desk.ask(Question(text=case.question, conversation=case.id))
        results.append(_scored(case, answer, desk.ask(Question(text=case.question))))
        progress(case.id)
    of = dict(zip((case.id for case in cases), cases, strict=True))
    held = [result for result in results if "held" in of[result.id].tags]
    slices = {kind: [r for r in results if r.type == kind] for kind in dict.fromkeys(case.kind for case in cases)}
    slices |= {tag: [r for r in results if tag in of[r.id].tags] for tag in ("dev", "held")}
    return Report(
        suite=name,
        created_at=utc_now(),
        commit=current_commit(),
        style="auto",
        revision=desk.catalogue.revision(),
        engine="none",
        embedder=embedder,
        n_cases=len(cases),
        metrics={**_means(results), **{f"held_{key}": metric for key, metric in _means(held).items()}},
        slices={kind: _means(part) for kind, part in slices.items()},
        errors=0,
        cases=tuple(results),
    )


def _scored(case: FollowupCase, answer: Answer, alone: Answer) -> CaseResult:
    asked = answer.asked or answer.question
    if case.self_contained:
        scores = {"followup_untouched": float(answer.asked is None)}
    else:
        scores = {"followup_resolved": float(understood(case, asked))}
        if case.gold:
            scores |= {"followup_cited": _cited(case, answer), "unresolved_cited": _cited(case, alone)}
    return CaseResult(
        id=case.id,
        type=case.kind,
        question=f"{' / '.join(case.talk)} / {case.question}",
        verdict=answer.verdict,
        text=asked,
        scores=scores,
        reasons=dict.fromkeys(scores, answer.text),
    )


def understood(case: FollowupCase, asked: str) -> bool:
    """Whether the rewritten question names what it should and no longer points at it."""
    folded = asked.casefold()
    return all(words.casefold() in folded for words in case.expected_asked_contains) and not any(
        words.casefold() in folded for words in case.expected_asked_lacks
    )


def _cited(case: FollowupCase, answer: Answer) -> float:
    quotes = [(citation.article_id, citation.quote) for citation in answer.citations]
    return float(any(gold.doc_id == doc and gold.quote in quote for gold in case.gold for doc, quote in quotes))


def _means(results: Sequence[CaseResult]) -> dict[str, Metric]:
    return {name: average(Score(value=r.scores[name]) for r in results if name in r.scores) for name in NAMES}
