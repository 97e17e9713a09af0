"""Replay: recorded evidence and drafts through the real refusal, gate, quoting and scorers; no model is loaded."""

from collections.abc import Generator, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evals.cases import Case
from evals.claims import ClaimCase, claim_result, unanswered
from evals.recorded.tape import (
    QUESTIONS,
    REFRESH,
    Place,
    Recorded,
    RecordedClaim,
    digest,
    prompt_digest,
    read_claims,
    read_questions,
)
from evals.running import Sitting, question_of, watch
from evals.scorers import SCORERS
from evals.scoring import Observed
from evals.summarising import CaseResult, Report, summarise
from index.catalogue import Catalogue
from index.embedding import HashEmbedder
from index.errors import InputError
from index.evidence import Candidate, EvidenceFinder, Judged, Reading, as_evidence, overlap_relevance, read_passage
from index.retrieval import Retriever
from index.types import Evidence, Passage
from service.answering import Answerer
from service.checking import support_of
from service.desk import Desk
from service.generation.script import ScriptedGenerator
from service.generation.types import Choice, Engine, Limits, Message
from service.grounding import check
from service.loading import Engines
from service.questions import asking
from service.receipts import ReceiptWriter
from service.refusal import judge
from service.types import Event, Question, Style

NOT_CUT = -100.0
"""Log-odds of a shortened sentence that was never read: it is not shown."""
NAMES = ("faithful_accepted", "altered_rejected")
PLAYED = {name: scorer for name, scorer in SCORERS.items() if not name.startswith(("retrieval_", "evidence_"))}
"""What finding does is recorded, so measuring it would measure the recording."""


def no_engines() -> Engines:
    """Stand-ins that fill a ledger; nothing that is measured asks them."""
    return Engines(HashEmbedder(), overlap_relevance, ScriptedGenerator([], name="none"), composes=False)


class Sentences:
    """Every sentence of a collection as evidence, by its place."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._found: dict[Place, Candidate] = {}
        for passage in catalogue.passages([(chunk_id, 0.0) for chunk_id in catalogue.chunk_ids()]):
            article = catalogue.article(passage.article_id, passage.version).article
            cosines = np.zeros(len(passage.sentences), dtype=np.float32)
            for each in read_passage(passage, article.text, article.body, article.source, cosines):
                self._found.setdefault(Place(article=passage.article_id, span=each.span), each)

    def at(self, place: Place, chance: float = 0.0, signals: dict[str, float] | None = None) -> Evidence:
        """The sentence as evidence.

        Raises:
            InputError: no sentence stands there.
        """
        if place not in self._found:
            raise InputError(f"{place.article}:{place.span.start}-{place.span.end} is no sentence any more; {REFRESH}")
        return as_evidence(Judged(candidate=self._found[place], signals=signals or {}, chance=chance))


class RecordedFinder(EvidenceFinder):
    """Finds what was found then."""

    def __init__(self, recorded: Recorded, sentences: Sentences) -> None:
        self._recorded = recorded
        self._sentences = sentences
        self.relevance = self._odds

    def promising(
        self, question: str, vector: NDArray[np.float32], passages: Sequence[Passage], most: int
    ) -> list[Evidence]:
        """The recorded sentences, the best with their signals."""
        best = [self._sentences.at(each.place, each.chance, each.signals) for each in self._recorded.best]
        return [*best, *map(self._sentences.at, self._recorded.rest)]

    def read(self, question: str, promising: Sequence[Evidence]) -> list[Evidence]:
        """As they were read then."""
        return list(promising)

    def _odds(self, question: str, sentences: Sequence[Reading]) -> Sequence[float]:
        return [self._recorded.odds.get(digest(each.text), NOT_CUT) for each in sentences]


class RecordedRetriever(Retriever):
    """Finds no passage: the evidence is recorded."""

    def __init__(self) -> None:
        pass

    def vector(self, question: str) -> NDArray[np.float32]:
        """Nobody compares it with anything."""
        return np.zeros(1, dtype=np.float32)

    def distinct(self, *args: object) -> list[Passage]:
        """None."""
        return []


class RecordedGenerator:
    """Writes what was written then, to the very prompt that was put then."""

    def __init__(self, recorded: Recorded, engine: Engine) -> None:
        self.engine = engine
        self._draft = recorded.draft

    def choose(
        self, messages: Sequence[Message], options: Sequence[str], *, prefill: str = "", deadline: float = 60.0
    ) -> Choice:
        """The recorded pick.

        Raises:
            InputError: the prompt is another one now, so that the model would have written something else.
        """
        if self._draft is None or self._draft.prompt != prompt_digest(messages) or self._draft.picked not in options:
            raise InputError(f"the prompt is not the recorded one; {REFRESH}")
        return Choice(option=self._draft.picked, odds=tuple(float(o == self._draft.picked) for o in options))

    def stream(self, messages: Sequence[Message], limits: Limits, *, prefill: str = "") -> Generator[str, None, None]:
        """The recorded words."""
        return (text for text in (self._draft.written if self._draft else "",))

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Never asked: the prompt was put once."""
        return 0

    def close(self) -> None:
        """Nothing was started."""


