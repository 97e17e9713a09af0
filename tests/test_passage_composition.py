"""Passage composition: passages and budgets, reading a reply, the gate of composed sentences, rewriting, quoting."""

from collections.abc import Sequence
from contextlib import closing

import pytest

from evals.studies.composing.composing_study import measure
from index.embedding import HashEmbedder
from index.reading import read_paths
from index.search.candidate_sentences import article_statements
from index.search.reranking import OverlapReader
from index.types import Article
from prompts import load
from service.answering.citations import cite
from service.answering.evidence_passages import (
    estimated_tokens,
    evidence_budget,
    evidence_passages,
    listed,
)
from service.answering.passage_composition import TASKS
from service.answering.types import Answer, EvidenceFound, Question, SentenceAccepted
from service.answering.written_sentences import SentenceReader, WrittenSentence
from service.engines import Engines
from service.generation.scripted_generator import ReplyFunction, ScriptedGenerator
from service.generation.types import Message
from service.proving.evidence_sets import evidence_sets
from service.runtime.home_lock import Home
from service.runtime.settings import Settings
from service.workspace import Workspace
from tests.conftest import SEEDS

RALLY = "Which party's political rally in the Mustang district saw a suicide bombing?"
COPIED = "ISKP carried out a suicide bombing at a Baloch Awami Party (BAP) political rally in the Mustang district."


def ask(settings: Settings, reply: ReplyFunction | Sequence[str], question: str = RALLY) -> tuple[Answer, list[object]]:
    """Ask a workspace over the seeds whose capable generator writes these replies."""
    script = reply if callable(reply) else list(reply)
    engines = Engines(HashEmbedder(), OverlapReader(), ScriptedGenerator(script), composes=True, capable=True)
    with closing(Workspace(settings, engines, Home(settings.home))) as workspace:
        workspace.ingest(read_paths([SEEDS]))
        events = list(workspace.stream(Question(text=question)))
    last = events[-1]
    assert hasattr(last, "answer")
    return last.answer, list(events)


def number_of(messages: Sequence[Message], words: str) -> str:
    """Return the number under which a prompt shows the sentence with these words."""
    line = next(line for line in messages[1].content.splitlines() if words in line)
    return line[1 : line.index("]")]


def first_article() -> Article:
    article = next(iter(read_paths([SEEDS])))
    assert isinstance(article, Article)
    return article


@pytest.mark.parametrize(
    ("context", "least", "most"), [(2048, 1000, 1400), (4096, 1800, 2500), (131_072, 16_000, 20_000)]
)
def test_the_budget_grows_with_the_context(context: int, least: int, most: int) -> None:
    assert least <= evidence_budget(context, 160) <= most


def test_passages_are_consecutive_sentences_within_the_budget() -> None:
    article = first_article()
    sentences = article_statements(article, 1)
    (passage,) = evidence_passages([sentences[8]], 400)
    found = [each.location for each in passage.sentences]
    first = [each.location for each in sentences].index(found[0])
    assert found == [each.location for each in sentences[first : first + len(found)]]
    assert sentences[8].location in found
    assert 1 < len(found) < 7
    assert sum(map(estimated_tokens, passage.sentences)) <= 400


def test_the_best_sentence_is_offered_whatever_it_costs() -> None:
    article = first_article()
    best = article_statements(article, 1)[8]
    assert [each.location for each in evidence_passages([best], 1)[0].sentences] == [best.location]


def test_sentences_are_numbered_throughout_and_marks_in_articles_are_no_numbers() -> None:
    article = first_article()
    passages = evidence_passages(article_statements(article, 1)[4:6], 2000)
    citations = cite([each for passage in passages for each in passage.sentences])
    marked = [each.model_copy(update={"quote": f"{each.quote} [9]"}) for each in citations]
    lines = listed(passages, marked).splitlines()
    numbers = [line[1 : line.index("]")] for line in lines if line.startswith("[")]
    assert numbers == [str(i) for i in range(1, len(citations) + 1)]
    assert all("[9]" not in line[3:] for line in lines)


@pytest.mark.parametrize(
    ("reply", "sentences"),
    [
        ("One. [1] Two [2, 3].", [("One.", (1,)), ("Two.", (2, 3))]),
        ("- **One** is here.[4][5]\n2. Two", [("One is here.", (4, 5)), ("Two", ())]),
        ("[7] Dr. Ahmed spoke on Feb. 2.", [("Dr. Ahmed spoke on Feb. 2.", (7,))]),
    ],
)
def test_a_streamed_reply_is_read_sentence_by_sentence(
    reply: str, sentences: list[tuple[str, tuple[int, ...]]]
) -> None:
    reader = SentenceReader()
    found = [each for piece in reply for each in reader.feed(piece)] + reader.flush()
    assert found == [WrittenSentence(text, numbers) for text, numbers in sentences]


