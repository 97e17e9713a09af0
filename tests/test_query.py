"""Query understanding: whether a question joins several facts."""

from service.answering.query import is_composite


def test_a_question_that_joins_facts_is_composite() -> None:
    assert is_composite(
        "Does the Courier say that the harbour lost money after the storm, while the Herald reports a record profit "
        "from new cruise ships that summer?"
    )
    assert not is_composite("Who closed the port after the storm?")
