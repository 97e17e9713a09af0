"""Question kind: the wording decides how much is quoted and when to abstain."""

import json

import pytest

from evals.studies.fitting.question_kinds import WRITTEN_FOR_IT
from service.answering.question_kind import KINDS, QuestionKind, hashed_features, kind_of, topic_of


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Who bought the Aldo rail yard?", "fact"),
        ("how many were hurt in the ferry accident", "fact"),
        ("Why was the harbour closed?", "why"),
        ("What happened at the Aldo rail yard on Friday?", "what_happened"),
        ("any news on the port strike", "latest"),
        ("Summarise what is known about the ferry accident.", "summary"),
        ("Compare how the two papers report the strike.", "comparison"),
        ("hello", "small_talk"),
    ],
)
def test_the_kind_of_answer_is_read_from_the_words(question: str, kind: QuestionKind) -> None:
    assert kind_of(question) == kind


def test_names_and_figures_do_not_decide_the_kind() -> None:
    left, right = (
        hashed_features(f"Who bought the {name} yard in {year}?") for name, year in (("Aldo", 1990), ("Brandt", 2021))
    )
    assert left.tolist() == right.tolist()


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("Summarise the article on the Aldo rail yard", "the on the Aldo rail yard"),
        ("what is the latest on the port strike?", "what is the on the port strike?"),
        ("what happened in Aldo?", "what in Aldo?"),
        ("Who bought the latest ferry?", "Who bought the latest ferry?"),
        ("Summarise", "Summarise"),
    ],
)
def test_instruction_words_are_no_part_of_the_topic(question: str, topic: str) -> None:
    assert topic_of(question) == topic


def test_the_questions_written_for_it_have_every_kind() -> None:
    rows = [json.loads(line) for line in WRITTEN_FOR_IT.read_text("utf-8").splitlines()]
    assert {row["kind"] for row in rows} == set(KINDS)
    assert sum(kind_of(row["question"]) == row["kind"] for row in rows if row["part"] == "fit") >= 0.9 * sum(
        row["part"] == "fit" for row in rows
    )
