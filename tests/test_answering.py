"""Answering pipeline over the seeds, without any model: evidence, gate, fallback, refusal, receipts."""

import gc
import itertools
import weakref
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from index.embedding import HashEmbedder
from index.errors import EmptyCollection, InputError, NotFound, PromptTooLong
from index.reading import ArticleRecord, read_paths, to_article
from index.search.reranking import OverlapReader
from index.types import Filters, StoredArticle
from service.answering.citations import attributed
from service.answering.pipeline import SMALL_TALK, AnswerRun
from service.answering.types import Answer, Done, EvidenceFound, Question, SentenceWithheld, Style
from service.engines import Engines
from service.generation.scripted_generator import ScriptedGenerator
from service.generation.types import Message, OptionChoice
from service.runtime.home_lock import Home
from service.runtime.settings import MAX_QUESTION_CHARACTERS, Settings
from service.workspace import Workspace
from tests.conftest import SEEDS, light_engines

RALLY = "Which party's political rally in the Mustang district saw a suicide bombing?"


def ask(workspace: Workspace, text: str, style: Style = "auto") -> Answer:
    return workspace.ask(Question(text=text, style=style))


@pytest.fixture
def reads(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Counter[tuple[str, int | None]]:
    """Count how often each article version is read from the document store."""
    counted: Counter[tuple[str, int | None]] = Counter()
    read = workspace.store.articles.get

    def counting(article_id: str, version: int | None = None) -> StoredArticle:
        counted[article_id, version] += 1
        return read(article_id, version)

    monkeypatch.setattr(workspace.store.articles, "get", counting)
    return counted


@pytest.fixture
def scripted(settings: Settings, request: pytest.FixtureRequest) -> Iterator[Workspace]:
    opened = Workspace(settings, light_engines(*request.param), Home(settings.home))
    opened.ingest(read_paths([SEEDS]))
    yield opened
    opened.close()


def test_every_citation_is_the_exact_words_of_its_article(workspace: Workspace) -> None:
    answer = ask(workspace, RALLY)
    assert answer.verdict == "answered"
    assert answer.citations
    for citation in answer.citations:
        text = workspace.article(citation.article_id, citation.version).text
        assert text[citation.start : citation.end] == citation.quote


def test_every_sentence_names_a_citation_of_the_answer(workspace: Workspace) -> None:
    answer = ask(workspace, RALLY)
    numbers = {citation.number for citation in answer.citations}
    assert all(sentence.citations and set(sentence.citations) <= numbers for sentence in answer.sentences)
    assert all(f"[{number}]" in answer.text for number in numbers)


def test_an_article_that_is_quoted_again_is_not_introduced_again(workspace: Workspace) -> None:
    answer = ask(workspace, "How does the ISI use ISKP?")
    sources = {citation.number: citation.article_id for citation in answer.citations}
    openings = {citation.number: f"{attributed(citation)}: " for citation in answer.citations}
    quoted = [(sources[one.citations[0]], one.text.startswith(openings[one.citations[0]])) for one in answer.sentences]
    again = [pair for before, pair in itertools.pairwise(quoted) if before[0] == pair[0]]
    first = [pair for before, pair in itertools.pairwise([("", False), *quoted]) if before[0] != pair[0]]
    assert again
    assert not any(introduced for _, introduced in again)
    assert all(introduced for _, introduced in first)


def test_a_second_article_of_the_same_outlet_and_day_is_introduced_with_its_title(settings: Settings) -> None:
    texts = {
        "pier": "The council of Norwick closed the pier because its planks were rotten. Repairs begin in May.",
        "storm": "The pier of Norwick was closed because the storm of Sunday broke its planks. Nobody was hurt.",
    }
    with closing(Workspace(settings, light_engines(), Home(settings.home))) as opened:
        records = [
            ArticleRecord(id=name, title=name, text=text, published="2025-03-06", outlet="Courier")
            for name, text in texts.items()
        ]
        opened.ingest([to_article(record) for record in records])
        answer = ask(opened, "Why was the pier of Norwick closed?")
    first, second = (sentence.text.partition(": “")[0] for sentence in answer.sentences)
    assert first == "Courier, 6 March 2025"
    assert second == f"{first}, “{answer.citations[1].title}”"


def test_evidence_comes_before_any_word(workspace: Workspace) -> None:
    events = list(workspace.stream(Question(text=RALLY)))
    assert isinstance(events[0], EvidenceFound)
    assert isinstance(events[-1], Done)


@pytest.mark.parametrize("text", [RALLY, "How many people were killed when the Shia mosque was attacked?"])
def test_each_article_is_read_once_for_a_question(
    workspace: Workspace, reads: Counter[tuple[str, int | None]], text: str
) -> None:
    answer = ask(workspace, text)
    assert answer.verdict == "answered"
    assert {citation.article_id for citation in answer.citations} <= {article_id for article_id, _ in reads}
    assert set(reads.values()) == {1}


def test_each_article_is_read_once_for_a_refusal_and_for_a_check(
    workspace: Workspace, reads: Counter[tuple[str, int | None]]
) -> None:
    ask(workspace, "Which sourdough hydration suits a beginner baker in winter?")
    assert set(reads.values()) == {1}
    reads.clear()
    workspace.check("A rally in Mastung was bombed. The attack killed 128 people. The army said so.", Filters())
    assert set(reads.values()) == {1}


def test_an_answer_that_is_kept_for_others_keeps_no_article_in_memory(workspace: Workspace) -> None:
    runs: list[weakref.ref[AnswerRun]] = []
    workspace.add_observer(lambda run: runs.append(weakref.ref(run)))
    ask(workspace, RALLY)
    gc.collect()
    assert [run() for run in runs] == [None]


def test_observers_see_the_evidence_and_the_answerability_of_each_run(workspace: Workspace) -> None:
    runs: list[AnswerRun] = []
    workspace.add_observer(runs.append)
    answer = ask(workspace, RALLY)
    ask(workspace, RALLY)
    workspace.remove_observer(runs.append)
    ask(workspace, "Where is the harbour of Norwick?")
    (run,) = runs
    assert run.answer.receipt == answer.receipt
    assert run.answerability.answerable
    assert {each.quote for each in run.evidence} >= {citation.quote for citation in answer.citations}
    assert sum(each.probability for each in run.evidence) == pytest.approx(1.0)


def test_a_quotation_inside_a_longer_one_keeps_its_speaker(workspace: Workspace) -> None:
    answer = ask(workspace, "How many people were killed when the Shia mosque was attacked?")
    first = answer.citations[0]
    assert first.quote.startswith("“After almost five years")
    assert "the report detailed" in first.quote
    assert "the report detailed" in answer.text


def test_an_unknown_outlet_stays_unknown(workspace: Workspace) -> None:
    answer = ask(workspace, "Who recently said that the ISKP is being handled and run by the ISI?")
    assert answer.citations[0].outlet is None
    assert "outlet not stated" in answer.text


@pytest.mark.parametrize("text", ["hello", "good morning", "who are you", "thanks!"])
def test_small_talk_is_told_what_to_ask_and_shown_no_passage(workspace: Workspace, text: str) -> None:
    answer = ask(workspace, text)
    assert answer.verdict == "not_in_corpus"
    assert answer.text == SMALL_TALK
    assert not answer.closest


def test_a_refusal_never_names_the_words_of_an_instruction(workspace: Workspace) -> None:
    answer = workspace.ask(Question(text="Summarise the article on the weather in Norway"))
    assert answer.verdict == "not_in_corpus"
    assert "“norway”" in answer.text
    assert "summarise" not in answer.text


def test_a_refusal_is_an_answer_with_closest_passages_and_no_citation(workspace: Workspace) -> None:
    answer = ask(workspace, "Which sourdough hydration suits a beginner baker in winter?")
    assert answer.verdict == "not_in_corpus"
    assert answer.citations == ()
    assert answer.sentences == ()
    assert "sourdough" in answer.text


@pytest.mark.parametrize(
    "scripted", [("1", " ISKP carried out a suicide bombing at a Baloch Awami Party (BAP) rally.")], indirect=True
)
def test_a_composed_sentence_that_the_evidence_supports_is_shown(scripted: Workspace) -> None:
    answer = ask(scripted, RALLY, "compose")
    assert [s.style for s in answer.sentences] == ["compose"]
    assert answer.withheld == ()
    assert answer.receipt.engine is not None
    assert answer.receipt.prompts


@pytest.mark.parametrize(
    "scripted",
    [
        ("1", " The Taliban carried out a suicide bombing at a rally in Kabul."),
        ("1", " ISKP did not carry out a suicide bombing at a Baloch Awami Party rally."),
        ("1", " ISKP carried out a suicide bombing at a Baloch Awami"),
        ("1", " A suicide bombing at a Baloch Awami Party (BAP) rally."),
        ("1", ""),
    ],
    indirect=True,
)
def test_a_sentence_that_fails_is_withheld_counted_and_replaced_by_quotations(scripted: Workspace) -> None:
    events = list(scripted.stream(Question(text=RALLY, style="compose")))
    done = events[-1]
    assert isinstance(done, Done)
    assert any(isinstance(event, SentenceWithheld) for event in events)
    assert len(done.answer.withheld) == 1
    assert done.answer.withheld[0].reason
    assert {s.style for s in done.answer.sentences} == {"quote"}
    assert done.answer.withheld[0].text not in [s.text for s in done.answer.sentences]


@pytest.mark.parametrize("scripted", [("1", " [7] ISKP carried out a suicide bombing at a rally [3].")], indirect=True)
def test_citation_marks_that_a_model_types_are_ignored(scripted: Workspace) -> None:
    answer = ask(scripted, RALLY, "compose")
    assert "[7]" not in answer.text
    assert "[3]" not in answer.text


@pytest.mark.parametrize(
    ("text", "error"),
    [("", InputError), ("  \n", InputError), ("?!", InputError), ("a " * MAX_QUESTION_CHARACTERS, InputError)],
)
def test_an_unusable_question_is_named(workspace: Workspace, text: str, error: type[Exception]) -> None:
    with pytest.raises(error, match="the question"):
        ask(workspace, text)


def test_an_empty_collection_says_what_to_do(settings: Settings) -> None:
    opened = Workspace(settings, light_engines(), Home(settings.home))
    with pytest.raises(EmptyCollection, match="footnote ingest"):
        ask(opened, "Who won?")
    opened.close()


def test_as_of_hides_what_was_published_later(workspace: Workspace) -> None:
    answer = workspace.ask(Question(text=RALLY, filters=Filters(as_of="2025-12-31")))
    cited = {c.article_id for c in (*answer.citations, *answer.closest)}
    assert not any(article.startswith("000") for article in cited)


def test_the_receipt_is_kept_and_names_what_produced_the_answer(workspace: Workspace) -> None:
    answer = ask(workspace, RALLY)
    kept = Answer.model_validate_json(workspace.store.history.receipt(answer.receipt.id))
    assert kept == answer
    assert answer.receipt.revision == workspace.store.revision()
    assert answer.receipt.settings["as_of"]
    history = workspace.store.history
    with pytest.raises(NotFound, match="no receipt"):
        history.receipt("0")
    assert history.receipt(answer.receipt.id[:12]) == history.receipt(answer.receipt.id)
    for last in "01":
        history.keep_answer(f"{'ab' * 15}c{last}", "{}")
    with pytest.raises(NotFound, match="give more of its id"):
        history.receipt("abababab")


def test_a_changed_article_keeps_old_citations_alive(workspace: Workspace) -> None:
    citation = ask(workspace, RALLY).citations[0]
    text = workspace.article(citation.article_id).text
    path = workspace.settings.home / f"{citation.article_id}.txt"
    path.write_text(text.replace("suicide bombing", "shooting"), encoding="utf-8")
    assert workspace.ingest(read_paths([path])).changed == (citation.article_id,)
    old = workspace.article(citation.article_id, citation.version).text
    assert old[citation.start : citation.end] == citation.quote
    assert all(c.version == 2 for c in ask(workspace, RALLY).citations if c.article_id == citation.article_id)


class NoRoom(ScriptedGenerator):
    """An engine whose context is smaller than any prompt."""

    def choose(
        self, messages: Sequence[Message], options: Sequence[str], *, prefill: str = "", deadline: float = 60.0
    ) -> OptionChoice:
        raise PromptTooLong("the prompt has 900 tokens, the engine reads 512; use --style quote")


def test_a_prompt_that_does_not_fit_falls_back_to_quotations_and_says_so(settings: Settings) -> None:
    engines = Engines(HashEmbedder(), OverlapReader(), NoRoom([]), composes=True)
    with closing(Workspace(settings, engines, Home(settings.home))) as workspace:
        workspace.ingest(read_paths([SEEDS]))
        answer = ask(workspace, RALLY)
    assert {s.style for s in answer.sentences} == {"quote"}
    assert [w.reason for w in answer.withheld] == ["the prompt has 900 tokens, the engine reads 512; use --style quote"]


TRUE, FALSE = " ISKP carried out a suicide bombing at a Baloch Awami Party (BAP) rally.", " The BAP bombed ISKP."


@pytest.mark.parametrize(("drafts", "style", "withheld"), [(1, "quote", 1), (2, "compose", 1)])
def test_another_draft_is_made_when_one_is_withheld(settings: Settings, drafts: int, style: str, withheld: int) -> None:
    careful = settings.model_copy(update={"drafts": drafts})
    with closing(Workspace(careful, light_engines("1", FALSE, "1", TRUE), Home(settings.home))) as workspace:
        workspace.ingest(read_paths([SEEDS]))
        answer = ask(workspace, RALLY, "compose")
    assert {s.style for s in answer.sentences} == {style}
    assert len(answer.withheld) == withheld


INSIDE = "After almost five years of bloody fighting, they destroyed it."


def test_a_copied_sentence_is_a_quotation_and_keeps_its_speaker(tmp_path: Path, settings: Settings) -> None:
    text = f"“The group held the valley for years. {INSIDE} Nobody has come back,” the report detailed."
    (tmp_path / "valley.txt").write_text(f"A valley lost and won again\n\n{text}\n", encoding="utf-8")
    with closing(Workspace(settings, light_engines("1", f" {INSIDE}"), Home(settings.home))) as workspace:
        workspace.ingest(read_paths([tmp_path / "valley.txt"]))
        answer = ask(workspace, "What was destroyed after five years of bloody fighting?", "compose")
    (sentence,) = answer.sentences
    assert sentence.style == "quote"
    assert sentence.text.endswith("(“the report detailed”)")
