"""Antecedent context: a quotation is shown with the earlier words that name its "he" or "it"."""

from pathlib import Path

import pytest

from index.reading import read_paths
from index.types import Span
from service.answering.antecedents import antecedent_span
from service.answering.types import Question
from service.workspace import Workspace

COUNCIL = (
    "Marta Lindqvist was elected chair of the council on Monday. The vote took an hour. "
    "She promised a new bus line to the harbour."
)


def needed(text: str, quote: str) -> str | None:
    start = text.index(quote)
    found = antecedent_span(text, [Span(start=0, end=len(text))], Span(start=start, end=start + len(quote)))
    return found.of(text) if found else None


@pytest.mark.parametrize(
    ("before", "quote"),
    [
        ("Marta Lindqvist was elected chair on Monday.", "She promised a new bus line to the harbour."),
        ("Nordvik Shipping lost two vessels last year.", "It has also sold its oldest ferry."),
        ("The Harbour Guild met on Friday.", "They want the quay closed to lorries by spring."),
        ("Marta Lindqvist spoke first.", "In her second speech before the council, she named the cost."),
        ("Nordvik Shipping lost two vessels.", "The company owns three more."),
    ],
)
def test_the_antecedent_is_found(before: str, quote: str) -> None:
    assert needed(f"{before} {quote}", quote) == before


@pytest.mark.parametrize(
    "quote",
    [
        "Marta Lindqvist said she would resign in spring.",
        "The harbour was closed on Monday after the storm.",
        "It is known that the quay is old.",
        "The report said the quay would not last.",
        "Nordvik Shipping has sold its oldest ferry.",
    ],
)
def test_a_sentence_that_names_its_own_needs_no_antecedent(quote: str) -> None:
    assert needed(f"Oskar Brandt spoke first. {quote}", quote) is None


@pytest.mark.parametrize("quote", ["That gives rise to an old joke.", "This is what the council feared."])
def test_what_opens_with_a_lone_demonstrative_comes_with_the_sentence_before_it(quote: str) -> None:
    text = f"Marta Lindqvist was elected on Monday. The suburbs are tilting to the left. {quote}"
    assert needed(text, quote) == "The suburbs are tilting to the left."


def test_a_demonstrative_with_a_clause_of_its_own_needs_nothing() -> None:
    assert needed("Oskar Brandt spoke first. Those who came were heard.", "Those who came were heard.") is None


def test_a_name_further_back_is_found_past_a_sentence_without_one() -> None:
    assert needed(COUNCIL, "She promised a new bus line to the harbour.") == COUNCIL.split(". ")[0] + "."


def test_a_sentence_that_itself_says_she_is_passed_over_for_the_one_that_names_her() -> None:
    text = "Marta Lindqvist was elected on Monday. She then thanked the Harbour Guild. She promised a new bus line."
    assert needed(text, "She promised a new bus line.") == "Marta Lindqvist was elected on Monday."


def test_nothing_is_shown_without_a_name_near() -> None:
    text = "The vote took an hour. She promised a new bus line."
    assert needed(text, "She promised a new bus line.") is None


def test_an_answer_shows_the_exact_words_of_the_antecedent(workspace: Workspace, tmp_path: Path) -> None:
    far = COUNCIL.replace("an hour.", f"an hour{', and then the hall was cleared' * 14}.")
    (tmp_path / "council.txt").write_text(far, encoding="utf-8")
    workspace.ingest(read_paths([tmp_path / "council.txt"]))
    answer = workspace.ask(Question(text="Which promise of a new bus line to the harbour was made?"))
    sentence = answer.sentences[0]
    found = sentence.introduction
    assert found is not None
    assert workspace.article(found.article_id, found.version).text[found.start : found.end] == found.quote
    assert f"(shortly before: “{found.quote}”)" in sentence.text
    assert "Lindqvist" in answer.text
