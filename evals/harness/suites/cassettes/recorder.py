"""Cassette recorder: let the real models answer once and record their outputs."""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import replace

from evals.harness.cases import Case, ClaimCase
from evals.harness.runner import Progress, answer_runs
from evals.harness.suites.cassettes.cassette_format import (
    RecordedClaim,
    RecordedDraft,
    RecordedPlace,
    RecordedQuestion,
    RecordedSentence,
    RecordingHeader,
    digest,
    prompt_digest,
    short_names,
)
from evals.harness.summary import current_commit
from index.errors import InputError
from index.search.scored_sentence import ScoredSentence
from index.store.store import DocumentStore
from index.types import Filters, Span, utc_now
from service.answering.answerability import Answerability
from service.answering.pipeline import STEPS
from service.answering.types import Question
from service.engines import Engines
from service.generation.types import Engine, Limits, Message, OptionChoice, TextGenerator
from service.grounding import Support
from service.workspace import Workspace

MAX_RECORDED = 16
"""Number of sentences recorded with their signals; extracts are chosen among these."""
MAX_CLIPPED = 5
"""Number of best sentences whose shortened versions are recorded."""
SIGNALS = ("relevance", "answers", "cosine", "covered_in_context")
DECIMALS = 4
"""Decimal places of every recorded score."""
MAX_CHARACTERS_SHOWN = 60
"""Length of the sentence beginnings recorded for people who read the file."""


class RecordingGenerator:
    """RecordingGenerator: reuses known drafts, calls the engine for other prompts, and keeps the last draft."""

    def __init__(self, inner: TextGenerator, known: Mapping[str, RecordedDraft]) -> None:
        self._inner = inner
        self._known = known
        self._prompt, self._picked, self._written = "", "", ""

    @property
    def engine(self) -> Engine:
        """Engine that is being recorded."""
        return self._inner.engine

    def take(self) -> RecordedDraft | None:
        """Return the draft made since the last call, or None, and reset."""
        taken = RecordedDraft(prompt=self._prompt, picked=self._picked, written=self._written) if self._prompt else None
        self._prompt = self._picked = self._written = ""
        return taken

    def choose(
        self, messages: Sequence[Message], options: Sequence[str], *, prefill: str = "", deadline: float = 60.0
    ) -> OptionChoice:
        """Return the known choice for this prompt, or the engine's."""
        self._prompt = prompt_digest(messages)
        if known := self._known.get(self._prompt):
            choice = OptionChoice(
                option=known.picked, probabilities=tuple(float(option == known.picked) for option in options)
            )
        else:
            choice = self._inner.choose(messages, options, prefill=prefill, deadline=deadline)
        self._picked = choice.option
        return choice

    def stream(self, messages: Sequence[Message], limits: Limits, *, prefill: str = "") -> Generator[str, None, None]:
        """Yield the known text for this prompt, or the engine's, after reading it to the end."""
        known = self._known.get(prompt_digest(messages))
        self._written = known.written if known else "".join(self._inner.stream(messages, limits, prefill=prefill))
        return (text for text in (self._written,))

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Return the engine's count."""
        return self._inner.count_tokens(messages)

    def close(self) -> None:
        """Do nothing: the engine is closed by the code that loaded it."""


