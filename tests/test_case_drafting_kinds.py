"""Case drafting by kind: near misses, roles, whole articles, and clauses that their evidence must entail."""

from collections.abc import Sequence

import pytest

from evals.harness.drafting.article_topics import about_article
from evals.harness.drafting.clauses import clauses
from evals.harness.drafting.near_misses import other_fact
from evals.harness.drafting.question_templates import Draft, from_clause
from evals.harness.drafting.reader_check import carries
from evals.harness.drafting.role_questions import from_apposition
from evals.harness.drafting.selection import read_article, select
from service.grounding.entailment import Entailment
from service.workspace import Workspace
from tests.test_case_drafting import article

STORY = (
    "Anna Brandt opened the new hospital in Norwick on Tuesday.",
    "John Velde closed the old bridge in Lisbon because the river had risen.",
    "At least 43 people were killed in the attack on Quetta.",
    "Henry Miller sold the Gazette in Oslo to a bank.",
)
MISS = "When did Anna Brandt open the new hospital in Oslo?"
ANSWER = "Anna Brandt opened the new hospital in Oslo on Friday."


def selected(workspace: Workspace, *sentences: str) -> list[Draft]:
    story = article(*sentences)
    workspace.ingest([story])
    return list(select(workspace, [story], 3, lambda draft: draft, lambda article: None))


def misses(drafts: Sequence[Draft]) -> list[str]:
    return [each.question for each in drafts if each.kind == "near_miss"]


def test_three_questions_of_an_article_bring_a_near_miss_without_answer(workspace: Workspace) -> None:
    drafts = selected(workspace, *STORY)
    assert len(drafts) == 4
    assert misses(drafts) == [MISS]
    assert drafts[-1].answers == ()


def test_a_near_miss_that_its_own_article_answers_is_not_drafted(workspace: Workspace) -> None:
    drafts = selected(workspace, *STORY, ANSWER)
    assert len(drafts) >= 4
    assert MISS not in misses(drafts)


def test_a_near_miss_that_another_article_answers_is_not_drafted(workspace: Workspace) -> None:
    workspace.ingest([article(ANSWER).model_copy(update={"id": "other"})])
    drafts = selected(workspace, *STORY)
    assert len(drafts) >= 4
    assert MISS not in misses(drafts)


@pytest.mark.parametrize(
    ("sentence", "questions"),
    [
        ("Anna Brandt opened the hospital in Norwick.", ["When did Anna Brandt open the hospital in Norwick?"]),
        ("Anna Brandt opened the hospital in Norwick on Monday.", []),
        ("Anna Brandt opened the hospital in Norwick, which had closed in May.", []),
        ("Anna Brandt has opened the hospital in Norwick.", []),
        ("Anna Brandt will open the hospital in Norwick.", []),
        ("Anna Brandt was the mayor of Norwick.", []),
        ("Anna Brandt said that the hospital in Norwick was safe.", []),
    ],
)
def test_the_day_of_a_past_event_is_asked_for_where_its_sentence_gives_none(
    sentence: str, questions: list[str]
) -> None:
    (statement,) = read_article(article(sentence)).statements
    assert [each.question for clause in clauses(statement) for each in other_fact(clause)] == questions


@pytest.mark.parametrize(
    ("sentence", "question"),
    [
        ("Anna Brandt, head of the Norwick bank, resigned.", "Who is the head of the Norwick bank?"),
        ("Anna Brandt, a director of the Norwick bank, resigned.", ""),
        ("Anna Brandt, owner and head of the Norwick bank, resigned.", ""),
        ("Anna Brandt, head of the bank, resigned.", ""),
        ("Norwick, home of the Danish bank, was flooded.", ""),
    ],
)
def test_a_role_that_one_person_has_becomes_a_question(sentence: str, question: str) -> None:
    read = read_article(article(sentence))
    found = [each for s in read.statements for each in from_apposition(s, read.names)]
    assert [each.question for each in found] == ([question] if question else [])
    assert all(each.answers == ("Anna Brandt",) and each.kind == "who" for each in found)
    assert all(each.answer and each.answer.of(sentence) == "Anna Brandt" for each in found)


FINE = (
    "Stena Line was fined 40 million dollars by a court in Norwick on 4 March 2025.",
    "The fine of 40 million dollars against Stena Line is the highest that Denmark has seen.",
    "Stena Line sold 12 ferries to Greece to pay the fine.",
)


def test_a_whole_article_is_asked_what_happened_and_for_a_summary_with_its_facts() -> None:
    event, summary = about_article(read_article(article(*FINE, title="Stena Line fined")))
    assert (event.kind, event.question) == ("what_happened", "What happened to Stena Line?")
    assert event.answers == ("fined 40 million dollars by a court in Norwick on 4 March 2025",)
    assert (summary.kind, summary.question) == ("summary", "Summarise the reports on Stena Line.")
    assert [nugget.text for nugget in summary.nuggets] == [*FINE]
    assert summary.nuggets[0].any == (("40 million dollars",), ("Norwick",))
    assert [each.quote for each in summary.further] == [*FINE[1:]]


def test_what_happened_at_a_place_is_asked_with_its_day() -> None:
    read = read_article(article("Anna Brandt opened the bridge in Norwick on 4 March 2025.", "It is the longest."))
    assert "What happened in Norwick on 4 March 2025?" in [each.question for each in about_article(read)]


def test_an_article_without_a_second_fact_is_not_summarised() -> None:
    read = read_article(article("Anna Brandt opened a bridge in Norwick at noon.", "It is the longest in the land."))
    assert not [each for each in about_article(read) if each.kind == "summary"]


class ScriptedEntailment:
    """Entailment model that judges every pair alike."""

    fingerprint = "scripted"

    def __init__(self, found: Entailment) -> None:
        self._found = found
        self.asked: list[tuple[str, str]] = []

    def __call__(self, pairs: Sequence[tuple[str, str]]) -> list[Entailment]:
        self.asked.extend(pairs)
        return [self._found for _ in pairs]


@pytest.mark.parametrize(
    ("supported", "attributed", "is_carried"), [(0.6, 0.0, True), (0.3, 0.3, True), (0.2, 0.2, False)]
)
def test_the_evidence_must_entail_the_clause_of_a_question(
    workspace: Workspace, supported: float, attributed: float, is_carried: bool
) -> None:
    judge = ScriptedEntailment(Entailment(supported, 0.0, 1.0 - supported - attributed, attributed, ()))
    workspace.engines.entailment = judge
    (statement,) = read_article(article(STORY[0])).statements
    draft = next(each for clause in clauses(statement) for each in from_clause(clause))
    assert carries(workspace, draft) is is_carried
    ((claim, evidence),) = judge.asked
    assert claim.startswith("Anna Brandt opened the new hospital in Norwick")
    assert evidence == STORY[0]
    assert bool(selected(workspace, *STORY)) is is_carried
