"""First steps go before close reading, and close reading still ends: shown by what waits for what, not by time."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from queue import SimpleQueue

import pytest

from index.embedding import HashEmbedder
from index.reading import read_paths
from index.scheduling import InOrder, Precedence
from index.search.reranking import Reading, overlap_relevance
from index.types import Filters
from service.answering.types import Done, EvidenceFound, Question, SentenceAccepted
from service.engines import Engines
from service.generation.scripted_generator import ScriptedGenerator
from service.runtime.home import Home
from service.runtime.settings import Settings
from service.workspace import Workspace
from tests.conftest import SEEDS

RALLY = "Which party's political rally in the Mustang district saw a suicide bombing?"
SEVERAL = "Which attacks are said to have been carried out by ISKP?"
LONG = 10.0
"""Seconds after which something that should have happened never will."""


class Held:
    """A relevance model that reads nothing until it is released, and then likes best what promised least."""

    def __init__(self) -> None:
        self.released = threading.Event()
        self.begun = threading.Event()

    def __call__(self, question: str, sentences: Sequence[Reading]) -> list[float]:
        """Log-odds in the opposite order; what they share, when that is the same for all."""
        self.begun.set()
        assert self.released.wait(LONG)
        shared = overlap_relevance(question, sentences)
        return [2.0 * i for i in range(len(shared))] if max(shared) > min(shared) else shared


@pytest.fixture
def held() -> Held:
    return Held()


@pytest.fixture
def waiting(settings: Settings, held: Held) -> Iterator[Workspace]:
    """A desk over the seeds whose close reading is held up."""
    engines = Engines(HashEmbedder(), held, ScriptedGenerator([]), composes=False)
    with closing(Workspace(settings, engines, Home(settings.home))) as workspace:
        workspace.ingest(read_paths([SEEDS]))
        yield workspace
        held.released.set()


@contextmanager
def beside(work: Callable[[], object]) -> Iterator[threading.Thread]:
    """Something done in another thread, which has ended when the `with` does."""
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    yield thread
    thread.join(LONG)
    assert not thread.is_alive()


def test_evidence_is_told_before_any_sentence_is_read_closely(waiting: Workspace, held: Held) -> None:
    events = waiting.stream(Question(text=RALLY))
    first = next(events)
    assert isinstance(first, EvidenceFound)
    assert (first.final, held.begun.is_set()) == (False, False)
    assert first.passages
    for citation in first.passages:
        text = waiting.article(citation.article_id, citation.version).text
        assert text[citation.start : citation.end] == citation.quote
    events.close()


def test_other_questions_and_searches_are_served_while_one_is_read(waiting: Workspace, held: Held) -> None:
    events = waiting.stream(Question(text=RALLY))
    next(events)
    with beside(lambda: next(events)):
        assert held.begun.wait(LONG)
        with closing(waiting.stream(Question(text=SEVERAL))) as others:
            assert isinstance(next(others), EvidenceFound)
        assert waiting.search("rally", 5, Filters()).results
        assert not held.released.is_set()
        held.released.set()
    events.close()


def test_what_is_cited_was_among_the_first_and_is_numbered_before_it_is_cited(waiting: Workspace, held: Held) -> None:
    held.released.set()
    first, final, *rest = waiting.stream(Question(text=SEVERAL))
    assert isinstance(first, EvidenceFound)
    assert isinstance(final, EvidenceFound)
    done = rest[-1]
    assert isinstance(done, Done)
    places = {(each.article_id, each.start) for each in first.passages}
    assert {(each.article_id, each.start) for each in final.citations} <= places
    assert final.citations[0].quote != first.passages[0].quote
    assert [each.number for each in final.citations] == list(range(1, len(final.citations) + 1))
    numbered = {each.number: each for each in final.citations}
    cited = [event.sentence.citations for event in rest if isinstance(event, SentenceAccepted)]
    assert {number: numbered[number] for numbers in cited for number in numbers} == {
        each.number: each for each in done.answer.citations
    }


def test_a_refusal_has_no_final_evidence(waiting: Workspace, held: Held) -> None:
    held.released.set()
    first, done = waiting.stream(Question(text="Which sourdough hydration suits a beginner?"))
    assert isinstance(first, EvidenceFound)
    assert isinstance(done, Done)
    assert (first.final, first.citations) == (False, ())
    assert (done.answer.verdict, done.answer.citations) == ("not_in_corpus", ())


def test_a_pass_waits_while_a_first_step_is_under_way_but_not_in_it() -> None:
    precedence, told = Precedence(), SimpleQueue[str]()

    def read() -> None:
        with precedence.one_pass():
            told.put("a pass")

    with precedence.first():
        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        with precedence.one_pass():  # of the first step itself: the question's own vector
            told.put("its own pass")
        reader.join(0.05)
        told.put("the first step")
    reader.join(LONG)
    assert [told.get(timeout=LONG) for _ in range(3)] == ["its own pass", "the first step", "a pass"]


def test_close_reading_goes_on_however_many_questions_come() -> None:
    precedence = Precedence(longest=0.1)
    over = threading.Event()

    def ask() -> None:
        while not over.is_set():
            with precedence.first():
                over.wait(0.001)

    def read() -> None:
        for _ in range(3):
            with precedence.reading(), precedence.one_pass():
                pass
        over.set()

    with beside(ask), beside(ask), beside(read):  # two who ask: there is never none that waits
        assert over.wait(LONG)


def test_first_steps_come_in_the_order_of_the_questions() -> None:
    lock, told = InOrder(), SimpleQueue[int]()
    threads: list[threading.Thread] = []

    def take(number: int) -> None:
        with lock:
            told.put(number)

    with lock:
        for number in range(8):
            threads.append(threading.Thread(target=take, args=(number,)))
            threads[-1].start()
            while len(lock) <= number:
                threading.Event().wait(0.001)
    for thread in threads:
        thread.join(LONG)
    assert [told.get_nowait() for _ in range(8)] == list(range(8))
