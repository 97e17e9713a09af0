"""Recording: the real models answer once, and what they did is written down."""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from evals.harness.cases import Case
from evals.harness.claim_suite import ClaimCase
from evals.harness.runner import Progress, heard
from evals.harness.summary import current_commit
from evals.suites.cassettes.cassette import (
    Draft,
    Head,
    Place,
    Ranked,
    Recorded,
    RecordedClaim,
    digest,
    prompt_digest,
    short_names,
)
from index.errors import InputError
from index.search.scored_sentence import ScoredSentence
from index.types import Filters, Span, utc_now
from service.answering.answerability import Answerability, judge
from service.answering.clipping import trimmed
from service.answering.types import Question
from service.engines import Engines
from service.generation.types import Engine, Limits, Message, OptionChoice, TextGenerator
from service.workspace import Workspace

BEST = 5
"""Sentences that are recorded with their signals: as many as an answer can show."""
SIGNALS = ("relevance", "cosine", "covered_in_context")
DIGITS = 4
WORDS = 60
"""Characters of a sentence that are written for people."""


class Listener:
    """A generator that passes on what was not put before, and keeps the last prompt and what was made of it."""

    def __init__(self, inner: TextGenerator, known: Mapping[str, Draft]) -> None:
        """Args:
        known: earlier drafts of the same engine by their prompt; it writes greedily, so the same again.
        """
        self._inner = inner
        self._known = known
        self._prompt, self._picked, self._written = "", "", ""

    @property
    def engine(self) -> Engine:
        """The engine that is listened to."""
        return self._inner.engine

    def take(self) -> Draft | None:
        """The draft since the last time."""
        taken = Draft(prompt=self._prompt, picked=self._picked, written=self._written) if self._prompt else None
        self._prompt = self._picked = self._written = ""
        return taken

    def choose(
        self,
        messages: Sequence[Message],
        options: Sequence[str],
        *,
        prefill: str = "",
        deadline: float = 60.0,
    ) -> OptionChoice:
        """What the engine picks."""
        self._prompt = prompt_digest(messages)
        if known := self._known.get(self._prompt):
            choice = OptionChoice(option=known.picked, odds=tuple(float(option == known.picked) for option in options))
        else:
            choice = self._inner.choose(messages, options, prefill=prefill, deadline=deadline)
        self._picked = choice.option
        return choice

    def stream(self, messages: Sequence[Message], limits: Limits, *, prefill: str = "") -> Generator[str, None, None]:
        """What the engine writes, read to its end first."""
        known = self._known.get(prompt_digest(messages))
        self._written = known.written if known else "".join(self._inner.stream(messages, limits, prefill=prefill))
        return (text for text in (self._written,))

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """As the engine counts."""
        return self._inner.count_tokens(messages)

    def close(self) -> None:
        """The engine is its owner's to stop."""


def listening(engines: Engines, known: Mapping[str, Draft]) -> tuple[Engines, Listener]:
    """The same engines, with the one that writes listened to."""
    ear = Listener(engines.generator, known)
    return Engines(engines.embedder, engines.reranker, ear, composes=engines.composes), ear


def record_questions(
    workspace: Workspace, ear: Listener, cases: Sequence[Case], as_of: str, progress: Progress
) -> tuple[Recorded, ...]:
    """Every question is written on and quoted, also those that would be refused: the refusal may change."""
    found: list[Recorded] = []
    for case in cases:
        asked = Filters(as_of=case.as_of or as_of, article_ids=case.context_doc_ids)
        with answering_all(), read_odds() as odds, heard(workspace.finder) as evidence:
            workspace.ask(Question(text=case.question, style="compose", filters=asked))
            workspace.ask(Question(text=case.question, style="quote", filters=asked))
        if any(each.duplicates for each in evidence):
            raise InputError(f"case {case.id!r}: a sentence is printed twice; record a collection without copies")
        found.append(
            Recorded(
                case=case.id,
                question=case.question,
                best=tuple(map(_ranked, evidence[:BEST])),
                rest=tuple(map(_place, evidence[BEST:])),
                odds=dict(odds),
                draft=ear.take(),
            )
        )
        progress(case.id)
    return tuple(found)


def record_claims(
    workspace: Workspace, cases: Sequence[ClaimCase], as_of: str, progress: Progress
) -> tuple[RecordedClaim, ...]:
    """Which sentences each claim is held against."""
    found: list[RecordedClaim] = []
    for case in cases:
        considered = workspace.checker.evidence(case.claim, Filters(as_of=as_of))
        places = tuple(_place(each) for each in considered)
        found.append(RecordedClaim(case=case.id, claim=case.claim, considered=places))
        progress(case.id)
    return tuple(found)


def head_of(workspace: Workspace, engines: Engines) -> Head:
    """What is recorded from, and when."""
    articles = [listed.id for listed in workspace.articles(10_000, 0).articles]
    return Head(
        engine=engines.generator.engine,
        embedder=engines.embedder.name,
        commit=current_commit(),
        recorded_at=utc_now(),
        articles=short_names(articles),
    )


@contextmanager
def answering_all() -> Iterator[None]:
    """Nothing is refused, and as much is quoted as can ever be."""

    def willing(*args: Any) -> Answerability:
        return judge(*args).model_copy(update={"answerable": bool(args[1])})

    with (
        patch("service.answering.pipeline.judge", willing),
        patch("service.answering.pipeline._enough", lambda _, found: min(BEST, len(found))),
    ):
        yield


@contextmanager
def read_odds() -> Iterator[dict[str, float]]:
    """How well each shortened sentence is said to answer meanwhile."""
    heard_odds: dict[str, float] = {}

    def listening_to(question: str, quote: str, support: Any, relevance: Callable[..., Sequence[float]]) -> Span:
        def noted(versions: Sequence[str]) -> Sequence[float]:
            odds = relevance(versions)
            heard_odds.update({digest(v): round(odd, DIGITS) for v, odd in zip(versions, odds, strict=True)})
            return odds

        return trimmed(question, quote, support, noted)

    with patch("service.answering.pipeline.trimmed", listening_to):
        yield heard_odds


def _ranked(found: ScoredSentence) -> Ranked:
    signals = {name: round(found.signals[name], DIGITS) for name in SIGNALS}
    words = " ".join(found.quote.split())[:WORDS]
    return Ranked(place=_place(found), chance=round(found.probability, DIGITS), signals=signals, words=words)


def _place(found: ScoredSentence) -> Place:
    return Place(article=found.article_id, span=Span(start=found.start, end=found.end))