class Recorder:
    """Recorder: provides engines and pipeline steps that record model outputs while a workspace answers."""

    def __init__(self, engines: Engines, known: Mapping[str, RecordedDraft]) -> None:
        """Args:
        known: earlier drafts of the same engine by prompt digest; reused, because decoding is greedy.
        """
        self._generator = RecordingGenerator(engines.generator, known)
        self._odds: dict[str, float] = {}
        self.engines = Engines(engines.embedder, engines.reader, self._generator, composes=engines.composes)
        self.steps = replace(
            STEPS,
            classify_answerability=_never_refusing,
            extracts=lambda question, kind, evidence: list(evidence[:MAX_CLIPPED]),
            clip=self._clip,
        )
        """Steps that never refuse and quote as much as possible: the answerability fit may change later."""

    def record(self, workspace: Workspace, case: Case, as_of: str) -> RecordedQuestion:
        """Compose and quote one question in a workspace built with this recorder's engines and steps.

        Raises:
            InputError: if an earlier case has the same question, or two articles contain the same evidence sentence.
        """
        asked = Filters(as_of=case.as_of or as_of, article_ids=case.context_doc_ids, undated=True)
        self._odds = {}
        with answer_runs(workspace) as runs:
            workspace.ask(Question(text=case.question, style="compose", filters=asked))
            workspace.ask(Question(text=case.question, style="quote", filters=asked))
        if not runs:
            raise InputError(f"case {case.id!r} asks what an earlier case asks; leave one of them out")
        evidence = runs[-1].evidence
        if any(each.duplicates for each in evidence):
            raise InputError(f"case {case.id!r}: a sentence is printed twice; record a collection without copies")
        return RecordedQuestion(
            case=case.id,
            question=case.question,
            best=tuple(map(_ranked, evidence[:MAX_RECORDED])),
            rest=tuple(map(_place, evidence[MAX_RECORDED:])),
            odds=dict(self._odds),
            draft=self._generator.take(),
        )

    def _clip(
        self,
        question: str,
        quote: str,
        support: Support,
        odds: Callable[[Sequence[str]], Sequence[float]],
        answer: Span | None,
    ) -> Span:
        """Clip as usual, and record the log-odds of each shortened version."""

        def noted(versions: Sequence[str]) -> Sequence[float]:
            found = odds(versions)
            self._odds |= {digest(v): round(odd, DECIMALS) for v, odd in zip(versions, found, strict=True)}
            return found

        return STEPS.clip(question, quote, support, noted, answer)


def _never_refusing(question: str, evidence: Sequence[ScoredSentence], store: DocumentStore) -> Answerability:
    return STEPS.classify_answerability(question, evidence, store).model_copy(update={"answerable": bool(evidence)})


def record_questions(
    workspace: Workspace, recorder: Recorder, cases: Sequence[Case], as_of: str, progress: Progress
) -> tuple[RecordedQuestion, ...]:
    """Record every question, also those that would be refused."""
    found: list[RecordedQuestion] = []
    for case in cases:
        found.append(recorder.record(workspace, case, as_of))
        progress(case.id)
    return tuple(found)


def record_claims(
    workspace: Workspace, cases: Sequence[ClaimCase], as_of: str, progress: Progress
) -> tuple[RecordedClaim, ...]:
    """Record the sentences that each claim is compared with."""
    found: list[RecordedClaim] = []
    for case in cases:
        considered = workspace.checker.evidence(case.claim, Filters(as_of=as_of, undated=True))
        places = tuple(_place(each) for each in considered)
        found.append(RecordedClaim(case=case.id, claim=case.claim, considered=places))
        progress(case.id)
    return tuple(found)


def recording_header(workspace: Workspace, engines: Engines) -> RecordingHeader:
    """Build the header of a recording made now."""
    articles = [listed.id for listed in workspace.articles(10_000, 0).articles]
    return RecordingHeader(
        engine=engines.generator.engine,
        embedder=engines.embedder.name,
        commit=current_commit(),
        recorded_at=utc_now(),
        articles=short_names(articles),
    )


def _ranked(found: ScoredSentence) -> RecordedSentence:
    signals = {name: round(found.signals[name], DECIMALS) for name in SIGNALS}
    words = " ".join(found.quote.split())[:MAX_CHARACTERS_SHOWN]
    return RecordedSentence(
        place=_place(found),
        chance=round(found.probability, DECIMALS),
        signals=signals,
        answer=found.answer_in_quote,
        words=words,
    )


def _place(found: ScoredSentence) -> RecordedPlace:
    return RecordedPlace(article=found.article_id, span=Span(start=found.start, end=found.end))
