"""Query understanding: whether a question asks for several things or joins several facts."""

import pytest

from service.answering.query import asks_several, is_composite


@pytest.mark.parametrize(
    "question",
    [
        "Which ports have closed?",
        "What did the mayor promise, and did she keep it?",
        "How do the reports differ on the toll?",
        "Name the ministers who resigned.",
    ],
)
def test_a_question_for_several_things_is_known(question: str) -> None:
    assert asks_several(question)


@pytest.mark.parametrize("question", ["Who closed the port?", "When was the bridge opened?", "What is this?"])
def test_a_question_for_one_thing_is_known(question: str) -> None:
    assert not asks_several(question)


def test_a_question_that_joins_facts_is_composite() -> None:
    assert is_composite(
        "Does the Courier say that the harbour lost money after the storm, while the Herald reports a record profit "
        "from new cruise ships that summer?"
    )
    assert not is_composite("Who closed the port after the storm?")
