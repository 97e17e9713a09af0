"""End-to-end test over the seeds with both real models and Chroma."""

import contextlib
import os
import signal

import pytest

from index.errors import EngineCrashed
from index.vectors.exact import ExactIndex
from service.answering.types import Question, Style
from service.engines import Engines
from service.generation.supervisor import LlamaProcess
from service.workspace import Workspace

pytestmark = pytest.mark.real_models

QUESTIONS = (
    "How much money is offered for information on the ISKP head?",
    "Who is the prime suspect in the Moscow concert hall attack?",
    "When was Mehmet Goren arrested?",
    "What did Hillary Clinton warn about in 2011?",
)


@pytest.mark.parametrize("style", ["quote", "compose", "auto"])
@pytest.mark.parametrize("text", QUESTIONS)
def test_whatever_the_style_every_sentence_rests_on_exact_words(
    real_workspace: Workspace, text: str, style: Style
) -> None:
    answer = real_workspace.ask(Question(text=text, style=style))
    assert answer.verdict == "answered"
    assert answer.sentences
    numbers = {citation.number for citation in answer.citations}
    for sentence in answer.sentences:
        assert set(sentence.citations) <= numbers
    for citation in answer.citations:
        stored = real_workspace.article(citation.article_id, citation.version).text
        assert stored[citation.start : citation.end] == citation.quote


def test_the_model_writes_and_the_gate_decides(real_workspace: Workspace) -> None:
    answer = real_workspace.ask(Question(text=QUESTIONS[0], style="compose"))
    assert len(answer.receipt.replies) == 1
    assert answer.receipt.replies[0].startswith("[")
    written = [s for s in answer.sentences if s.style == "compose"]
    assert len(written) + len(answer.withheld) == 1
    assert answer.receipt.engine is not None
    assert len(answer.receipt.engine.digest) == 64


def test_an_answer_is_the_same_twice(real_workspace: Workspace) -> None:
    first, second = (real_workspace.ask(Question(text=QUESTIONS[3], style="compose")) for _ in range(2))
    assert first.model_dump(exclude={"receipt"}) == second.model_dump(exclude={"receipt"})
    assert first.receipt.replies == second.receipt.replies


def test_the_engine_may_die_and_the_next_question_is_answered(real_workspace: Workspace, real_engines: Engines) -> None:
    real_workspace.ask(Question(text=QUESTIONS[0], style="compose"))
    assert isinstance(real_engines.generator, LlamaProcess)
    pid = real_engines.generator.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert real_workspace.ask(Question(text=QUESTIONS[0], style="quote")).verdict == "answered"
    with contextlib.suppress(EngineCrashed):  # told to the one whose question found the engine dead
        real_workspace.ask(Question(text=QUESTIONS[0], style="compose"))
    assert real_workspace.ask(Question(text=QUESTIONS[0], style="compose")).verdict == "answered"
    assert real_engines.generator.pid not in (None, pid)


def test_chroma_and_exact_search_agree_on_the_seeds(real_workspace: Workspace) -> None:
    exact = ExactIndex(real_workspace.store)
    for text in QUESTIONS:
        vector, passages = real_workspace.retrieve(text, 5)
        nearest = {chunk_id for chunk_id, _ in exact.search(vector, 100, None)}
        assert len(passages) == 5
        assert {passage.chunk_id for passage in passages} <= nearest
        assert exact.search(vector, 1, None)[0][0] in {p.chunk_id for p in real_workspace.retrieve(text, 50)[1]}


def test_the_relevance_model_tells_an_answer_from_its_neighbours(real_workspace: Workspace) -> None:
    question = "Who is the prime suspect in the Moscow concert hall attack?"
    vector, passages = real_workspace.retrieve(question)
    found = real_workspace.finder.find(question, vector, passages)
    best = max(found, key=lambda evidence: evidence.signals["relevance"])
    assert "prime suspect in the Moscow concert hall" in best.quote
