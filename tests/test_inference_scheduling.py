"""Inference scheduling: retrieval has priority and reranking still finishes; tested by waiting order, not by time."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from queue import SimpleQueue

import pytest

from index.embedding import HashEmbedder
from index.reading import read_paths
from index.scheduling import InferenceScheduler
from index.search.reader import ReaderPassage, Reading
from index.search.reranking import OverlapReader
from index.types import Filters
from service.answering.types import Done, EvidenceFound, Question, SentenceAccepted
from service.engines import Engines
from service.generation.scripted_generator import ScriptedGenerator
from service.runtime.home_lock import Home
from service.runtime.settings import Settings
from service.workspace import Workspace
from tests.conftest import SEEDS

RALLY = "Which party's political rally in the Mustang district saw a suicide bombing?"
SEVERAL = "Which attacks are said to have been carried out by ISKP?"
TIMEOUT_SECONDS = 10.0
"""Timeout in seconds for events that should happen."""


class BlockedReader:
    """Reader that blocks until it is released, and then reverses the first-stage ranking."""

    fingerprint = "blocked"

    def __init__(self) -> None:
        self.released = threading.Event()
        self.begun = threading.Event()

    def __call__(self, question: str, passages: Sequence[ReaderPassage]) -> list[Reading]:
        """Return log-odds that reverse the order of the passages, unless all scores are equal."""
        self.begun.set()
        assert self.released.wait(TIMEOUT_SECONDS)
        shared = OverlapReader()(question, passages)
        if len({score for reading in shared for score in reading.sentences}) < 2:
            return shared
        return [replace(each, sentences=tuple(2.0 * i for _ in each.sentences)) for i, each in enumerate(shared)]


@pytest.fixture
def reader() -> BlockedReader:
    return BlockedReader()


@pytest.fixture
def blocked(settings: Settings, reader: BlockedReader) -> Iterator[Workspace]:
    """A workspace over the seeds whose reranking is blocked."""
    engines = Engines(HashEmbedder(), reader, ScriptedGenerator([]), composes=False)
    with closing(Workspace(settings, engines, Home(settings.home))) as workspace:
        workspace.ingest(read_paths([SEEDS]))
        yield workspace
        reader.released.set()


@contextmanager
def beside(work: Callable[[], object]) -> Iterator[threading.Thread]:
    """Run a function in another thread, which is joined at the end of the `with` block."""
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    yield thread
    thread.join(TIMEOUT_SECONDS)
    assert not thread.is_alive()


def test_first_stage_evidence_is_sent_before_any_sentence_is_reranked(
    blocked: Workspace, reader: BlockedReader
) -> None:
    events = blocked.stream(Question(text=RALLY))
    first = next(events)
    assert isinstance(first, EvidenceFound)
    assert (first.final, reader.begun.is_set()) == (False, False)
    assert first.passages
    for citation in first.passages:
        text = blocked.article(citation.article_id, citation.version).text
        assert text[citation.start : citation.end] == citation.quote
    events.close()


def test_other_questions_and_searches_are_served_while_one_is_reranked(
    blocked: Workspace, reader: BlockedReader
) -> None:
    events = blocked.stream(Question(text=RALLY))
    next(events)
    with beside(lambda: next(events)):
        assert reader.begun.wait(TIMEOUT_SECONDS)
        with closing(blocked.stream(Question(text=SEVERAL))) as others:
            assert isinstance(next(others), EvidenceFound)
        assert blocked.search("rally", 5, Filters()).results
        assert not reader.released.is_set()
        reader.released.set()
    events.close()


def test_what_is_cited_is_numbered_before_it_is_cited(blocked: Workspace, reader: BlockedReader) -> None:
    reader.released.set()
    first, final, *rest = blocked.stream(Question(text=SEVERAL))
    assert isinstance(first, EvidenceFound)
    assert isinstance(final, EvidenceFound)
    done = rest[-1]
    assert isinstance(done, Done)
    assert first.passages
    assert final.citations[0].quote != first.passages[0].quote
    assert [each.number for each in final.citations] == list(range(1, len(final.citations) + 1))
    numbered = {each.number: each for each in final.citations}
    cited = [event.sentence.citations for event in rest if isinstance(event, SentenceAccepted)]
    assert {number: numbered[number] for numbers in cited for number in numbers} == {
        each.number: each for each in done.answer.citations
    }


def test_a_refusal_has_no_final_evidence(blocked: Workspace, reader: BlockedReader) -> None:
    reader.released.set()
    first, done = blocked.stream(Question(text="Which sourdough hydration suits a beginner?"))
    assert isinstance(first, EvidenceFound)
    assert isinstance(done, Done)
    assert (first.final, first.citations) == (False, ())
    assert (done.answer.verdict, done.answer.citations) == ("not_in_corpus", ())


def test_a_forward_pass_waits_for_a_retrieval_but_not_within_one() -> None:
    scheduler, order = InferenceScheduler(), SimpleQueue[str]()

    def rerank() -> None:
        with scheduler.forward_pass():
            order.put("another pass")

    with scheduler.retrieval():
        thread = threading.Thread(target=rerank, daemon=True)
        thread.start()
        with scheduler.forward_pass():  # of the retrieval itself: the question's own vector
            order.put("its own pass")
        thread.join(0.05)
        order.put("retrieval")
    thread.join(TIMEOUT_SECONDS)
    assert [order.get(timeout=TIMEOUT_SECONDS) for _ in range(3)] == ["its own pass", "retrieval", "another pass"]


def test_reranking_goes_on_however_many_questions_come() -> None:
    scheduler = InferenceScheduler(max_wait_seconds=0.1)
    over = threading.Event()

    def ask() -> None:
        while not over.is_set():
            with scheduler.retrieval():
                over.wait(0.001)

    def rerank() -> None:
        for _ in range(3):
            with scheduler.reranking(), scheduler.forward_pass():
                pass
        over.set()

    with beside(ask), beside(ask), beside(rerank):  # two who ask: there is never none that waits
        assert over.wait(TIMEOUT_SECONDS)