class Player:
    """Answers the recorded questions of one collection."""

    def __init__(self, sitting: Sitting, recording: Path = QUESTIONS) -> None:
        self._sitting = sitting
        self.head, self.recorded = read_questions(recording)
        self._sentences = Sentences(sitting.desk.catalogue)
        stamp = {"embedder": self.head.embedder, "relevance": "recorded"}
        self._receipts = ReceiptWriter(sitting.desk.settings, **stamp)

    def observe(self, case: Case, style: Style) -> Observed:
        """What becomes of one recorded question today."""
        recorded = self.recorded.get(case.id)
        if recorded is None or recorded.question != case.question:
            return Observed(error=f"InputError: case {case.id!r} is not recorded as it stands; {REFRESH}")
        desk = self._sitting.desk
        seen = watch(self._events(recorded, question_of(case, style, self._sitting.as_of)), desk, case)
        if seen.answer is None:
            return seen
        found = RecordedFinder(recorded, self._sentences).find(case.question, np.zeros(1, dtype=np.float32), (), 0)
        return seen.model_copy(update={"chance": judge(asking(case.question), found, desk.catalogue).probability})

    def _events(self, recorded: Recorded, question: Question) -> Iterator[Event]:
        settings = self._sitting.desk.settings
        return Answerer(
            self._sitting.desk.catalogue,
            RecordedRetriever(),
            RecordedFinder(recorded, self._sentences),
            RecordedGenerator(recorded, self.head.engine),
            self._receipts,
            settings,
            composes=False,
        ).answer(question)


def play_questions(style: Style, sitting: Sitting, cases: Sequence[Case]) -> Report:
    """Every recorded question in one style."""
    player = Player(sitting)
    observed: list[Observed] = []
    for case in cases:
        observed.append(player.observe(case, style))
        sitting.progress(case.id)
    return summarise(
        sitting.name,
        cases,
        observed,
        style=style,
        revision=sitting.desk.catalogue.revision(),
        engine=f"{player.head.engine.name} (recorded)",
        embedder=f"{player.head.embedder} (recorded)",
        scorers=PLAYED,
        timed=False,
    )


play_quotes = partial(play_questions, "quote")
play_drafts = partial(play_questions, "compose")


def play_claims(sitting: Sitting, cases: Sequence[ClaimCase]) -> Report:
    """Every claim through the real gate, against the sentences that it was held against then."""
    _, recorded = read_claims()
    sentences = Sentences(sitting.desk.catalogue)
    results: list[CaseResult] = []
    for case in cases:
        try:
            results.append(_claim(case, recorded.get(case.id), sentences, sitting.desk))
        except InputError as error:
            results.append(unanswered(case, str(error)))
        sitting.progress(case.id)
    return sitting.report(results, NAMES, style="check", engine="none")


def _claim(case: ClaimCase, recorded: RecordedClaim | None, sentences: Sentences, desk: Desk) -> CaseResult:
    if recorded is None or recorded.claim != case.claim:
        raise InputError(f"case {case.id!r} is not recorded as it stands; {REFRESH}")
    found = [sentences.at(place) for place in recorded.considered]
    texts = [desk.catalogue.article(each.article_id, each.version).article.text for each in found]
    finding = check(case.claim, [support_of(each, text) for each, text in zip(found, texts, strict=True)])
    result = claim_result(case, [each.quote for each in found], finding)
    return result.model_copy(update={"scores": {n: v for n, v in result.scores.items() if n in NAMES}})
