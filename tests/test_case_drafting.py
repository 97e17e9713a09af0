"""Case drafting: questions as people ask them, near misses, and what is dropped."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from evals.harness.cases import Case
from evals.harness.drafting.article_names import ArticleNames
from evals.harness.drafting.clauses import clauses
from evals.harness.drafting.init_verb import draft
from evals.harness.drafting.model_wording import worded_by
from evals.harness.drafting.near_misses import is_unanswered, other_name
from evals.harness.drafting.question_templates import Draft, from_clause
from evals.harness.drafting.reader_check import answers
from evals.harness.drafting.reported_questions import from_report
from evals.harness.drafting.selection import Wording, candidates, read_article, select
from evals.harness.drafting.standalone import is_standalone
from evals.harness.text_matching import contains, locate
from index.errors import GenerationError
from index.reading import read_paths
from index.types import Article, Fact, Source, Span
from service.generation.scripted_generator import ScriptedGenerator, ScriptedReply
from service.workspace import Workspace
from tests.conftest import SEEDS


def article(*sentences: str, title: str = "") -> Article:
    text = " ".join(sentences)
    source = Source(
        title=Fact(value=title, basis="stated") if title else Fact(),
        published=Fact(value="2025-03-06", basis="stated"),
    )
    return Article(id="a", text=text, source=source, body=(Span(start=0, end=len(text)),))


def asked(*sentences: str) -> dict[str, str]:
    """Return the questions about the sentences, each with its first answer."""
    read = read_article(article(*sentences))
    found = [each for s in read.statements for clause in clauses(s) for each in from_clause(clause)]
    found += [each for s in read.statements for each in from_report(s, read)]
    return {each.question: each.answers[0] for each in found}


@pytest.mark.parametrize(
    ("sentence", "question", "answer"),
    [
        (
            "Mayor Anna Brandt, who is 61, resigned from the council of Norwick on Tuesday.",
            "When did Mayor Anna Brandt resign from the council of Norwick?",
            "Tuesday",
        ),
        (
            "At least 43 people were killed in the attack on Quetta.",
            "How many people were killed in the attack on Quetta?",
            "43",
        ),
        (
            "Iran closed its border with Pakistan because the talks in Doha had failed.",
            "Why did Iran close its border with Pakistan?",
            "the talks in Doha had failed",
        ),
        (
            "Anna Brandt has opened the new hospital in Norwick.",
            "Who has opened the new hospital in Norwick?",
            "Anna Brandt",
        ),
        (
            "Anna Brandt said on Monday that Stena Line had ignored every warning.",
            "What did Anna Brandt say about Stena Line?",
            "Stena Line had ignored every warning",
        ),
    ],
)  # fmt: skip
def test_a_clause_becomes_a_short_question(sentence: str, question: str, answer: str) -> None:
    assert asked(sentence).get(question) == answer


def test_a_denied_clause_is_not_asked_about() -> None:
    assert not asked("Anna Brandt did not open the new hospital in Norwick on Tuesday.")


NAMES = ArticleNames({"Anna Brandt": "PERSON", "Norwick": "GPE"}, Counter())


@pytest.mark.parametrize(
    "question",
    [
        "When did she open the hospital in Norwick?",
        "When did Anna Brandt close it in Norwick?",
        "How many people were hurt in the second attack?",
        "When did the company leave Norwick?",
        "What did Anna Brandt open in Norwick last Tuesday?",
        "When did Anna Brandt close the bridge on 4 March?",
    ],
)
def test_a_question_that_needs_its_article_is_dropped(question: str) -> None:
    source = read_article(article("Anna Brandt closed the old bridge in Norwick on 4 March.")).statements[0]
    assert not is_standalone(Draft("when", question, ("4 March",), source), NAMES)
    assert is_standalone(Draft("when", "When did Anna Brandt close the old bridge?", ("4 March",), source), NAMES)


STORY = (
    "Anna Brandt said on Monday that the Bank of England had ignored every warning about prices.",
    "The Bank of England has lent money in London since 1971.",
    "John Velde said that the Bank of England was safe.",
    "Rain fell on the river for nine days in a row.",
    "Henry Miller said that the Gazette printed the worst weather reports of the century.",
)


def test_a_near_miss_has_another_speaker_of_the_same_article_who_did_not_speak_of_the_matter() -> None:
    read = read_article(article(*STORY))
    (draft_,) = from_report(read.statements[0], read)
    assert [miss.question for miss in other_name(draft_, read)] == [
        "What did Henry Miller say about the Bank of England?"
    ]


@pytest.fixture
def drafted(workspace: Workspace) -> list[Case]:
    return draft(workspace, seeds(), 3)


def seeds() -> list[Article]:
    return [each for each in read_paths([SEEDS]) if isinstance(each, Article)][:8]


def test_drafts_rest_on_their_articles_and_none_is_accepted(drafted: Sequence[Case]) -> None:
    texts = {each.id: each.text for each in seeds()}
    answerable = [case for case in drafted if case.answerable]
    assert len(answerable) >= 4
    assert not any(case.accepted for case in drafted)
    assert all(locate(gold, texts[gold.doc_id]) for case in drafted for gold in case.evidence)
    assert not any(contains(case.question, case.answers) for case in answerable if not case.nuggets)


def test_drafts_are_the_same_each_time(workspace: Workspace, drafted: Sequence[Case]) -> None:
    assert draft(workspace, seeds(), 3) == drafted


def test_a_draft_whose_evidence_the_reader_does_not_find_is_dropped(workspace: Workspace) -> None:
    found = next(
        each for article_ in seeds() for each in candidates(read_article(article_)) if answers(workspace, each)
    )
    astray = Draft(found.kind, "When did Anna Brandt open the hospital?", found.answers, found.source, found.answer)
    assert not answers(workspace, astray)


def test_a_near_miss_that_an_article_answers_is_dropped(workspace: Workspace) -> None:
    found = next(
        each for article_ in seeds() for each in candidates(read_article(article_)) if answers(workspace, each)
    )
    assert not is_unanswered(workspace, Draft("near_miss", found.question, (), found.source))


@pytest.mark.parametrize(
    ("reply", "question"),
    [
        ("When did Brandt step down?", "When did Brandt step down?"),
        ("I cannot help with that", "When did Mayor Brandt resign?"),
        (GenerationError("the engine is gone"), "When did Mayor Brandt resign?"),
    ],
)
def test_a_model_words_the_question_or_it_stays_as_it_is(reply: ScriptedReply, question: str) -> None:
    source = read_article(article("Mayor Anna Brandt resigned on Tuesday.")).statements[0]
    worded = worded_by(ScriptedGenerator([reply]))(Draft("when", "When did Mayor Brandt resign?", ("Tuesday",), source))
    assert worded.question == question


@pytest.mark.parametrize(
    "wording",
    [
        lambda draft: f"{draft.question[:-1]} in {draft.answers[0]}?",
        lambda draft: f"{draft.question[:-1]} in it?",
        lambda draft: draft.question.replace("When", "Why", 1),
    ],
    ids=["with its answer", "with a pronoun", "of another kind"],
)
def test_a_models_wording_that_no_template_may_have_is_dropped(
    workspace: Workspace, wording: Callable[[Draft], str]
) -> None:
    def selected(word: Wording) -> list[str]:
        return [each.question for each in select(workspace, seeds()[:3], 2, word, lambda article: None)]

    plain = selected(lambda each: each)
    assert selected(lambda each: replace(each, question=wording(each))) == plain


def test_a_models_wording_is_kept_only_if_the_reader_still_finds_the_evidence(workspace: Workspace) -> None:
    plain = [case.question for case in draft(workspace, seeds()[:3], 2)]
    assert plain
    engines = workspace.engines
    engines.capable, engines.generator = True, ScriptedGenerator(lambda messages: "Who won the cup in Lisbon?")
    assert [case.question for case in draft(workspace, seeds()[:3], 2)] == plain
