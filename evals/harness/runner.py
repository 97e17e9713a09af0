"""Evaluation runner: put cases through the real service over a temporary collection."""

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from evals.harness.cases import Case
from evals.harness.scores import Located, Observed
from evals.harness.summary import Report, RunInfo, summarise
from evals.harness.text_matching import locate
from index.errors import FootnoteError, InputError, NotFound
from index.reading import read_paths
from index.types import Filters
from service.answering.pipeline import AnswerRun, PipelineEvent, Steps
from service.answering.types import Answer, Antecedent, Citation, Done, EvidenceFound, Question, Style
from service.engines import Engines
from service.runtime.home_lock import Home
from service.runtime.settings import Settings
from service.workspace import Workspace

Progress = Callable[[str], None]


@dataclass(frozen=True)
class EvalContext:
    """EvalContext: the workspace, engines and settings with which a suite is run."""

    name: str
    workspace: Workspace
    engines: Engines
    style: Style = "auto"
    as_of: str | None = None
    """Default as-of date for cases without one; None means today."""
    progress: Progress = lambda line: None

    def info(self, *, style: str, engine: str, embedder: str | None = None) -> RunInfo:
        """Build the head of a report; the embedder defaults to that of the engines."""
        revision = self.workspace.store.revision()
        return RunInfo(self.name, style, revision, engine, embedder or self.engines.embedder.name)


@contextmanager
def workspace_over(
    corpus: Sequence[Path], settings: Settings, engines: Engines, steps: Steps | None = None
) -> Iterator[Workspace]:
    """Yield a workspace over `corpus` only, with exact search, in a home folder that is deleted afterwards.

    Raises:
        InputError: if an article cannot be read, because scores over an incomplete corpus are not comparable.
    """
    with tempfile.TemporaryDirectory(prefix="footnote-eval-") as folder:
        own = settings.model_copy(update={"home": Path(folder), "exact": True})
        workspace = Workspace(own, engines, Home(Path(folder)), steps=steps)
        try:
            report = workspace.ingest(read_paths(corpus))
            if report.refused:
                raise InputError(f"the corpus has an unusable article: {report.refused[0].reason}")
            yield workspace
        finally:
            workspace.close()


def run_questions(context: EvalContext, cases: Sequence[Case]) -> Report:
    """Run every question through the real service and score it."""
    observed = observe_all(context.workspace, cases, context.style, context.progress, context.as_of)
    return summarise(context.info(style=context.style, engine=context.engines.generator.engine.name), cases, observed)


def observe_all(
    workspace: Workspace,
    cases: Sequence[Case],
    style: Style,
    progress: Progress = lambda line: None,
    as_of: str | None = None,
) -> list[Observed]:
    """Return the observation of each case, in order."""
    found: list[Observed] = []
    for number, case in enumerate(cases, start=1):
        progress(f"{number}/{len(cases)} {case.id}")
        found.append(observe(workspace, case, style, as_of))
    return found


def observe(workspace: Workspace, case: Case, style: Style, as_of: str | None = None) -> Observed:
    """Answer one case; return the observation with the retrieved articles and the answerability probability."""
    question = question_of(case, style, as_of)
    with answer_runs(workspace) as runs:
        seen = run_case(workspace.stream(question), workspace, case)
    if seen.answer is None:
        return seen
    probability = runs[-1].answerability.probability if runs else None
    return seen.model_copy(update={"retrieved": _retrieved(workspace, question), "probability": probability})


def question_of(case: Case, style: Style, as_of: str | None = None) -> Question:
    """Build the question of a case, filtered by its as-of date and its articles."""
    filters = Filters(as_of=case.as_of or as_of, article_ids=case.context_doc_ids, undated=True)
    return Question(text=case.question, style=style, filters=filters)


def run_case(events: Iterator[PipelineEvent], workspace: Workspace, case: Case) -> Observed:
    """Return the timed observation of the pipeline events of one case; a FootnoteError is stored, not raised."""
    started = time.perf_counter()
    first = 0.0
    offered: tuple[Citation, ...] = ()
    answer: Answer | None = None
    try:
        for event in events:
            first = first or time.perf_counter() - started
            if isinstance(event, EvidenceFound) and event.final:
                offered = event.citations
            elif isinstance(event, Done | AnswerRun):
                answer = event.answer
    except FootnoteError as error:
        return Observed(error=f"{type(error).__name__}: {error}")
    assert answer is not None
    return Observed(
        answer=answer,
        evidence=offered or answer.closest,
        gold=tuple(_located(workspace, case)),
        resolving=_resolving(workspace, answer),
        seconds=time.perf_counter() - started,
        seconds_to_evidence=first,
    )


@contextmanager
def answer_runs(workspace: Workspace) -> Iterator[list[AnswerRun]]:
    """Collect the pipeline runs within the `with` block; an answer shared with an earlier question adds none."""
    runs: list[AnswerRun] = []
    observe = runs.append
    workspace.add_observer(observe)
    try:
        yield runs
    finally:
        workspace.remove_observer(observe)


def _retrieved(workspace: Workspace, question: Question) -> tuple[str, ...]:
    found = workspace.search(question.text, 50, question.filters).results
    return tuple(dict.fromkeys(hit.article_id for hit in found))


def _located(workspace: Workspace, case: Case) -> Iterator[Located]:
    for gold in case.evidence:
        found = locate(gold, workspace.article(gold.doc_id).text)
        if found is None:
            raise InputError(f"case {case.id!r}: {gold.doc_id!r} does not hold {gold.quote[:60]!r}")
        yield found


def resolves(workspace: Workspace, words: Citation | Antecedent) -> bool:
    """Whether the stored article version has exactly the quoted words at the cited span."""
    try:
        text = workspace.article(words.article_id, words.version).text
    except NotFound:
        return False
    return bool(words.quote) and text[words.start : words.end] == words.quote


def _resolving(workspace: Workspace, answer: Answer) -> tuple[bool, ...]:
    """Return for each citation whether it and the introductions of its sentences resolve."""
    invented = {
        number
        for sentence in answer.sentences
        if sentence.introduction is not None and not resolves(workspace, sentence.introduction)
        for number in sentence.citations
    }
    return tuple(resolves(workspace, citation) and citation.number not in invented for citation in answer.citations)