def test_all_kinds_share_the_fixed_part_of_the_prompt() -> None:
    systems = {load(task.prompt).text.partition("# user")[0] for task in TASKS.values()}
    assert len(systems) == 1


def test_several_sentences_are_shown_each_with_its_citations(settings: Settings) -> None:
    def reply(messages: Sequence[Message]) -> str:
        rally, deal = number_of(messages, "suicide bombing at a Baloch"), number_of(messages, "in 2017")
        second = "the terror group agreed not to attack Pakistan"
        return f"{COPIED} [{rally}] Citing reports, it highlighted that {second} [{deal}]."

    answer, events = ask(settings, reply)
    assert [each.style for each in answer.sentences] == ["compose", "compose"]
    assert answer.sentences[0].text == COPIED
    known: set[int] = set()
    for event in events:
        if isinstance(event, EvidenceFound):
            known = {each.number for each in event.citations}
        if isinstance(event, SentenceAccepted):
            assert set(event.sentence.citations) <= known
    assert {n for each in answer.sentences for n in each.citations} == {each.number for each in answer.citations}


def test_a_wrong_number_is_put_right_by_the_gate(settings: Settings) -> None:
    answer, _ = ask(settings, [f"{COPIED} [1]"])
    (sentence,) = answer.sentences
    quotes = {each.number: each.quote for each in answer.citations}
    assert any("Baloch Awami Party" in quotes[number] for number in sentence.citations)


def test_a_rejected_sentence_is_written_again_from_the_reason(settings: Settings) -> None:
    asked: list[Sequence[Message]] = []

    def reply(messages: Sequence[Message]) -> str:
        asked.append(messages)
        rally = number_of(messages, "suicide bombing at a Baloch")
        return f"{COPIED} [{rally}]" if len(asked) > 1 else f"ISKP killed 90 people at the BAP rally. [{rally}]"

    answer, _ = ask(settings, reply)
    assert [each.text for each in answer.sentences] == [COPIED]
    assert [each.text for each in answer.withheld] == ["ISKP killed 90 people at the BAP rally."]
    assert asked[1][: len(asked[0])] == asked[0]  # so that an engine reads only what is new
    assert answer.withheld[0].reason in asked[1][-1].content


def test_what_cannot_be_written_is_quoted_in_its_place(settings: Settings) -> None:
    def reply(messages: Sequence[Message]) -> str:
        if len(messages) > 2:
            return "NONE"
        return f"ISKP killed 90 people at a BAP rally in Balochistan. [{number_of(messages, 'bombing at a Baloch')}]"

    answer, _ = ask(settings, reply)
    assert [each.style for each in answer.sentences] == ["quote"]
    assert "Baloch Awami Party (BAP) political rally" in answer.sentences[0].text
    assert len(answer.withheld) == 1


def test_a_leading_pronoun_is_replaced_by_the_name_that_the_evidence_has(settings: Settings) -> None:
    def reply(messages: Sequence[Message]) -> str:
        rally = number_of(messages, "suicide bombing at a Baloch")
        return f"ISKP carried out a suicide bombing. [{rally}] It carried out a bombing in Balochistan. [{rally}]"

    answer, _ = ask(settings, reply)
    assert answer.sentences[1].text == "ISKP carried out a bombing in Balochistan."


def test_a_writer_that_finds_no_answer_makes_a_refusal(settings: Settings) -> None:
    answer, _ = ask(settings, ["NONE"])
    assert answer.verdict == "not_in_corpus"
    assert answer.closest
    assert not answer.citations


def test_every_answerable_set_has_nuggets_that_its_passages_contain() -> None:
    assert len(evidence_sets()) == 60
    assert len({each.question for each in evidence_sets()}) >= 40


@pytest.mark.real_models
def test_replies_of_a_capable_model_stay_above_the_floor(real_engines: Engines) -> None:
    report, _ = measure(evidence_sets(), real_engines.entailment)
    assert report.faithful_shown / report.faithful >= 0.8
    assert report.invented_shown <= 1  # "killed" for "until his death"
    assert report.nuggets_shown / report.nuggets_written >= 0.9
